/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: loading, saving, the box that lists them, printing. */
#include "edit.h"

enum { E_NONE = 2, E_PATH = 3, E_ACCESS = 5, E_PROTECT = 19, E_READY = 21, E_SHARING = 32 };
enum { E_FAIL = 0x53, LIST_MAX = 400, CTRL_Z = 26 };

static char list[LIST_MAX][16];

static const char *reason(unsigned error)
{
    if (error == E_NONE)
        return "there is no such file";
    if (error == E_PATH || error == 15)
        return "there is no such folder or drive";
    if (error == E_ACCESS)
        return "access is denied";
    if (error == E_PROTECT)
        return "the disk is write-protected";
    if (error == E_SHARING || error == 33)
        return "another program uses it";
    if (error == TEXT_SHORT)
        return "the disk is full";
    if (error == E_READY || error == E_FAIL)
        return "the drive is not ready";
    return "the disk has an error";
}

static void complain(const char *what, const char *path, const char *why)
{
    char text[200];

    format_text(text, sizeof(text), "%s %s: %s.", what, path, why);
    message("%s", text);
}

void disk_new(void)
{
    bool overwrite = ed.overwrite;

    text_clear();
    memset(&ed, 0, sizeof(ed));
    ed.overwrite = overwrite;
}

/* What the file is like: which line breaks, whether it ends with Ctrl-Z. */
static void look(void)
{
    uint32_t end = line_end(0);

    ed.lf_only = break_at(end) == 1;
    if (text_size && text_at(text_size - 1) == CTRL_Z) {
        ed.ctrl_z = true;
        text_delete(text_size - 1, 1);
    }
}

static unsigned load(unsigned handle)
{
    uint32_t size;
    unsigned error = file_seek(handle, SEEK_FROM_END, 0, &size);

    if (!error)
        error = file_seek(handle, SEEK_FROM_START, 0, NULL);
    return error ? error : text_read(handle, size);
}

/* The whole path, so that changing the folder does no harm; false: it has no place here. */
static bool full_path(const char *path, char *to)
{
    char whole[128];

    if (strlen(path) >= PATH_MAX || true_name(path, whole) || strlen(whole) >= PATH_MAX ||
        whole[1] != ':')
        return copy_text(to, path, PATH_MAX);
    return copy_text(to, whole, PATH_MAX);
}

/* A name that cannot be a file's: says so. */
static bool refuse(const char *path)
{
    unsigned attr;

    if (has_wildcards(path))
        complain("Cannot use", path, "a file name has no * or ?");
    else if (strlen(path) >= PATH_MAX)
        complain("Cannot use", path, "the name is too long");
    else if (!file_attr(path, &attr) && (attr & A_DIRECTORY))
        complain("Cannot use", path, "it is a folder");
    else
        return false;
    return true;
}

/* A new name: the folder must be there. */
static bool begin_new(const char *path, unsigned error)
{
    unsigned attr;
    char folder[PATH_MAX];
    unsigned name = path_name(path);

    copy_text(folder, path, sizeof(folder));
    folder[name > 1 && path[name - 2] != ':' && path[name - 1] != ':' ? name - 1 : name] = 0;
    if (error != E_NONE ||
        (name > 1 && path[name - 1] != ':' && path[name - 2] != ':' && file_attr(folder, &attr))) {
        complain("Cannot open", path, reason(error == E_NONE ? E_PATH : error));
        return false;
    }
    disk_new();
    full_path(path, ed.path);
    return true;
}

bool disk_load(const char *path)
{
    unsigned handle, error;

    if (refuse(path))
        return false;
    error = file_open(path, OPEN_READ, &handle);
    if (error)
        return begin_new(path, error);
    if (handle_is_device(handle)) {
        file_close(handle);
        complain("Cannot open", path, "it is a device");
        return false;
    }
    disk_new();
    error = load(handle);
    file_close(handle);
    if (error) {
        disk_new();
        complain("Cannot open", path,
                 error == TEXT_FULL ? "there is too little memory for it" : reason(error));
        return false;
    }
    look();
    full_path(path, ed.path);
    return true;
}

/* ---- saving ---- */

