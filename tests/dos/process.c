/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs: INT 21h/00h, 25h, 26h, 31h, 35h, 4Bh, 4Ch, 4Dh, 50h, 51h, 55h, 62h, INT 20h, 22h, 27h,
 * the PSP, the environment.  The programs it runs are CHILD.COM and an .EXE made here.
 */
#include "suite.h"

struct exec_block {
    uint16_t environment;
    uint32_t tail, fcb1, fcb2;
    uint16_t sp, ss, ip, cs;
} PACKED;

static struct mailbox { /* child.asm fills it */
    uint16_t ax, bx, cx, dx, si, di, bp, sp, ss, ds, es, cs, flags, stack;
    uint8_t psp[256];
    char environment[256];
} box;

static struct exec_block block;
static char child[PATH_MAX], tail[16];
static uint8_t fcb1[20] = { 0, 'F', 'C', 'B', '1' }, fcb2[20] = { 0, 'F', 'C', 'B', '2' };

static uint32_t far_pointer(const void *p)
{
    return (uint32_t)own_segment() << 16 | NEAR16(p);
}

static void prepare(const char *arguments)
{
    memset(&block, 0, sizeof(block));
    memset(&box, 0, sizeof(box));
    format_text(tail, sizeof(tail), "%c %s\r", (int)strlen(arguments) + 1, arguments);
    block.tail = far_pointer(tail);
    block.fcb1 = far_pointer(fcb1);
    block.fcb2 = far_pointer(fcb2);
    set_vector(0x61, far_pointer(&box));
}

static bool run(const char *arguments)
{
    bool carry;

    prepare(arguments);
    carry = CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16(child));
    set_vector(0x61, 0);
    return carry;
}

static uint16_t exit_code(void)
{
    CALL(.ax = 0x4d00);
    return r.ax;
}

static uint16_t largest(void)
{
    CALL(.ax = 0x4800, .bx = 0xffff);
    return r.bx;
}

static uint16_t psp16(unsigned offset)
{
    return *(uint16_t *)(box.psp + offset);
}

/* ---- 4B00 ---- */

static void entry(void)
{
    uint16_t psp;

    works("21/4B00 run a program", run("c"));
    is("21/4D00 its exit code", exit_code(), 7);
    is("21/4D00 only once", exit_code(), 0);
    psp = box.cs;
    is("21/4B00 SS of a .COM is CS", box.ss, psp);
    is("21/4B00 DS of a .COM is CS", box.ds, psp);
    is("21/4B00 ES of a .COM is CS", box.es, psp);
    is("21/4B00 SP of a .COM", box.sp, 0xfffe);
    is("21/4B00 a zero word on its stack", box.stack, 0);
    is("21/4B00 CX", box.cx, 0xff);
    is("21/4B00 DX is the PSP", box.dx, psp);
    is("21/4B00 SI is IP", box.si, 0x100);
    is("21/4B00 DI is SP", box.di, 0xfffe);
    holds("21/4B00 interrupts are on, the direction is up", (box.flags & 0x600) == 0x200);
    fcb1[0] = 25;
    works("21/4B00 with a drive that is not there in its first FCB", run("c"));
    is("21/4B00 AL says so", box.ax, drive_valid(24) ? 0 : 0xff);
    fcb1[0] = (uint8_t)(home() - 'A' + 1);
}

static void psp_of_child(void)
{
    is("21/4B00 PSP: INT 20h", psp16(0), 0x20cd);
    holds("21/4B00 PSP: the end of its memory", psp16(2) > box.cs);
    is("21/4B00 PSP: its parent", psp16(0x16), own_segment());
    is("21/4B00 PSP: handle 1 is the parent's", box.psp[0x19], *psp_at(0x19));
    is("21/4B00 PSP: 20 handles", psp16(0x32), 20);
    is("21/4B00 PSP: their table's offset", psp16(0x34), 0x18);
    is("21/4B00 PSP: their table's segment", psp16(0x36), box.cs);
    holds("21/4B00 PSP: no PSP before, or the parent", psp16(0x38) == 0xffff || psp16(0x3a));
    is("21/4B00 PSP: INT 21h, RETF", psp16(0x50) | (uint32_t)box.psp[0x52] << 16, 0xcb21cd);
    is_bytes("21/4B00 PSP: the first FCB", box.psp + 0x5d, "FCB1", 4);
    is_bytes("21/4B00 PSP: the second FCB", box.psp + 0x6d, "FCB2", 4);
    is_bytes("21/4B00 PSP: the arguments", box.psp + 0x80, "\x02 c\r", 4);
    is("21/4B00 PSP: INT 22h's segment", psp16(0x0c), own_segment());
    is("21/4B00 PSP: INT 24h", psp16(0x12) | (uint32_t)psp16(0x14) << 16, vector(0x24));
    is("21/4B00 PSP: CALL 5 is a far call", box.psp[5], 0x9a);
}

