/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random calls of INT 21h: FUZZ LOG COUNT SEED [1].  For each 1,000 the program runs itself, FUZZ
 * LOG 0 SEED; all pointers of the calls lie in a block of 64 KB that nothing else is in.  Calls
 * that end the program, change vectors, PSPs or memory, or run programs have generators of their
 * own.  After it DOS has to be as it was: the chain of memory blocks, open SFTs, the largest block,
 * InDOS.
 */
#include "calls.h"
#include "suite.h"

enum { ROUND = 1000, BLOCK = 0x1000, BLOCKS = 12, STANDARD = 5 };
enum { MCB_OWNER = 1, MCB_SIZE = 3, SFT_SIZE = 0x3b };

static struct calls calls = { .mark = CALLS_MARK };
static uint32_t seed, state;
static bool verbose; /* shows each call: the last one on the screen is the one that hangs */
static uint16_t block, blocks[BLOCKS], in_dos_segment, in_dos;
static char child[] = "?:\\CHILD.COM", self[] = "?:\\FUZZ.COM", folder[] = "?:\\FUZZ";

static const char *const names[] = {
    "A.TMP", "B.TMP",    "SUB\\C.TMP", "NOSUCH\\D.TMP",  "SUB",         "*.*",
    "A.*",   "SUB\\*.*", "NUL",        "C:NUL.X",        "Q:E.TMP",     "A:F.TMP",
    "",      ".",        "SUB\\..\\G", "LONG.NAME.TEXT", "a long name", "\x81\x84.TMP",
    "?.TMP", "A.TMP\\B", "SUB\\",      "CHILD.TMP",      "A B.C",       "[;=].+,",
};

static uint32_t random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static unsigned below(unsigned n)
{
    return (random() >> 8) % n;
}

static uint16_t any(void)
{
    static const uint16_t edges[] = { 0, 1, 0x7fff, 0x8000, 0xffff, 0xfff0, 512, 128 };

    return below(3) ? (uint16_t)(random() >> 8) : edges[below(COUNT(edges))];
}

static uint16_t any_handle(void)
{
    return below(16) ? (uint16_t)below(30) : any();
}

/* A name at an offset of the block. */
static uint16_t any_name(void)
{
    const char *name = names[below(COUNT(names))];
    uint16_t at = any();

    for (unsigned i = 0; i <= strlen(name); i++)
        far_put8(block, (uint16_t)(at + i), (uint8_t)name[i]);
    return at;
}

static void show(const char *text)
{
    for (; *text; text++)
        INT_CALL(0x10, .ax = (uint16_t)(0x0e00 | (uint8_t)*text), .bx = 7, .ds = own_segment(),
                 .es = own_segment());
}

/* Writes down what comes: who looks for a hang sees it. */
static void note(const struct dos_regs *q)
{
    const uint16_t now[] = { q->ax, q->bx, q->cx, q->dx, q->si, q->di, q->ds };

    if (!block) /* the program that only counts rounds */
        return;
    memcpy(calls.last[calls.count++ % CALLS_KEPT], now, sizeof(now));
}

#undef CALL
#undef FAR_CALL
#define CALL(...)     (r = (struct dos_regs){ __VA_ARGS__ }, note(&r), dos(&r))
#define FAR_CALL(...) (r = (struct dos_regs){ __VA_ARGS__ }, note(&r), dos_call(&r))

static void call(struct dos_regs regs)
{
    r = regs;
    r.ds = r.es = block;
    note(&r);
    dos_call(&r);
}

/* ---- generators ---- */

static void memory_call(uint8_t ah)
{
    unsigned i = below(BLOCKS);

    if (ah == 0x48) {
        if (blocks[i])
            return;
        if (!CALL(.ax = 0x4800, .bx = below(4) ? (uint16_t)below(0x200) : any()))
            blocks[i] = r.ax;
        return;
    }
    if (!blocks[i]) { /* what is no block, and does not look like one */
        uint16_t segment = block + 1 + (uint16_t)below(99);

        far_put8(segment - 1, 0, 0);
        FAR_CALL(.ax = (uint16_t)(ah << 8), .bx = any(), .es = segment);
    } else if (!FAR_CALL(.ax = (uint16_t)(ah << 8), .bx = (uint16_t)below(0x300),
                         .es = blocks[i]) &&
               ah == 0x49)
        blocks[i] = 0;
}

