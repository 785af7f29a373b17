/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `bygone run` with our own DOS: without arguments, with a folder, or with a program.  The machine
 * is like any other; a folder's or a program's has a profile that goes when it ends.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/firmware.h"
#include "gui/command/command.h"

/* What a person finds on a fresh C:, to be edited. */
static const char config_sys[] = "REM Read when DOS starts.\r\n"
                                 "FILES=60\r\n"
                                 "BUFFERS=20\r\n"
                                 "LASTDRIVE=Z\r\n"
                                 "DOS=HIGH,UMB\r\n";
static const char autoexec_bat[] = "@ECHO OFF\r\n"
                                   "REM Run when DOS has started.\r\n"
                                   "PROMPT $P$G\r\n"
                                   "PATH Z:\\;C:\\\r\n";

bool dos_built(void)
{
    unsigned found = 0;

    for (const struct firmware_file *f = firmware_dos; f->name; f++)
        found += !strcmp(f->name, "kernel.bin") || !g_ascii_strcasecmp(f->name, "command.com");
    return found == 2;
}

/* ---- drive C: ---- */

static bool put_file(const char *folder, const char *name, const char *text, gssize size, int *code)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    if (g_file_set_contents(path, text, size, &error))
        return true;
    *code = complain(CODE_HOST, "%s.", error->message);
    return false;
}

/* C:\LEDGER; the program makes its own files when it runs first. */
static bool put_ledger(const char *drive, int *code)
{
    g_autofree char *folder = g_build_filename(drive, "LEDGER", NULL);

    if (!firmware_drive_c[0].name)
        return true;
    if (g_mkdir_with_parents(folder, 0755) < 0) {
        *code = complain(CODE_HOST, "%s cannot be made: %s.", folder, strerror(errno));
        return false;
    }
    for (const struct firmware_file *f = firmware_drive_c; f->name; f++) {
        if (!put_file(folder, f->name, (const char *)f->data, (gssize)f->size, code))
            return false;
    }
    return true;
}

/* $XDG_DATA_HOME/bygone/drive-c; only a new one gets its files: what was deleted stays so. */
static char *drive_c(int *code)
{
    g_autofree char *library = profile_library();
    g_autofree char *path = g_build_filename(library, "drive-c", NULL);

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&path);
    if (g_mkdir_with_parents(path, 0755) < 0) {
        *code = complain(CODE_HOST, "%s cannot be made: %s.", path, strerror(errno));
        return NULL;
    }
    if (!put_file(path, "CONFIG.SYS", config_sys, -1, code) ||
        !put_file(path, "AUTOEXEC.BAT", autoexec_bat, -1, code) || !put_ledger(path, code))
        return NULL;
    return g_steal_pointer(&path);
}

static void set_folder(GKeyFile *keys, const char *group, const char *path)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);

    g_key_file_set_string(keys, group, "Path", full);
    if (access(full, W_OK) != 0)
        g_key_file_set_string(keys, group, "ReadOnly", "yes");
}

char *dos_machine(int *code)
{
    g_autofree char *library = profile_library();
    g_autofree char *path = g_build_filename(library, "DOS" PROFILE_SUFFIX, NULL);
    g_autofree char *drive = drive_c(code), *more = NULL, *problem = NULL;
    g_autoptr(GKeyFile) keys = g_key_file_new();
    struct profile_new what = { .name = "DOS", .template_id = "msdos" };

    if (!drive)
        return NULL;
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&path);
    g_key_file_set_string(keys, "Dos", "Boot", "yes");
    g_key_file_set_string(keys, "Folder C", "Path", "drive-c");
    what.more = more = g_key_file_to_data(keys, NULL, NULL);
    if (profile_create(path, &what, &problem))
        return g_steal_pointer(&path);
    *code = complain(CODE_FAILED, "%s", problem);
    return NULL;
}

/* ---- programs ---- */

static bool short_name(const char *name)
{
    static const char others[] = "!#$%&'()-@^_`{}~";
    const char *dot = strchr(name, '.');
    size_t base = dot ? (size_t)(dot - name) : strlen(name), ext = dot ? strlen(dot + 1) : 0;

    for (const char *s = name; *s; s++)
        if (s != dot && !g_ascii_isalnum(*s) && !strchr(others, *s))
            return false;
    return base >= 1 && base <= 8 && ext <= 3;
}