/* What lies behind the environment: a count of one and the program's path. */
static void environment(void)
{
    static char own[] __attribute__((aligned(16))) = "A=1\0PATH=X\0";
    char padded[48], *place = (char *)(((uintptr_t)padded + 15) & ~15u), *name;
    unsigned n = 0;

    memcpy(place, own, sizeof(own));
    prepare("c");
    block.environment = (uint16_t)(own_segment() + ((uintptr_t)place >> 4));
    works("21/4B00 with an environment of ours",
          CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16(child)));
    set_vector(0x61, 0);
    is_bytes("21/4B00 the environment is copied", box.environment, own, sizeof(own));
    while (box.environment[n] || box.environment[n + 1])
        n++;
    is("21/4B00 one string behind the environment", *(uint16_t *)(box.environment + n + 2), 1);
    name = box.environment + n + 4;
    is_text("21/4B00 the program's path", name, child);
    holds("21/4B00 the copy has its own segment", psp16(0x2c) != block.environment);
}

static void exits(void)
{
    uint16_t before = largest(), code;

    run("2");
    is("20/ the end by INT 20h", exit_code(), 0);
    run("0");
    is("21/0000 the end by 00h", exit_code(), 0);
    run("f");
    is("20/ the end by a far return to the PSP", exit_code(), 0);
    run("5");
    is("21/4C00 by the INT 21h in the PSP", exit_code(), 5);
    is("21/4C00 its memory is free again", largest(), before);
    works("21/3100 stay resident", run("r"));
    code = exit_code();
    is("21/4D00 stays resident, with a code", code, 0x309);
    is("21/3100 the size of what stays", far_get16(box.cs - 1, 3), 0x40);
    is("21/3100 it belongs to itself", far_get16(box.cs - 1, 1), box.cs);
    works("21/4900 free it", FAR_CALL(.ax = 0x4900, .es = box.cs));
    works("21/4900 free its environment", FAR_CALL(.ax = 0x4900, .es = psp16(0x2c)));
    works("27/ stay resident by INT 27h", run("R"));
    is("21/4D00 stays resident", exit_code() >> 8, 3);
    is("27/ the size of what stays", far_get16(box.cs - 1, 3), 0x40);
    FAR_CALL(.ax = 0x4900, .es = box.cs);
    FAR_CALL(.ax = 0x4900, .es = psp16(0x2c));
    is("21/4900 all memory is free again", largest(), before);
}

static void cleaning(void)
{
    uint32_t int23 = vector(0x23), int24 = vector(0x24);
    uint16_t before = largest();
    unsigned handle;

    run("h");
    is("23/ the vector is the parent's again", vector(0x23), int23);
    is("24/ the vector is the parent's again", vector(0x24), int24);
    is("21/4C00 all of its memory is free", largest(), before);
    handle = open_file("CHILD.TMP", OPEN_BOTH);
    CALL(.ax = 0x4202, .bx = handle);
    is("21/4C00 its file was closed", r.ax, 4);
    close_file(handle);
    works("21/4C00 and can be deleted", (r.ax = (uint16_t)file_delete("CHILD.TMP")) != 0);
}

static void inheritance(void)
{
    unsigned shared = make_file("PR1.TMP", "x"), own;

    works("21/3D80 open a file that is not inherited", CALL(.ax = 0x3d80, .dx = NEAR16("PR1.TMP")));
    own = r.ax;
    run("c");
    is("21/4B00 a handle is inherited", box.psp[0x18 + shared], *psp_at(0x18 + shared));
    is("21/4B00 one is not", box.psp[0x18 + own], 0xff);
    works("21/4C00 the parent's is still open",
          CALL(.ax = 0x3f00, .bx = shared, .cx = 1, .dx = NEAR16(tail)));
    close_file(own);
    close_file(shared);
    remove_file("PR1.TMP");
}