/* A PSP's handles are closed as by its program. */
static void close_handles(uint16_t psp)
{
    CALL(.ax = 0x5000, .bx = psp);
    for (unsigned i = 0; i < 20; i++)
        CALL(.ax = 0x3e00, .bx = (uint16_t)i);
    CALL(.ax = 0x5000, .bx = own_segment());
}

/* Frees what resident programs left above this one. */
static void free_residents(void)
{
    uint16_t mcb = own_segment() - 1;

    for (unsigned i = 0; i < 200; i++) {
        uint16_t owner = far_get16(mcb, MCB_OWNER);

        if (owner == mcb + 1 && owner != own_segment())
            close_handles(owner);
        if (owner > own_segment())
            FAR_CALL(.ax = 0x4900, .es = mcb + 1);
        if (far_get8(mcb, 0) != 'M')
            return;
        mcb += (uint16_t)(far_get16(mcb, MCB_SIZE) + 1);
    }
}

/* 4B00h; the arguments begin with a blank. */
static bool run(const char *program, const char *text)
{
    static char tail[80];
    static struct {
        uint16_t environment;
        uint32_t tail, fcb1, fcb2;
        uint16_t result[4];
    } PACKED parameters;

    format_text(tail, sizeof(tail), "%c%s\r", (int)strlen(text), text);
    memset(&parameters, 0, sizeof(parameters));
    parameters.tail = parameters.fcb1 = parameters.fcb2 =
        (uint32_t)own_segment() << 16 | NEAR16(tail);
    return CALL(.ax = 0x4b00, .bx = NEAR16(&parameters), .dx = NEAR16(program));
}

static void own_dta(void)
{
    FAR_CALL(.ax = 0x1a00, .dx = 0x8000, .ds = block);
}

static void execute(void)
{
    static const char commands[] = "c20rRf5h";
    uint16_t overlay[2] = { block, any() };
    char text[] = " ?";

    if (!below(3)) { /* as an overlay into the block, or what is not there */
        CALL(.ax = 0x4b03, .bx = NEAR16(overlay), .dx = NEAR16(child));
        run("A.TMP\\X", "");
        return;
    }
    text[1] = commands[below(sizeof(commands) - 1)];
    if (verbose)
        show(text);
    run(child, text);
    CALL(.ax = 0x4d00);
    free_residents();
    own_dta(); /* it still is the child's, in memory that is free now */
}

static void psp_call(uint8_t ah)
{
    uint16_t segment = block + (uint16_t)below(BLOCK - 16);

    if (ah == 0x26)
        FAR_CALL(.ax = 0x2600, .dx = segment, .ds = block, .es = block);
    else if (ah == 0x55)
        FAR_CALL(.ax = 0x5500, .dx = segment, .si = segment + 16, .ds = block, .es = block);
    CALL(.ax = 0x5000, .bx = own_segment());
    if (ah == 0x55)
        close_handles(segment); /* it has inherited them */
}

/* 5Dh: the server call takes its registers from memory. */
static void server_call(uint16_t at)
{
    static const uint8_t safe[] = { 0x19, 0x2a, 0x2c, 0x30, 0x36, 0x3d, 0x43, 0x54 };
    uint16_t list[11] = { 0 }, name = any_name();
    unsigned al = below(12);

    list[0] = (uint16_t)(safe[below(sizeof(safe))] << 8);
    list[3] = name;
    list[6] = list[7] = block;
    for (unsigned i = 0; i < sizeof(list); i++) /* it may go round the segment's end */
        far_put8(block, (uint16_t)(at + i), ((uint8_t *)list)[i]);
    call((struct dos_regs){ .ax = (uint16_t)(0x5d00 | al), .dx = at });
}

static void control(struct dos_regs regs)
{
    regs.al = (uint8_t)below(0x12);
    regs.bx = below(2) ? any_handle() : (uint16_t)below(6);
    if (regs.al == 0x0b) { /* long waits are no fun */
        regs.cx = 1;
        regs.dx &= 1;
    }
    if (regs.al == 1)
        regs.dx &= 0x30;
    call(regs);
}

