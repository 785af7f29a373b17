/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PSPs and the end of programs: INT 21h/00h, 26h, 31h, 4Ch, 4Dh, 55h; INT 20h, 22h, 27h. */
#include "dos.h"

enum { EXIT_NORMAL, EXIT_BREAK, EXIT_CRITICAL, EXIT_RESIDENT };

static const uint8_t int21_retf[3] = { 0xcd, 0x21, 0xcb };

/* A new PSP as a copy of the current one; `end` 0: like the current one's. */
static void copy_psp(uint16_t segment, uint16_t end)
{
    far_copy(FP(segment, 0), FP(sda.psp, 0), 256);
    fset(segment, psp, int20, 0x20cd);
    fset(segment, psp, int22, vector_get(0x22));
    fset(segment, psp, int23, vector_get(0x23));
    fset(segment, psp, int24, vector_get(0x24));
    if (end)
        fset(segment, psp, end, end);
}

void psp_init(uint16_t segment, uint16_t end)
{
    /* CALL 5 reaches 0:C0h, with A20 on FFFFh:D0h; its offset is also what CP/M called the size. */
    static const uint8_t call5[5] = { 0x9a, 0xf0, 0xfe, 0x1d, 0xf0 };

    fset(segment, psp, int20, 0x20cd);
    fset(segment, psp, end, end);
    fset(segment, psp, zero, 0);
    far_copy(FP(segment, offsetof(struct psp, call5)), KFP(call5), 5);
    fset(segment, psp, int22, vector_get(0x22));
    fset(segment, psp, int23, vector_get(0x23));
    fset(segment, psp, int24, vector_get(0x24));
    fset(segment, psp, parent, sda.psp);
    far_fill(FP(segment, offsetof(struct psp, jft)), JFT_CLOSED, JFT_SIZE);
    fset(segment, psp, environment, 0);
    fset(segment, psp, stack, 0);
    fset(segment, psp, jft_size, JFT_SIZE);
    fset(segment, psp, jft_pointer, FP(segment, offsetof(struct psp, jft)));
    fset(segment, psp, previous, 0xffffffff);
    far_fill(FP(segment, offsetof(struct psp, interim)), 0, 32);
    fset(segment, psp, version[0], 6);
    fset(segment, psp, version[1], 22);
    far_copy(FP(segment, offsetof(struct psp, int21_retf)), KFP(int21_retf), 3);
    far_fill(FP(segment, offsetof(struct psp, reserved3)), 0, 0x80 - 0x53);
}

/* The child's first 20 handles are the parent's, but for those not inherited. */
void psp_inherit(uint16_t child)
{
    for (unsigned i = 0; i < JFT_SIZE; i++) {
        uint32_t at;
        uint8_t index = jft_place(sda.psp, (uint16_t)i, &at) ? get8(at) : JFT_CLOSED;
        struct sft *s = index == JFT_CLOSED ? NULL : sft_at(index);

        if (!s || !s->references || (s->mode & MODE_NO_INHERIT))
            continue;
        if (sft_duplicate(s))
            put8(FP(child, offsetof(struct psp, jft) + i), index);
    }
}

/* INT 21h/26h: copies the current PSP; the vectors and the size are new. */
unsigned sys_create_psp(void)
{
    uint16_t caller = R->cs;
    uint16_t keep = sda.psp;

    sda.psp = caller;
    copy_psp(R->dx, 0);
    sda.psp = keep;
    return E_OK;
}

/* INT 21h/55h: a child's PSP; SI: its end.  It becomes the current one. */
unsigned sys_child_psp(void)
{
    uint16_t segment = R->dx;

    copy_psp(segment, R->si);
    psp_init(segment, R->si);
    psp_inherit(segment);
    sda.psp = segment;
    R->al = 0xf0; /* as DOS leaves it */
    return E_OK;
}

/* Files, locks, memory of a program that ends. */
static void release(uint16_t psp, bool keep_memory)
{
    uint16_t handles = fget(psp, psp, jft_size);

    if (!keep_memory) {
        for (uint16_t i = 0; i < handles; i++) {
            uint32_t at;

            if (jft_place(psp, i, &at) && get8(at) != JFT_CLOSED)
                handle_close(i);
        }
        fcb_close_owner(psp);
        redirect_end_owner(psp);
    }
    vector_set(0x22, fget(psp, psp, int22));
    vector_set(0x23, fget(psp, psp, int23));
    vector_set(0x24, fget(psp, psp, int24));
    if (!keep_memory)
        memory_free_owner(psp);
}

/* Ends the current program; its parent goes on behind its EXEC.  A program that is its own parent
 * (a shell) is not left: DOS returns to it. */
__attribute__((noreturn)) void terminate(unsigned type, unsigned code)
{
    uint16_t psp = sda.psp, parent = fget(psp, psp, parent);
    uint32_t back = fget(psp, psp, int22), stack;
    struct user_frame frame;

    sda.exit_type = (uint8_t)type;
    sda.return_code = (uint16_t)(type << 8 | (code & 0xff));
    if (parent != psp)
        release(psp, type == EXIT_RESIDENT);
    sda.psp = parent;
    sda.aborting = 0;
    sda.break_abort = 0;
    sda.error_mode = 0;
    stack = fget(parent, psp, stack);
    far_copy(KFP(&frame), stack, sizeof(frame));
    frame.ip = FP_OFF(back);
    frame.cs = FP_SEG(back);
    frame.flags = 0xf202;
    far_copy(stack, KFP(&frame), sizeof(frame));
    sda.user_sp = FP_OFF(stack);
    sda.user_ss = FP_SEG(stack);
    return_to_user();
}

unsigned sys_exit(void)
{
    unsigned type = sda.break_abort ? EXIT_BREAK : EXIT_NORMAL;

    terminate(type, R->al);
}

/* INT 21h/00h and INT 20h: CS is the PSP. */
unsigned sys_exit_old(void)
{
    sda.psp = R->cs;
    terminate(sda.break_abort ? EXIT_BREAK : EXIT_NORMAL, 0);
}

unsigned sys_stay_resident(void)
{
    uint16_t largest, size = R->dx < 6 ? 6 : R->dx;

    memory_resize(sda.psp, size, &largest);
    terminate(EXIT_RESIDENT, R->al);
}

unsigned sys_return_code(void)
{
    R->ax = sda.return_code;
    sda.return_code = 0;
    return E_OK;
}

unsigned sys_set_psp(void)
{
    sda.psp = R->bx;
    return E_OK;
}

unsigned sys_get_psp(void)
{
    R->bx = sda.psp;
    return E_OK;
}

unsigned sys_set_vector(void)
{
    vector_set(R->al, ds_dx());
    return E_OK;
}

unsigned sys_get_vector(void)
{
    uint32_t fp = vector_get(R->al);

    R->es = FP_SEG(fp);
    R->bx = FP_OFF(fp);
    return E_OK;
}