static void errors(void)
{
    uint16_t before;
    unsigned handle;

    prepare("c");
    fails("21/4B00 what is not there", E_FILE,
          CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16("NOSUCH.COM")));
    fails("21/4B00 in a folder that is not there", E_PATH,
          CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16("NOSUCH\\A.COM")));
    fails("21/4B02 no such function", E_FUNCTION,
          CALL(.ax = 0x4b02, .bx = NEAR16(&block), .dx = NEAR16(child)));
    CALL(.ax = 0x4800, .bx = (uint16_t)(largest() - 8));
    before = r.ax;
    fails("21/4B00 there is no memory", E_MEMORY,
          CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16(child)));
    FAR_CALL(.ax = 0x4900, .es = before);
    set_vector(0x61, 0);
    handle = make_file("PR2.EXE", "");
    close_file(handle);
    before = largest();
    fails("21/4B00 a file of nothing", E_FORMAT,
          CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16("PR2.EXE")));
    is("21/4B00 nothing is left in memory", largest(), before);
    remove_file("PR2.EXE");
}

/* ---- 4B01, 4B03, .EXE ---- */

static void load_only(void)
{
    uint16_t before = largest(), psp;

    prepare("c");
    works("21/4B01 load a program", CALL(.ax = 0x4b01, .bx = NEAR16(&block), .dx = NEAR16(child)));
    CALL(.ax = 0x6200);
    psp = r.bx;
    holds("21/4B01 its PSP is the current one", psp != own_segment());
    is("21/4B01 its CS", block.cs, psp);
    is("21/4B01 its IP", block.ip, 0x100);
    is("21/4B01 its SS", block.ss, psp);
    is("21/4B01 its SP, AX is on the stack", block.sp, 0xfffc);
    is("21/4B01 AX", far_get16(block.ss, block.sp), 0);
    is("21/4B01 the program is there", far_get16(psp, 0x100), 0xa32e);
    CALL(.ax = 0x5000, .bx = own_segment());
    FAR_CALL(.ax = 0x4900, .es = far_get16(psp, 0x2c));
    FAR_CALL(.ax = 0x4900, .es = psp);
    is("21/4900 its memory is free", largest(), before);
    set_vector(0x61, 0);
}

static const uint8_t exe_code[] = {
    0xb8, 0x00, 0x00,       /* MOV AX,0: relocated, the image's segment */
    0x8c, 0xcb,             /* MOV BX,CS */
    0x29, 0xd8,             /* SUB AX,BX */
    0x75, 0x04,             /* JNZ to the end: AL is the difference */
    0x8c, 0xd0,             /* MOV AX,SS */
    0x29, 0xd8,             /* SUB AX,BX */
    0xb4, 0x4c, 0xcd, 0x21, /* MOV AH,4Ch; INT 21h: AL = SS - CS, 2 */
};

static void make_exe(uint16_t min_alloc, uint16_t max_alloc)
{
    static uint8_t file[64 + 32];
    uint16_t *header = (uint16_t *)file;
    unsigned handle = make_file("PR3.EXE", ""), done;

    memset(file, 0, sizeof(file));
    header[0] = 0x5a4d;
    header[1] = sizeof(file);
    header[2] = 1;
    header[3] = 1; /* relocations */
    header[4] = 4; /* paragraphs of header */
    header[5] = min_alloc;
    header[6] = max_alloc;
    header[7] = 2;     /* SS */
    header[8] = 0x100; /* SP */
    header[12] = 0x1c; /* the table of relocations: 1 in CS 0 */
    header[14] = 1;
    memcpy(file + 64, exe_code, sizeof(exe_code));
    file_write(handle, file, sizeof(file), &done);
    close_file(handle);
}

static void exe_files(void)
{
    static uint8_t overlay_space[16 * 8 + 16];
    uint16_t before = largest(), at, overlay[2], psp;

    make_exe(0x10, 0xffff);
    prepare("");
    works("21/4B00 run an .EXE", CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16("PR3.EXE")));
    is("21/4D00 it was relocated and had its stack", exit_code(), 2);
    make_exe(0x10, 0x20);
    works("21/4B01 load an .EXE",
          CALL(.ax = 0x4b01, .bx = NEAR16(&block), .dx = NEAR16("PR3.EXE")));
    CALL(.ax = 0x6200);
    psp = r.bx;
    is("21/4B01 its CS is behind the PSP", block.cs, psp + 0x10);
    is("21/4B01 its SP", block.sp, 0xfe);
    is("21/4B01 its memory: PSP, pages of the file, the most it wants", far_get16(psp - 1, 3),
       0x10 + 0x1c + 0x20);
    CALL(.ax = 0x5000, .bx = own_segment());
    FAR_CALL(.ax = 0x4900, .es = far_get16(psp, 0x2c));
    FAR_CALL(.ax = 0x4900, .es = psp);
    make_exe(0xe000, 0xffff);
    fails("21/4B00 an .EXE that wants more than there is", E_MEMORY,
          CALL(.ax = 0x4b00, .bx = NEAR16(&block), .dx = NEAR16("PR3.EXE")));
    is("21/4B00 nothing is left in memory", largest(), before);
    at = (uint16_t)(own_segment() + ((NEAR16(overlay_space) + 15) >> 4));
    overlay[0] = at;
    overlay[1] = 0x1234;
    works("21/4B03 load an overlay",
          CALL(.ax = 0x4b03, .bx = NEAR16(overlay), .dx = NEAR16("PR3.EXE")));
    is("21/4B03 its first byte", far_get8(at, 0), 0xb8);
    is("21/4B03 relocated by the factor", far_get16(at, 1), 0x1234);
    remove_file("PR3.EXE");
}