static void change_folder(void)
{
    static const char *const folders[] = { "SUB", "..\\FUZZ", ".", "NOSUCH", "\\FUZZ" };

    CALL(.ax = 0x3b00, .dx = NEAR16(folders[below(COUNT(folders))]));
}

static void long_names(struct dos_regs regs)
{
    static const uint8_t functions[] = {
        0x39, 0x3a, 0x41, 0x43, 0x47, 0x4e, 0x4f, 0x56, 0x60,
        0x6c, 0xa0, 0xa1, 0xa6, 0xa7, 0xa8, 0x0d, 0xaa,
    };

    regs.al = functions[below(COUNT(functions))];
    regs.dx = any_name();
    regs.si = below(2) ? any_name() : (uint16_t)below(2);
    regs.di = below(2) ? any_name() : any();
    regs.bx = (uint16_t)below(8);
    if (regs.al == 0x6c)
        regs.si = any_name();
    call(regs);
}

/*
 * A line is read from a file that nobody writes to: one that the echo goes to has no end, on any
 * DOS.  Without such a file there is no standard input.
 */
static void line_input(void)
{
    unsigned handle;

    if (file_open("IN.TMP", OPEN_READ, &handle)) {
        CALL(.ax = 0x3e00);
        return;
    }
    handle_force(handle, 0);
    if (handle)
        file_close(handle);
}

/* Calls with a name at DS:DX, DS:SI or ES:DI, or a handle in BX. */
static void file_call(struct dos_regs regs)
{
    regs.dx = any_name();
    regs.si = any_name();
    if (regs.ah == 0x56)
        regs.di = any_name();
    if ((regs.ah >= 0x3e && regs.ah <= 0x46 && regs.ah != 0x41 && regs.ah != 0x43) ||
        regs.ah == 0x57 || regs.ah == 0x5c || regs.ah == 0x68 || regs.ah == 0x6a) {
        regs.bx = any_handle();
        regs.dx = any();
    }
    if (regs.ah == 0x42 && below(20))
        regs.cx = 0;
    if (regs.ah == 0x46)
        regs.cx = any_handle();
    call(regs);
}

static void other(struct dos_regs regs)
{
    switch (regs.ah) {
    case 0x09:
        far_put8(block, (uint16_t)(regs.dx + below(100)), '$');
        break;
    case 0x0a:
        line_input();
        break;
    case 0x0c:
        if (regs.al == 0x0a)
            line_input();
        break;
    case 0x0e:
        regs.dx = (uint16_t)(below(3) ? (unsigned)(home() - 'A') : below(26));
        break;
    case 0x25:
        regs.al = (uint8_t)(0x78 + below(8)); /* CHILD.COM writes to where 61h points */
        break;
    case 0x5f: /* drives are taken away and given back, but not the one with the log */
        if (regs.al > 6)
            regs.dx = 25;
        break;
    case 0x66:
        regs.bx = below(2) ? 437 : 850;
        break;
    case 0x67:
        regs.bx = (uint16_t)(30 + below(200));
        break;
    default:
        break;
    }
    call(regs);
}

static void random_call(void)
{
    struct dos_regs regs = {
        .ax = any(), .bx = any(), .cx = any(), .dx = any(), .si = any(), .di = any(), .bp = any()
    };
    uint8_t ah = (uint8_t)below(0x6e);
    char text[16];

    if (ah == 0x6d)
        ah = 0x71;
    regs.ah = ah;
    if (below(2))
        regs.al = (uint8_t)below(8);
    if (verbose) {
        format_text(text, sizeof(text), "%04x %04x; ", regs.ax, regs.bx);
        show(text);
    }
    switch (ah) {
    case 0x00:
    case 0x31:
    case 0x4b:
    case 0x4c:
        execute();
        break;
    case 0x26:
    case 0x50:
    case 0x55:
        psp_call(ah);
        break;
    case 0x3b:
        change_folder();
        break;
    case 0x44:
        control(regs);
        break;
    case 0x48:
    case 0x49:
    case 0x4a:
        memory_call(ah);
        break;
    case 0x5d:
        server_call(regs.dx);
        break;
    case 0x71:
        long_names(regs);
        break;
    default:
        if ((ah >= 0x39 && ah <= 0x46) || ah == 0x4e || ah == 0x56 || ah == 0x57 ||
            (ah >= 0x5a && ah <= 0x5c) || ah == 0x60 || ah == 0x68 || ah == 0x6a || ah == 0x6c)
            file_call(regs);
        else
            other(regs);
    }
}