static bool may_write(const char *path)
{
    unsigned attr, handle;

    if (refuse(path))
        return false;
    if (file_attr(path, &attr))
        return true;
    if (attr & A_READ_ONLY) {
        complain("Cannot save", path, "the file is read-only");
        return false;
    }
    if (!file_open(path, OPEN_READ, &handle)) {
        bool device = handle_is_device(handle);

        file_close(handle);
        if (device)
            complain("Cannot save", path, "it is a device");
        return !device;
    }
    return true;
}

/* A file of its own in the folder of `path`: DOS makes up the name. */
static unsigned create_beside(const char *path, char *name, unsigned *handle)
{
    struct dos_regs r = { .ax = 0x5a00, .dx = NEAR16(name) };

    copy_text(name, path, PATH_MAX);
    name[path_name(name)] = 0;
    if (!name[0])
        strcpy(name, ".\\");
    if (dos(&r))
        return r.ax;
    *handle = r.ax;
    return 0;
}

static unsigned write_all(unsigned handle)
{
    static const char end = CTRL_Z;
    unsigned error = text_write(handle, 0, text_size), done;

    if (!error && ed.ctrl_z)
        error = file_write(handle, &end, 1, &done) || done != 1 ? TEXT_SHORT : 0;
    return error;
}

/* The new file takes the old one's place; `temporary` is gone or named in what is said. */
static bool replace(const char *path, const char *temporary)
{
    unsigned attr, error;
    bool there = !file_attr(path, &attr);

    error = there ? file_delete(path) : 0;
    if (error) {
        file_delete(temporary);
        complain("Cannot save", path, reason(error));
        return false;
    }
    error = file_rename(temporary, path);
    if (error) {
        complain("The text was saved under another name", temporary, reason(error));
        return false;
    }
    if (there && (attr & (A_HIDDEN | A_SYSTEM)))
        file_set_attr(path, attr | A_ARCHIVE);
    return true;
}

static bool save_to(const char *path)
{
    char temporary[PATH_MAX + 14];
    unsigned handle = 0, error, closed;

    if (!may_write(path))
        return false;
    error = create_beside(path, temporary, &handle);
    if (error) {
        complain("Cannot save", path, reason(error));
        return false;
    }
    error = write_all(handle);
    closed = file_close(handle);
    if (error || closed) {
        file_delete(temporary);
        complain("Cannot save", path, reason(error ? error : closed));
        return false;
    }
    if (!replace(path, temporary))
        return false;
    ed.changed = false;
    return true;
}

bool disk_save(void)
{
    return ed.path[0] ? save_to(ed.path) : disk_save_as();
}

bool disk_save_as(void)
{
    static char name[PATH_MAX];
    struct control controls[] = {
        { .kind = D_INPUT, .x = 14, .y = 2, .width = 22, .value = name, .size = sizeof(name),
          .fresh = true },
        { .kind = D_LABEL, .x = 2, .y = 2, .text = "File Name:" },
        { .kind = D_BUTTON, .x = 8, .y = 4, .text = "OK" },
        { .kind = D_BUTTON, .x = 20, .y = 4, .text = "Cancel" },
    };
    struct dialog d = { .title = "Save As", .width = 38, .height = 6, .controls = controls,
                        .count = COUNT(controls) };
    unsigned attr;
    char whole[PATH_MAX];

    copy_text(name, ed.path, sizeof(name));
    controls[0].state = (unsigned)strlen(name);
    do {
        if (dialog_run(&d) != 2 || !name[0])
            return false;
        if (!full_path(name, whole))
            return false;
        if (!same_text(whole, ed.path) && !file_attr(name, &attr) && !(attr & A_DIRECTORY) &&
            ask("A file of that name is there. Replace it?") != 0)
            return false;
    } while (!save_to(name));
    full_path(name, ed.path);
    return true;
}

bool disk_leave(void)
{
    int answer;

    if (!ed.changed)
        return true;
    answer = ask("The text has changes that are not saved. Save it now?");
    return answer == 1 || (answer == 0 && disk_save());
}

/* ---- Open ---- */

