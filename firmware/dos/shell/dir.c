/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DIR and VOL. */
#include "shell.h"

enum { SCREEN = 24, WIDE = 5, PARAGRAPH = 16 };

struct entry {
    char name[NAME_MAX];
    uint8_t attr;
    uint16_t time, date;
    uint32_t size;
};

static struct listing {
    bool wide, pause, bare, deep, lower;
    uint8_t with, without, search; /* attributes that must, must not be there; what is looked for */
    char order[12];                /* of /O, `-` before a letter */
    unsigned lines;
    uint32_t files, bytes, directories;
    uint32_t total_files, total_bytes;
} dir;

/* ---- options ---- */

static bool parse_attributes(const char *s)
{
    static const struct {
        char letter;
        uint8_t attr;
    } letters[] = { { 'R', A_READ_ONLY },
                    { 'H', A_HIDDEN },
                    { 'S', A_SYSTEM },
                    { 'D', A_DIRECTORY },
                    { 'A', A_ARCHIVE } };

    dir.with = dir.without = 0;
    dir.search = A_READ_ONLY | A_HIDDEN | A_SYSTEM | A_DIRECTORY | A_ARCHIVE;
    for (; *s; s++) {
        bool not = *s == '-';
        unsigned i = 0;

        if (not )
            s++;
        while (i < COUNT(letters) && letters[i].letter != *s)
            i++;
        if (i == COUNT(letters))
            return false;
        if (not )
            dir.without |= letters[i].attr;
        else
            dir.with |= letters[i].attr;
    }
    return true;
}

static bool parse_order(const char *s)
{
    for (const char *p = s; *p; p++)
        if (!strchr("NESDGC-", *p))
            return false;
    return copy_text(dir.order, *s ? s : "GN", sizeof(dir.order));
}

static bool parse_option(const char *s)
{
    const char *value = s[0] && s[1] == ':' ? s + 2 : s + 1;
    bool on = s[0] != '-';

    if (!on)
        s++;
    switch (s[0]) {
    case 'A':
        return parse_attributes(on ? value : "");
    case 'O':
        if (on)
            return parse_order(value);
        dir.order[0] = 0;
        return true;
    case 'W':
        dir.wide = on;
        return !s[1];
    case 'P':
        dir.pause = on;
        return !s[1];
    case 'B':
        dir.bare = on;
        return !s[1];
    case 'S':
        dir.deep = on;
        return !s[1];
    case 'L':
        dir.lower = on;
        return !s[1];
    default:
        return false;
    }
}

static bool parse_options(const struct args *a)
{
    for (unsigned i = 0; i < a->options; i++) {
        char option[LINE_SIZE];
        char *end;

        copy_text(option, a->option[i], sizeof(option));
        end = strchr(option, ' ');
        if (end)
            *end = 0;
        if (!parse_option(option)) {
            print("Invalid switch - /%s\r\n", option);
            return false;
        }
    }
    return true;
}

/* ---- lines ---- */

static void end_line(void)
{
    print("\r\n");
    if (dir.pause && ++dir.lines == SCREEN) {
        command_pause("");
        dir.lines = 0;
    }
}

bool print_label(unsigned drive)
{
    char pattern[8] = "A:\\*.*";
    struct {
        uint16_t level;
        uint32_t serial;
        char label[11], kind[8];
    } PACKED id = { 0 };
    struct dos_regs r = { .ax = 0x6900, .bx = (uint16_t)drive, .dx = NEAR16(&id) };
    struct found f;
    unsigned letter = drive ? drive - 1 : drive_current(), error;

    pattern[0] = (char)('A' + letter);
    error = find_first(pattern, A_LABEL, &f);
    if (error && error != 18 && error != 2) {
        say_error(error, NULL);
        return false;
    }
    print(" Volume in drive %c ", 'A' + letter);
    if (error) {
        print("has no label");
    } else {
        char label[NAME_MAX], *dot = strchr(f.name, '.');

        copy_text(label, f.name, sizeof(label));
        if (dot && strlen(f.name) > 9) /* 8 and 3 characters of one name */
            copy_text(label + (dot - f.name), dot + 1, 4);
        print("is %s", label);
    }
    end_line();
    if (!dos(&r) && id.serial) {
        print(" Volume Serial Number is %04x-%04x", id.serial >> 16, id.serial & 0xffff);
        end_line();
    }
    return true;
}