/* ---- before and after ---- */

/* Handles 0 to 4 become files, so that nothing waits for a key. */
static void standard_files(void)
{
    unsigned handle;

    for (unsigned i = 0; i < STANDARD; i++) {
        if (file_create(i ? "OUT.TMP" : "IN.TMP", 0, &handle))
            return;
        put_text(handle, "some input\r\nfor those who read it\x1a");
        file_seek(handle, SEEK_FROM_START, 0, &(uint32_t){ 0 });
        if (i)
            handle_force(handle, i);
        file_close(handle);
    }
    line_input();
}

/* The first that is in a folder, but . and ..; `pattern` ends with `*.*`. */
static bool first_in(const char *pattern, struct found *f)
{
    unsigned error = find_first(pattern, A_HIDDEN | A_SYSTEM | A_DIRECTORY, f);

    while (!error && f->name[0] == '.')
        error = find_next(f);
    return !error;
}

/* Deletes all that is in the folder; `path` has room and ends with `\`.  False: something stays. */
static bool empty(char *path)
{
    char *end = path + strlen(path);
    struct found f;

    for (;;) {
        if (end - path > 64) /* a path that DOS could not name */
            return false;
        copy_text(end, "*.*", 4);
        if (!first_in(path, &f)) {
            *end = 0;
            return true;
        }
        copy_text(end, f.name, sizeof(f.name));
        file_set_attr(path, 0);
        if (!(f.attr & A_DIRECTORY)) {
            if (file_delete(path))
                return false;
            continue;
        }
        strcpy(end + strlen(end), "\\");
        if (!empty(path))
            return false;
        end[strlen(end) - 1] = 0;
        if (CALL(.ax = 0x3a00, .dx = NEAR16(path)))
            return false;
    }
}

/* What a program may change for those after it. */
static void clean(void)
{
    static char path[128], text[160];

    CALL(.ax = 0x5801);
    for (unsigned i = 1; i <= 26; i++) /* SUBST */
        CALL(.ax = 0x71aa, .bx = (uint16_t)(0x100 | i));
    CALL(.ax = 0x5803);
    CALL(.ax = 0x440b, .cx = 1, .dx = 3);
    CALL(.ax = 0x6602, .bx = 437, .dx = 437);
    CALL(.ax = 0x3301);
    CALL(.ax = 0x2e00);
    for (unsigned i = 1; i <= 8; i++)
        CALL(.ax = 0x71a1, .bx = (uint16_t)i);
    drive_select((unsigned)(folder[0] - 'A'));
    CALL(.ax = 0x3b00, .dx = NEAR16(folder));
    CALL(.ax = 0x0d00);
    format_text(path, sizeof(path), "%s\\", folder);
    if (!empty(path)) {
        format_text(text, sizeof(text), "21/4100 %s is deleted", path);
        works(text, true);
    }
    directory_make("SUB");
}

struct picture {
    unsigned open;
    uint16_t largest;
    bool sound;
    uint8_t in_dos;
};

/* Walks the memory blocks from `mcb`; how many, 0: the chain is broken. */
static unsigned walk(uint16_t mcb)
{
    for (unsigned n = 1; n < 300; n++) {
        uint8_t type = far_get8(mcb, 0);

        if (type == 'Z')
            return n;
        if (type != 'M')
            return 0;
        mcb += (uint16_t)(far_get16(mcb, MCB_SIZE) + 1);
    }
    return 0;
}

