/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A medium that a person put into a drive, written into the profile.  The file is edited as the
 * text it is: what somebody wrote around the two keys stays as it stands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiles/profile.h"

/* ---- lines ---- */

static GPtrArray *split(const char *text)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    while (*text) {
        const char *end = strchr(text, '\n');
        size_t length = end ? (size_t)(end - text) + 1 : strlen(text);

        g_ptr_array_add(lines, g_strndup(text, length));
        text += length;
    }
    return lines;
}

static char *join(const GPtrArray *lines)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < lines->len; i++)
        g_string_append(text, lines->pdata[i]);
    return g_string_free(text, FALSE);
}

static bool is_header(const char *line)
{
    return line[strspn(line, " \t")] == '[';
}

static bool is_group(const char *line, const char *group)
{
    g_autofree char *bare = g_strstrip(g_strdup(line));
    size_t n = strlen(group);

    return bare[0] == '[' && !strncmp(bare + 1, group, n) && !strcmp(bare + 1 + n, "]");
}

static bool is_key(const char *line, const char *key)
{
    size_t n = strlen(key);

    line += strspn(line, " \t");
    return !strncmp(line, key, n) && line[n + strspn(line + n, " \t")] == '=';
}

/* Does it say something? */
static bool speaks(const char *line)
{
    line += strspn(line, " \t\r\n");
    return *line && *line != '#';
}

static const char *end_of_line(const GPtrArray *lines)
{
    return lines->len && g_str_has_suffix(lines->pdata[0], "\r\n") ? "\r\n" : "\n";
}

static void end_last_line(GPtrArray *lines)
{
    char *last = lines->len ? lines->pdata[lines->len - 1] : NULL;

    if (!last || g_str_has_suffix(last, "\n"))
        return;
    lines->pdata[lines->len - 1] = g_strconcat(last, end_of_line(lines), NULL);
    g_free(last);
}

static void append_group(GPtrArray *lines, const char *group)
{
    const char *end = end_of_line(lines);

    end_last_line(lines);
    g_ptr_array_add(lines, g_strdup(end));
    g_ptr_array_add(lines, g_strdup_printf("[%s]%s", group, end));
}

/* value NULL: the key is not to be there.  Escaped already.  A group may be there several times, as
 * may the key: of these the last counts, so the first becomes the only one. */
static void set_key(GPtrArray *lines, const char *group, const char *key, const char *value)
{
    const char *end = end_of_line(lines);
    bool inside = false, ended = false, done = !value;
    unsigned last = 0; /* behind what the group says at first: there a new key goes */

    for (unsigned at = 0; at < lines->len; at++) {
        const char *line = lines->pdata[at];

        if (is_header(line)) {
            ended = ended || inside;
            inside = is_group(line, group);
        } else if (inside && is_key(line, key)) {
            g_ptr_array_remove_index(lines, at);
            if (!done)
                g_ptr_array_insert(lines, (gint)at, g_strdup_printf("%s=%s%s", key, value, end));
            else
                at--;
            done = true;
            continue;
        }
        if (inside && !ended && speaks(line))
            last = at + 1;
    }
    if (done)
        return;
    if (!last) {
        append_group(lines, group);
        last = lines->len;
    }
    end_last_line(lines);
    g_ptr_array_insert(lines, (gint)last, g_strdup_printf("%s=%s%s", key, value, end));
}

/* ---- the profile ---- */

/* As the file has it: relative where it lies beside or below the profile. */
static char *escaped(const char *profile, const char *file)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *dir = g_path_get_dirname(profile);
    size_t n = strlen(dir);

    if (!strncmp(file, dir, n) && file[n] == '/')
        file += n + 1;
    g_key_file_set_string(keys, "x", "x", file);
    return g_key_file_get_value(keys, "x", "x", NULL);
}

static bool holds(const char *text, const char *group, const char *key, const char *value)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *there = NULL;

    if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, NULL))
        return false;
    there = g_key_file_get_value(keys, group, key, NULL);
    return !g_strcmp0(there, value);
}

char *profile_edit_medium(const char *text, const char *group, const char *value, bool read_only)
{
    bool floppy = g_str_has_prefix(group, "Floppy");
    const char *key = floppy ? "File" : "Image";
    g_autoptr(GPtrArray) lines = split(text);
    char *fresh;

    set_key(lines, group, key, value);
    if (floppy)
        set_key(lines, group, "ReadOnly", value && read_only ? "true" : NULL);
    fresh = join(lines);
    if (!holds(fresh, group, key, value))
        g_clear_pointer(&fresh, g_free);
    return fresh;
}

/* Replaces the file, in its place and with its permissions. */
static bool write_file(const char *path, const char *text, char **problem)
{
    g_autofree char *real = realpath(path, NULL);
    g_autoptr(GError) error = NULL;
    struct stat st;

    if (!real || stat(real, &st) < 0 || access(real, W_OK) < 0) {
        *problem = g_strdup_printf("%s: %s", path, g_strerror(errno));
        return false;
    }
    if (g_file_set_contents_full(real, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, st.st_mode & 0777,
                                 &error))
        return true;
    *problem = g_strdup(error->message);
    return false;
}

static const char *group_of(const char *path, const char *drive, char **problem)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    const char *group = NULL;
    struct profile *p;

    if (!strcmp(drive, "floppy0") || !strcmp(drive, "floppy1"))
        return drive[6] == '0' ? "Floppy A" : "Floppy B";
    p = profile_load(path, problems, NULL);
    for (unsigned i = 0; p && i < PROFILE_CDROMS; i++) {
        char name[16] = "";

        if (p->cdrom[i].present)
            profile_cdrom_name(p, i, name);
        if (!strcmp(name, drive))
            group = i ? "Cdrom 2" : "Cdrom";
    }
    profile_free(p);
    if (!group)
        *problem = problems->len ? g_strdup(problems->pdata[0])
                                 : g_strdup_printf("%s has no drive %s", path, drive);
    return group;
}

bool profile_keep_medium(const char *path, const char *drive, const char *file, bool read_only,
                         char **problem)
{
    const char *group = group_of(path, drive, problem);
    g_autofree char *text = NULL, *fresh = NULL, *value = NULL;
    g_autoptr(GError) error = NULL;

    if (!group)
        return false;
    if (file && !g_utf8_validate(file, -1, NULL)) {
        *problem = g_strdup("the image's name is no UTF-8, which a profile cannot hold");
        return false;
    }
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        *problem = g_strdup(error->message);
        return false;
    }
    value = file ? escaped(path, file) : NULL;
    fresh = profile_edit_medium(text, group, value, read_only);
    if (!fresh) {
        *problem =
            g_strdup_printf("%s could not be changed at [%s]; please do it by hand", path, group);
        return false;
    }
    return !strcmp(fresh, text) || write_file(path, fresh, problem);
}