/* What stands behind the MZ header, if it is a program for another system. */
static const char *foreign(const char *path)
{
    static const struct {
        char mark[3];
        const char *what;
    } kinds[] = { { "PE", "a Windows program" },
                  { "NE", "a Windows program" },
                  { "LX", "an OS/2 program" } };
    uint8_t header[64] = { 0 }, mark[2] = { 0 };
    FILE *f = fopen(path, "re");
    long at;

    if (!f)
        return NULL;
    if (fread(header, 1, sizeof(header), f) == sizeof(header) && header[0] == 'M' &&
        header[1] == 'Z' && header[0x18] >= 0x40) {
        at = header[0x3c] | header[0x3d] << 8 | header[0x3e] << 16 | (long)header[0x3f] << 24;
        if (fseek(f, at, SEEK_SET) != 0 || fread(mark, 1, 2, f) != 2)
            mark[0] = 0;
    }
    fclose(f);
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (!memcmp(mark, kinds[i].mark, 2))
            return kinds[i].what;
    return NULL;
}

bool dos_is_program(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
           (!g_ascii_strcasecmp(dot, ".exe") || !g_ascii_strcasecmp(dot, ".com") ||
            !g_ascii_strcasecmp(dot, ".bat"));
}

/* ---- run ---- */

/* C:\NAME of --as; NULL: complained. */
static char *place_of(const char *as, int *code)
{
    g_autofree char *upper = g_ascii_strup(as, -1);

    if (g_str_has_prefix(upper, "C:\\") && upper[3] && !strpbrk(upper + 3, "\\/.") &&
        short_name(upper + 3))
        return g_strconcat("Folder C\\", upper + 3, NULL);
    *code = complain(
        CODE_DOS, "--as %s: accepted is C:\\NAME, with a name of up to 8 letters and digits.", as);
    return NULL;
}

static bool set_startup(GKeyFile *keys, char **words, int count, int *code)
{
    g_autofree char *name = g_path_get_basename(words[0]);
    g_autofree char *upper = g_ascii_strup(name, -1);
    GString *command = g_string_new("C:\\");
    const char *what = foreign(words[0]);

    g_string_append(command, upper);
    for (int i = 1; i < count; i++)
        g_string_append_printf(command, " %s", words[i]);
    if (what)
        *code = complain(CODE_DOS, "%s: this is %s, not one for DOS.", words[0], what);
    else if (!short_name(name))
        *code = complain(CODE_DOS,
                         "%s: DOS wants a name of up to 8 and 3 characters; rename or copy it.",
                         words[0]);
    else if (command->len > 120)
        *code =
            complain(CODE_DOS, "%s: DOS takes command lines of up to 120 characters.", words[0]);
    else
        *code = CODE_OK;
    g_key_file_set_string(keys, "Dos", "Startup", command->str);
    g_key_file_set_string(keys, "Dos", "Ends", "yes");
    g_string_free(command, TRUE);
    return *code == CODE_OK;
}

static bool describe(GKeyFile *keys, const struct dos_run *how, char **words, int count, int *code)
{
    g_autofree char *folder = NULL, *group = NULL, *drive = NULL;
    bool program = !g_file_test(words[0], G_FILE_TEST_IS_DIR);

    folder = program ? g_path_get_dirname(words[0]) : g_strdup(words[0]);
    g_key_file_set_string(keys, "Dos", "Boot", "yes");
    if (how->text)
        g_key_file_set_string(keys, "Dos", "Text", "yes");
    if (!how->as) {
        set_folder(keys, "Folder C", folder);
    } else {
        group = place_of(how->as, code);
        drive = group ? drive_c(code) : NULL;
        if (!drive)
            return false;
        set_folder(keys, "Folder C", drive);
        set_folder(keys, group, folder);
    }
    if (program && how->as) {
        *code = complain(CODE_DOS, "--as goes with a folder, not with a program.");
        return false;
    }
    if (!program && count > 1) {
        *code = complain(CODE_DOS, "%s is a folder: nothing may follow it.", words[0]);
        return false;
    }
    return !program || set_startup(keys, words, count, code);
}

int dos_run(const struct dos_run *how, const struct launch *launch, char **words, int count)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    struct profile_new what = { .name = "DOS", .template_id = "msdos", .passing = true };
    g_autofree char *more = NULL;
    int code = CODE_OK;
    bool ran;

    if (!dos_built())
        return complain(CODE_DOS, "this build of Bygone has no DOS of its own.");
    if (!describe(keys, how, words, count, &code))
        return code;
    what.more = more = g_key_file_to_data(keys, NULL, NULL);
    code = boot_new(&what, launch, how->headless || how->text, &ran);
    return ran || code == CODE_OK ? code : CODE_DOS;
}