static void look(struct picture *p)
{
    uint16_t segment, offset;
    uint32_t table;

    memset(p, 0, sizeof(*p));
    p->in_dos = far_get8(in_dos_segment, in_dos);
    FAR_CALL(.ax = 0x5200);
    segment = r.es;
    offset = r.bx;
    table = far_get32(segment, (uint16_t)(offset + 4));
    while ((uint16_t)table != 0xffff) {
        uint16_t at = (uint16_t)(table >> 16), from = (uint16_t)table;

        for (unsigned i = 0; i < far_get16(at, (uint16_t)(from + 4)); i++)
            p->open += far_get16(at, (uint16_t)(from + 6 + i * SFT_SIZE)) != 0;
        table = far_get32(at, from);
    }
    p->sound = walk(far_get16(segment, (uint16_t)(offset - 2))) != 0;
    CALL(.ax = 0x4800, .bx = 0xffff);
    p->largest = r.bx;
}

static bool same(const struct picture *before, uint32_t calls)
{
    static char what[60];
    struct picture now;
    bool good;

    look(&now);
    format_text(what, sizeof(what), "21/ random calls, seed %u, after %u", seed, calls);
    good = now.sound && now.open == before->open && now.largest == before->largest &&
           now.in_dos == before->in_dos;
    if (good)
        return true;
    holds(what, false);
    is("21/ the chain of memory blocks is sound", now.sound, true);
    is("21/ open files", now.open, before->open);
    is("21/ the largest block", now.largest, before->largest);
    is("21/ InDOS", now.in_dos, before->in_dos);
    return false;
}

static void progress(uint32_t calls)
{
    char text[40];

    format_text(text, sizeof(text), "\r%u calls", calls);
    show(text);
}

static uint32_t argument(unsigned n, uint32_t otherwise)
{
    const char *p = arguments();

    while (n--) {
        while (*p && *p != ' ')
            p++;
        while (*p == ' ')
            p++;
    }
    return is_digit(*p) ? parse_number(&p) : otherwise;
}

/* The chain of memory blocks is looked at after each call, so that the one that broke it is known.
 */
static int round_of_calls(void)
{
    static char text[80];
    const uint16_t *last;
    uint16_t first_mcb;

    set_stub(0x23, break_handler);
    set_stub(0x24, critical_handler);
    /* What is read may reach over the end of the segment by 64 KB. */
    if (CALL(.ax = 0x4800, .bx = 2 * BLOCK))
        return 1;
    block = r.ax;
    for (unsigned i = 0; i < 0x10000; i++)
        far_put8(block, (uint16_t)i, (uint8_t)(random() >> 8));
    own_dta();
    standard_files();
    FAR_CALL(.ax = 0x5200);
    first_mcb = far_get16(r.es, (uint16_t)(r.bx - 2));
    for (unsigned i = 0; i < ROUND; i++) {
        random_call();
        if (walk(first_mcb))
            continue;
        last = calls.last[(calls.count - 1) % CALLS_KEPT];
        format_text(text, sizeof(text), "21/ memory blocks after AX=%04x BX=%04x of round %u",
                    last[0], last[1], seed);
        holds(text, false);
        return 2;
    }
    return 0;
}

int com_main(void)
{
    struct picture before;
    uint32_t count, done = 0;
    char text[80];

    read_arguments("fuzz");
    count = argument(0, 100000);
    calls.seed = seed = argument(1, 1);
    state = seed * 2 + 1; /* never 0 */
    verbose = argument(2, 0);
    child[0] = self[0] = home();
    folder[0] = (char)('A' + drive_current());
    if (!count)
        return round_of_calls();
    begin("fuzz");
    directory_make(folder);
    FAR_CALL(.ax = 0x3400);
    in_dos_segment = r.es;
    in_dos = r.bx;
    clean();
    look(&before);
    while (done < count) {
        format_text(text, sizeof(text), " %c:\\CONF.LOG 0 %u %u", home(), random(), verbose);
        if (run(self, text)) {
            works("21/4B00 run the program that makes the calls", true);
            break;
        }
        done += ROUND;
        clean();
        progress(done);
        if (!same(&before, done))
            break;
    }
    holds("21/ random calls leave DOS as it was", done >= count);
    return closing();
}