static void overlay_raw(void)
{
    static uint8_t space[48];
    uint16_t at = (uint16_t)(own_segment() + ((NEAR16(space) + 15) >> 4)), overlay[2] = { at, 0 };

    close_file(make_file("PR4.OVL", "an overlay"));
    works("21/4B03 load an overlay that is no .EXE",
          CALL(.ax = 0x4b03, .bx = NEAR16(overlay), .dx = NEAR16("PR4.OVL")));
    is("21/4B03 as it is in the file", far_get16(at, 0), 'a' | 'n' << 8);
    remove_file("PR4.OVL");
    fails("21/4B03 an overlay that is not there", E_FILE,
          CALL(.ax = 0x4b03, .bx = NEAR16(overlay), .dx = NEAR16("PR4.OVL")));
}

static void execution_state(void)
{
    struct {
        uint16_t reserved, type;
        uint32_t name;
        uint16_t psp;
        uint32_t start, size;
    } PACKED state = { .type = 0, .name = far_pointer(child), .psp = own_segment() };

    works("21/4B05 a program enters another itself", CALL(.ax = 0x4b05, .dx = NEAR16(&state)));
}

/* ---- PSPs and vectors ---- */

static void psps(void)
{
    uint16_t segment;

    CALL(.ax = 0x5100);
    is("21/5100 the current PSP", r.bx, own_segment());
    CALL(.ax = 0x6200);
    is("21/6200 the current PSP", r.bx, own_segment());
    CALL(.ax = 0x4800, .bx = 0x20);
    segment = r.ax;
    CALL(.ax = 0x2600, .dx = segment);
    is("21/2600 a new PSP: INT 20h", far_get16(segment, 0), 0x20cd);
    is("21/2600 INT 24h as it is", far_get32(segment, 0x12), vector(0x24));
    is("21/2600 the arguments are copied", far_get8(segment, 0x80), *psp_at(0x80));
    CALL(.ax = 0x5500, .dx = segment, .si = (uint16_t)(segment + 0x20));
    CALL(.ax = 0x6200);
    is("21/5500 a child's PSP is the current one", r.bx, segment);
    CALL(.ax = 0x5000, .bx = own_segment());
    CALL(.ax = 0x6200);
    is("21/5000 and ours again", r.bx, own_segment());
    is("21/5500 its end", far_get16(segment, 2), segment + 0x20);
    is("21/5500 its parent", far_get16(segment, 0x16), own_segment());
    is("21/5500 its handle 1", far_get8(segment, 0x19), *psp_at(0x19));
    FAR_CALL(.ax = 0x4900, .es = segment);
}

static void vectors(void)
{
    uint32_t before = vector(0x60);

    FAR_CALL(.ax = 0x2560, .dx = 0x1234, .ds = 0x5678);
    is("21/2500 set a vector", vector(0x60), 0x56781234);
    FAR_CALL(.ax = 0x3560);
    is("21/3500 its offset", r.bx, 0x1234);
    is("21/3500 its segment", r.es, 0x5678);
    set_vector(0x60, before);
    CALL(.ax = 0x3522);
    holds("22/ the vector is the PSP's",
          ((uint32_t)r.es << 16 | r.bx) == *(uint32_t *)psp_at(PSP_INT22));
}

int com_main(void)
{
    begin("process");
    format_text(child, sizeof(child), "%c:\\CHILD.COM", home());
    fcb1[0] = (uint8_t)(home() - 'A' + 1);
    vectors();
    entry();
    run("c");
    psp_of_child();
    environment();
    exits();
    cleaning();
    inheritance();
    errors();
    load_only();
    exe_files();
    overlay_raw();
    execution_state();
    psps();
    return closing();
}