static unsigned fill_list(const char *pattern, unsigned attr, unsigned count)
{
    struct found f;
    unsigned error = find_first(pattern, attr, &f);

    for (; !error && count < LIST_MAX; error = find_next(&f)) {
        if (!(f.attr & A_DIRECTORY) != !(attr & A_DIRECTORY) || !strcmp(f.name, "."))
            continue;
        copy_text(list[count], f.name, sizeof(list[0]));
        if (f.attr & A_DIRECTORY)
            add_text(list[count], "\\", sizeof(list[0]));
        count++;
    }
    return count;
}

/* Files that match, the folders, the drives. */
static unsigned make_list(const char *pattern)
{
    char folders[PATH_MAX + 4];
    unsigned count = fill_list(pattern, 0, 0);

    copy_text(folders, pattern, PATH_MAX);
    strcpy(folders + path_name(folders), "*.*");
    count = fill_list(folders, A_DIRECTORY, count);
    for (unsigned i = 0; i < 26 && count < LIST_MAX; i++) {
        struct dos_regs r = { .ax = 0x4409, .bx = (uint16_t)(i + 1) };

        if (!dos(&r))
            format_text(list[count++], sizeof(list[0]), "%c:", 'A' + (int)i);
    }
    return count;
}

/* What was typed or chosen, in the folder of the pattern, is a folder: the pattern goes there. */
static bool enter_folder(char *pattern, const char *name)
{
    char path[2 * PATH_MAX], mask[NAME_MAX + 1];
    unsigned length = (unsigned)strlen(name), attr;

    copy_text(mask, pattern + path_name(pattern), sizeof(mask));
    copy_text(path, name, sizeof(path));
    if (has_wildcards(name)) {
        copy_text(pattern, name, PATH_MAX);
        return true;
    }
    if (!length || (name[length - 1] != ':' && name[length - 1] != '\\')) {
        if (file_attr(name, &attr) || !(attr & A_DIRECTORY))
            return false;
        add_text(path, "\\", sizeof(path));
    }
    add_text(path, mask, sizeof(path));
    copy_text(pattern, path, PATH_MAX);
    return true;
}

/* A name from the list stands for a file in the pattern's folder. */
static void join(const char *pattern, const char *value, char *path)
{
    copy_text(path, pattern, PATH_MAX);
    path[path_name(path)] = 0;
    if (strchr(value, ':') || value[0] == '\\')
        path[0] = 0;
    add_text(path, value, PATH_MAX);
}

void disk_open(void)
{
    char pattern[PATH_MAX] = "*.TXT", value[PATH_MAX], path[PATH_MAX];
    struct control controls[] = {
        { .kind = D_INPUT, .x = 14, .y = 2, .width = 20, .value = value, .size = sizeof(value) },
        { .kind = D_LABEL, .x = 2, .y = 2, .text = "File Name:" },
        { .kind = D_LIST, .x = 2, .y = 4, .width = 16, .height = 9 },
        { .kind = D_BUTTON, .x = 22, .y = 6, .text = "OK" },
        { .kind = D_BUTTON, .x = 22, .y = 8, .text = "Cancel" },
    };
    struct dialog d = { .title = "Open", .width = 36, .height = 14, .controls = controls,
                        .count = COUNT(controls), .list = (const char (*)[16])list };

    if (!disk_leave())
        return;
    for (;;) {
        d.list_count = make_list(pattern);
        copy_text(value, pattern, sizeof(value));
        controls[0].state = (unsigned)strlen(value);
        controls[0].fresh = true;
        controls[2].state = 0;
        if (dialog_run(&d) != 3)
            return;
        join(pattern, value, path);
        if (!enter_folder(pattern, path) && disk_load(path))
            return;
    }
}

void disk_print(void)
{
    bool part = ed.selecting && selection_end() > selection_start();
    uint32_t from = part ? selection_start() : 0, count = part ? selection_end() - from : text_size;
    unsigned handle, error;
    int answer = ask(part ? "Print the selected text?" : "Print all of the text?");

    if (answer != 0)
        return;
    error = file_open("PRN", OPEN_WRITE, &handle);
    if (!error) {
        error = text_write(handle, from, count);
        if (!error)
            put_text(handle, "\f");
        file_close(handle);
    }
    if (error)
        message("Cannot print: %s.", error == TEXT_SHORT ? "the printer does not answer" : reason(error));
}