void command_vol(const char *tail)
{
    tail = skip_separators(tail);
    dir.pause = false;
    print("\r\n");
    if (*tail && tail[1] != ':')
        say(M_BAD_DRIVE);
    else if (*tail && !drive_valid((unsigned)(upper(*tail) - 'A')))
        say(M_BAD_DRIVE);
    else
        print_label(*tail ? (unsigned)(upper(*tail) - 'A' + 1) : 0);
}

static void lower_text(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

static void print_wide(const struct entry *e, unsigned *column)
{
    char text[NAME_MAX + 3];

    format_text(text, sizeof(text), e->attr & A_DIRECTORY ? "[%s]" : "%s", e->name);
    print("%-16s", text);
    if (++*column % WIDE == 0)
        end_line();
}

static void print_long(const struct entry *e)
{
    char base[NAME_MAX], date[10], time[8];
    char *dot;

    copy_text(base, e->name, sizeof(base));
    dot = base[0] == '.' ? NULL : strchr(base, '.');
    if (dot)
        *dot = 0;
    date_text(date, e->date);
    time_text(time, e->time);
    print("%-8s %-3s", base, dot ? dot + 1 : "");
    if (e->attr & A_DIRECTORY)
        print(" %-14s", "<DIR>");
    else
        print("%,14u ", e->size);
    print("%s  %s", date, time);
    end_line();
}

static void print_bare(const struct entry *e, const char *folder)
{
    if (e->name[0] == '.')
        return;
    print("%s%s", dir.deep ? folder : "", e->name);
    end_line();
}

/* ---- order ---- */

static int compare_by(char key, const struct entry *a, const struct entry *b)
{
    const char *x = strchr(a->name, '.'), *y = strchr(b->name, '.');
    uint32_t m, n;

    switch (key) {
    case 'N':
        return strcmp(a->name, b->name);
    case 'E':
        return strcmp(x ? x + 1 : "", y ? y + 1 : "");
    case 'G':
        return (b->attr & A_DIRECTORY) - (a->attr & A_DIRECTORY);
    case 'S':
        return a->size < b->size ? -1 : a->size > b->size;
    case 'D':
        m = (uint32_t)a->date << 16 | a->time;
        n = (uint32_t)b->date << 16 | b->time;
        return m < n ? -1 : m > n;
    default:
        return 0;
    }
}

static int compare(const struct entry *a, const struct entry *b)
{
    for (const char *s = dir.order; *s; s++) {
        bool down = *s == '-';
        int order;

        if (down && !*++s)
            break;
        order = compare_by(*s, a, b);
        if (order)
            return down ? -order : order;
    }
    return 0;
}

/*
 * What is sorted lies in a block as large as memory allows: the entries' numbers in their order,
 * and the entries, each two paragraphs.
 */
enum { ENTRY_PARAGRAPHS = 2, NUMBERS = PARAGRAPH / sizeof(uint16_t) };

_Static_assert(sizeof(struct entry) <= ENTRY_PARAGRAPHS * PARAGRAPH, "an entry's place");
static struct table {
    uint16_t block; /* 0: none */
    uint16_t entries;
    unsigned room;
} table;

static void get_entry(unsigned n, struct entry *e)
{
    for (unsigned i = 0; i < sizeof(*e); i += 2)
        ((uint16_t *)e)[i / 2] =
            far_get16((uint16_t)(table.entries + n * ENTRY_PARAGRAPHS), (uint16_t)i);
}

static void put_entry(unsigned n, const struct entry *e)
{
    for (unsigned i = 0; i < sizeof(*e); i += 2)
        far_put16((uint16_t)(table.entries + n * ENTRY_PARAGRAPHS), (uint16_t)i,
                  ((const uint16_t *)e)[i / 2]);
}

static unsigned get_number(unsigned place)
{
    return far_get16((uint16_t)(table.block + place / NUMBERS), (uint16_t)(place % NUMBERS * 2));
}

static void put_number(unsigned place, unsigned n)
{
    far_put16((uint16_t)(table.block + place / NUMBERS), (uint16_t)(place % NUMBERS * 2),
              (uint16_t)n);
}

/* Whether entry x stands before y; those that are equal stay as they came. */
static bool before(unsigned x, unsigned y)
{
    struct entry a, b;
    int order;

    get_entry(x, &a);
    get_entry(y, &b);
    order = compare(&a, &b);
    return order ? order < 0 : x < y;
}

/* The heap's rule for `place`, whose children may break it. */
static void sink(unsigned place, unsigned count)
{
    unsigned n = get_number(place), child;

    for (; (child = place * 2 + 1) < count; place = child) {
        if (child + 1 < count && before(get_number(child), get_number(child + 1)))
            child++;
        if (!before(n, get_number(child)))
            break;
        put_number(place, get_number(child));
    }
    put_number(place, n);
}

static void sort(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put_number(i, i);
    for (unsigned i = count / 2; i--;)
        sink(i, count);
    for (unsigned i = count; i-- > 1;) {
        unsigned last = get_number(i);

        put_number(i, get_number(0));
        put_number(0, last);
        sink(0, i);
    }
}

/* All the memory there is in one piece; nothing is sorted where there is none. */
static void take_table(void)
{
    struct dos_regs r = { .ax = 0x4800, .bx = 0xffff };

    table.room = 0;
    dos(&r);
    r.ax = 0x4800;
    if (!r.bx || dos(&r))
        return;
    table.block = r.ax;
    /* each takes its number and its paragraphs */
    table.room = (unsigned)r.bx * NUMBERS / (ENTRY_PARAGRAPHS * NUMBERS + 1);
    if (table.room)
        table.room--; /* the numbers' last paragraph may not be full */
    table.entries = (uint16_t)(r.ax + (table.room + NUMBERS - 1) / NUMBERS);
}

void dir_reset(void)
{
    struct dos_regs r = { .ax = 0x4900, .ds = own_segment(), .es = table.block };

    if (table.block)
        dos_call(&r);
    table.block = 0;
}

/* ---- a directory ---- */

static void print_entry(const struct entry *e, const char *folder, unsigned *column)
{
    struct entry shown = *e;

    if (dir.lower)
        lower_text(shown.name);
    if (e->attr & A_DIRECTORY) {
        dir.directories++;
    } else {
        dir.files++;
        dir.bytes += e->size;
    }
    if (dir.bare)
        print_bare(&shown, folder);
    else if (dir.wide)
        print_wide(&shown, column);
    else
        print_long(&shown);
}

/* The next entry that is asked for, from *error on; false: there is none. */
static bool next_entry(struct found *f, unsigned *error, struct entry *e)
{
    while (!*error && ((f->attr & dir.with) != dir.with || (f->attr & dir.without)))
        *error = find_next(f);
    if (*error)
        return false;
    *e = (struct entry){ .attr = f->attr, .time = f->time, .date = f->date, .size = f->size };
    copy_text(e->name, f->name, sizeof(e->name));
    return true;
}

static void print_totals(uint32_t files, uint32_t bytes)
{
    print("%,9u file(s)%,15u bytes", files, bytes);
    end_line();
}

/* Without the `\\` at its end, but for the root. */
static const char *shown_folder(const char *folder)
{
    static char text[PATH_MAX];
    unsigned n;

    copy_text(text, folder, sizeof(text));
    n = (unsigned)strlen(text);
    if (n > 3)
        text[n - 1] = 0;
    return text;
}

static void print_heading(const char *folder)
{
    if (dir.bare)
        return;
    if (dir.deep)
        end_line();
    print("%sirectory of %s", dir.deep ? "D" : " D", shown_folder(folder));
    end_line();
    end_line();
}

/* As many as the table has room for, in their order; what is left is the search's. */
static void list_sorted(struct found *f, unsigned *error, const char *folder, unsigned *column)
{
    struct entry e;
    unsigned count = 0;

    take_table();
    while (count < table.room && next_entry(f, error, &e)) {
        put_entry(count++, &e);
        *error = find_next(f);
    }
    sort(count);
    for (unsigned i = 0; i < count && !shell.broken; i++) {
        get_entry(get_number(i), &e);
        print_entry(&e, folder, column);
    }
    dir_reset();
    if (!next_entry(f, error, &e) || shell.broken)
        return;
    if (dir.wide && !dir.bare && *column % WIDE)
        end_line();
    *column = 0;
    put_text(STDERR, "Too little memory to sort all; what follows is not sorted.\r\n");
}

static void list(const char *pattern, const char *folder)
{
    struct found f;
    struct entry e;
    unsigned error = find_first(pattern, dir.search, &f), column = 0;

    if (!next_entry(&f, &error, &e))
        return;
    print_heading(folder);
    dir.files = dir.bytes = 0;
    if (dir.order[0])
        list_sorted(&f, &error, folder, &column);
    while (!shell.broken && next_entry(&f, &error, &e)) {
        print_entry(&e, folder, &column);
        error = find_next(&f);
    }
    if (dir.wide && !dir.bare && column % WIDE)
        end_line();
    dir.total_files += dir.files + dir.directories;
    dir.total_bytes += dir.bytes;
    if (!dir.bare)
        print_totals(dir.files + dir.directories, dir.bytes);
    dir.directories = 0;
}

/* folder: with a `\` at its end */
static void walk(char *folder, const char *name)
{
    char path[PATH_MAX + NAME_MAX];
    unsigned n = (unsigned)strlen(folder);
    struct found f;

    copy_text(path, folder, sizeof(path));
    add_text(path, name, sizeof(path));
    list(path, folder);
    if (!dir.deep)
        return;
    strcpy(path + n, "*.*");
    for (unsigned error = find_first(path, A_DIRECTORY | A_HIDDEN | A_SYSTEM | A_READ_ONLY, &f);
         !error; error = find_next(&f)) {
        if (!(f.attr & A_DIRECTORY) || f.name[0] == '.' ||
            n + strlen(f.name) + NAME_MAX + 1 > PATH_MAX)
            continue;
        strcpy(folder + n, f.name);
        add_text(folder, "\\", PATH_MAX);
        walk(folder, name);
        folder[n] = 0;
    }
}

/* The full folder of a pattern and the name in it; error of DOS. */
static unsigned split_pattern(char *pattern, char *folder, char *name)
{
    unsigned drive = pattern[0] && pattern[1] == ':' ? (unsigned)(upper(pattern[0]) - 'A' + 1) : 0;
    char full[128] = { 0 };
    unsigned at, error;

    at = path_name(pattern);
    copy_text(name, pattern + at, NAME_MAX + 3);
    pattern[at] = 0;
    format_text(folder, PATH_MAX, "%c:\\", 'A' + (drive ? drive - 1 : drive_current()));
    if (!at || (at == 2 && drive)) {
        error = directory_get(drive, full);
        add_text(folder, full, PATH_MAX);
    } else {
        if (at > 1 && pattern[at - 1] == '\\' && pattern[at - 2] != ':')
            pattern[at - 1] = 0;
        error = true_name(pattern, full);
        if (!error && full[1] == ':')
            copy_text(folder, full, PATH_MAX);
        else if (!error) /* a network's name: as it was typed */
            copy_text(folder, pattern, PATH_MAX);
    }
    at = (unsigned)strlen(folder);
    if (at && folder[at - 1] != '\\')
        add_text(folder, "\\", PATH_MAX);
    return error;
}

static void list_word(const char *word)
{
    char pattern[LINE_SIZE], folder[PATH_MAX], name[NAME_MAX + 3];
    unsigned drive = word[0] && word[1] == ':' ? (unsigned)(upper(word[0]) - 'A' + 1) : 0;
    uint32_t bytes;
    unsigned error;

    copy_text(pattern, word, sizeof(pattern));
    if (drive && !drive_valid(drive - 1)) {
        say(M_BAD_DRIVE);
        return;
    }
    complete_pattern(pattern, sizeof(pattern));
    if (drive && !pattern[2])
        add_text(pattern, "*.*", sizeof(pattern));
    error = split_pattern(pattern, folder, name);
    if (!strchr(name, '.')) /* FILE stands for FILE.* */
        add_text(name, ".*", sizeof(name));
    if (!error && !dir.bare) {
        end_line();
        if (!print_label(drive))
            return;
    }
    dir.total_files = dir.total_bytes = dir.directories = 0;
    if (!error)
        walk(folder, name);
    if (error || !dir.total_files) {
        say_error(error ? error : 2, NULL);
        return;
    }
    if (dir.bare)
        return;
    if (dir.deep) {
        end_line();
        print("Total files listed:");
        end_line();
        print_totals(dir.total_files, dir.total_bytes);
    }
    if (drive_free(drive, &bytes))
        print("%,32u bytes free\r\n", bytes);
}

void command_dir(const char *tail)
{
    struct args a, defaults;
    char text[LINE_SIZE];

    dir = (struct listing){ .search = A_READ_ONLY | A_DIRECTORY | A_ARCHIVE,
                            .without = A_HIDDEN | A_SYSTEM };
    env_get("DIRCMD", text, sizeof(text));
    if (!parse_args(&defaults, text) || !parse_options(&defaults) || !parse_args(&a, tail) ||
        !parse_options(&a))
        return;
    if (a.words > 1) {
        say(M_TOO_MANY);
        return;
    }
    list_word(a.words ? a.word[0] : defaults.words ? defaults.word[0] : "");
}
