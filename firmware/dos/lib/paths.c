/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths. */
#include "files.h"

enum { E_PATH = 3, E_DRIVE = 15 };

bool is_directory(const char *path)
{
    unsigned attr, n = (unsigned)strlen(path);

    if (n && (path[n - 1] == '\\' || path[n - 1] == ':'))
        return true;
    if (n && path[n - 1] == '.' && (n == 1 || strchr(".\\:", path[n - 2])))
        return true;
    return !file_attr(path, &attr) && (attr & A_DIRECTORY);
}

/* Goes on in the path `to` with one part of another; false: above the root, or too long. */
static bool add_part(char *to, const char *part, unsigned length)
{
    unsigned n = (unsigned)strlen(to);

    if (!length || (length == 1 && part[0] == '.'))
        return true;
    if (length == 2 && part[0] == '.' && part[1] == '.') {
        if (n == 3)
            return false;
        *strrchr(to, '\\') = 0;
        if (strlen(to) == 2)
            strcpy(to + 2, "\\");
        return true;
    }
    if (n + length + 2 > PATH_MAX)
        return false;
    if (n > 3)
        to[n++] = '\\';
    memcpy(to + n, part, length);
    to[n + length] = 0;
    return true;
}

unsigned full_path(const char *path, char *to)
{
    unsigned drive = drive_current(), error;

    if (is_letter(path[0]) && path[1] == ':') {
        drive = (unsigned)(upper(path[0]) - 'A');
        path += 2;
    }
    if (!drive_valid(drive))
        return E_DRIVE;
    format_text(to, PATH_MAX, "%c:\\", 'A' + drive);
    if (path[0] != '\\' && (error = directory_get(drive + 1, to + 3)))
        return error;
    while (*path) {
        unsigned n = 0;

        while (path[n] && path[n] != '\\')
            n++;
        if (!add_part(to, path, n))
            return E_PATH;
        path += n + (path[n] == '\\');
    }
    upper_text(to);
    return 0;
}

unsigned split_path(const char *path, char *folder, char *name)
{
    char part[LINE_SIZE];
    unsigned at = path_name(path), error;

    if (is_directory(path) && !has_wildcards(path)) {
        at = (unsigned)strlen(path);
        copy_text(name, "*.*", PATH_MAX);
    } else {
        copy_text(name, path + at, PATH_MAX);
        upper_text(name);
    }
    copy_text(part, path, sizeof(part));
    if (at >= sizeof(part))
        return E_PATH;
    part[at] = 0;
    error = full_path(part, folder);
    if (!error && strlen(folder) > 3)
        error = add_text(folder, "\\", PATH_MAX) ? 0 : E_PATH;
    return error;
}

bool join_path(char *to, const char *folder, const char *name)
{
    copy_text(to, folder, LONG_PATH);
    add_text(to, name, LONG_PATH);
    return strlen(to) < PATH_MAX;
}

void drop_slash(char *folder)
{
    unsigned n = (unsigned)strlen(folder);

    if (n > 3 && folder[n - 1] == '\\')
        folder[n - 1] = 0;
}

bool same_file(const char *a, const char *b)
{
    char x[LINE_SIZE], y[LINE_SIZE];

    return !true_name(a, x) && !true_name(b, y) && !strcmp(x, y);
}

static unsigned fill_part(char *to, const char *pattern, const char *name, unsigned most)
{
    unsigned n = 0;

    for (unsigned i = 0; i < most && pattern[i] && pattern[i] != '.'; i++) {
        if (pattern[i] == '*') {
            while (n < most && name[n] && name[n] != '.') {
                to[n] = name[n];
                n++;
            }
            break;
        }
        if (pattern[i] != '?')
            to[n++] = pattern[i];
        else if (name[i] && name[i] != '.')
            to[n++] = name[i];
    }
    return n;
}

void apply_pattern(char *to, const char *pattern, const char *name)
{
    const char *p = strchr(pattern, '.'), *d = strchr(name, '.');
    unsigned n = fill_part(to, pattern, name, 8);

    if (p) {
        to[n++] = '.';
        n += fill_part(to + n, p + 1, d ? d + 1 : "", 3);
        if (to[n - 1] == '.')
            n--;
    }
    to[n] = 0;
}
