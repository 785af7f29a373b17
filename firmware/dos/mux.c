/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 2Fh: the redirector, what redirectors call in the kernel (12h), XMS and HMA. */
#include "dos.h"

static void carry(struct c_frame *f, bool on)
{
    uint32_t at = FP(f->caller_ss, f->caller_esp + 4);
    uint16_t flags = get16(at);

    put16(at, on ? flags | FLAG_CARRY : flags & (uint16_t)~FLAG_CARRY);
}

static void zero(struct c_frame *f, bool on)
{
    uint32_t at = FP(f->caller_ss, f->caller_esp + 4);
    uint16_t flags = get16(at);

    put16(at, on ? flags | FLAG_ZERO : flags & (uint16_t)~FLAG_ZERO);
}

static void set_ax(struct c_frame *f, uint16_t ax)
{
    f->eax = (f->eax & 0xffff0000) | ax;
}

/* The word above the caller's interrupt frame. */
static uint16_t stack_word(const struct c_frame *f)
{
    return get16(FP(f->caller_ss, f->caller_esp + 6));
}

static void point(struct c_frame *f, const void *what)
{
    f->es = KSEG;
    f->edi = (uint16_t)(uintptr_t)what;
}

/* 1208h: one reference less; what was there before in AX, FFFFh stays for the last. */
static void count_down(struct c_frame *f)
{
    uint32_t at = FP(f->es, f->edi);
    uint16_t n = get16(at);

    put16(at, n == 1 ? 0xffff : (uint16_t)(n - 1));
    set_ax(f, n);
}

/* 121Eh: compares the names at DS:SI and ES:DI. */
static bool same_names(uint32_t a, uint32_t b)
{
    for (;;) {
        uint8_t x = upper(get8(a++)), y = upper(get8(b++));

        if (x == '/')
            x = '\\';
        if (y == '/')
            y = '\\';
        if (x != y)
            return false;
        if (!x)
            return true;
    }
}

static uint16_t far_length(uint32_t fp)
{
    uint16_t n = 1;

    while (get8(fp++))
        n++;
    return n;
}

/* 1217h, 1219h: a drive's CDS at DS:SI; 121Fh: at ES:DI. */
static void find_cds(struct c_frame *f, unsigned drive)
{
    struct cds *c = drive < list_of_lists.last_drive ? &cds_table[drive] : NULL;

    carry(f, !c);
    if (!c)
        return;
    f->ds = KSEG;
    f->esi = (uint16_t)(uintptr_t)c;
}

static void jft_of(struct c_frame *f)
{
    uint32_t at;

    if (!jft_place(sda.psp, (uint16_t)f->ebx, &at)) {
        carry(f, true);
        set_ax(f, E_HANDLE);
        return;
    }
    f->es = FP_SEG(at);
    f->edi = FP_OFF(at);
    carry(f, false);
}

static void sft_of(struct c_frame *f)
{
    struct sft *s = sft_at((uint16_t)f->ebx);

    carry(f, !s);
    if (s)
        point(f, s);
    else
        set_ax(f, E_HANDLE);
}

/* Calls that stand for INT 21h functions: by their own INT 21h frame. */
static void as_int21(struct c_frame *f, uint16_t ax)
{
    struct int_regs r = { .ax = ax,
                          .bx = (uint16_t)f->ebx,
                          .cx = (uint16_t)f->ecx,
                          .dx = (uint16_t)f->edx,
                          .si = (uint16_t)f->esi,
                          .di = (uint16_t)f->edi,
                          .ds = f->ds,
                          .es = f->es };

    call_int(0x21, &r, 0);
    set_ax(f, r.ax);
    f->ecx = r.cx;
    f->edx = r.dx;
    f->ds = r.ds;
    f->esi = r.si;
    carry(f, r.flags & FLAG_CARRY);
}

static void internal_names(struct c_frame *f)
{
    char buffer[PATH_SIZE];

    switch (f->eax & 0xff) {
    case 0x11: /* normalise ASCIZ: upper case, backslashes */
        for (uint32_t from = FP(f->ds, f->esi), to = FP(f->es, f->edi);; from++, to++) {
            uint8_t c = upper(get8(from));

            put8(to, c == '/' ? '\\' : c);
            if (!c)
                return;
        }
    case 0x12:
        f->ecx = far_length(FP(f->es, f->edi));
        return;
    case 0x13:
        set_ax(f, upper((uint8_t)stack_word(f)));
        return;
    case 0x14: /* equal pointers */
        zero(f, f->ds == f->es && (uint16_t)f->esi == (uint16_t)f->edi);
        return;
    case 0x1a: /* drive of a path: AL 0 current, 1 A: */
        f->eax &= ~0xffu;
        if (get8(FP(f->ds, f->esi + 1)) == ':') {
            f->eax |= (uint8_t)(upper(get8(FP(f->ds, f->esi))) - 'A' + 1);
            f->esi += 2;
        }
        return;
    case 0x1e:
        zero(f, same_names(FP(f->ds, f->esi), FP(f->es, f->edi)));
        return;
    case 0x21:
        if (path_resolve(FP(f->ds, f->esi), buffer, PATH_WILD | PATH_DIRECTORY)) {
            carry(f, true);
            set_ax(f, E_PATH);
            return;
        }
        far_copy(FP(f->es, f->edi), KFP(buffer), strlen(buffer) + 1);
        carry(f, false);
        return;
    case 0x25:
        f->ecx = far_length(FP(f->ds, f->esi));
        return;
    default:
        return;
    }
}

/* 1222h: class, action and locus of the last error, from a table of code and those three; FFh as
 * code ends it, elsewhere it leaves what there is. */
static void describe_error(uint32_t table)
{
    uint8_t code, *const field[] = { &sda.error_class, &sda.error_action, &sda.error_locus };

    do {
        code = get8(table);
        if (code != 0xff && code != (uint8_t)sda.error_code) {
            table += 4;
            continue;
        }
        for (unsigned i = 0; i < 3; i++)
            if (get8(table + 1 + i) != 0xff)
                *field[i] = get8(table + 1 + i);
        return;
    } while (FP_OFF(table) < 0xfff0);
}

static void internal(struct c_frame *f)
{
    switch (f->eax & 0xff) {
    case 0x00:
        f->eax |= 0xff;
        break;
    case 0x01: { /* closes the current file; DOS's own close does the same */
        unsigned error = sft_close(NEAR(sda.current_sft));

        carry(f, error);
        if (error)
            set_ax(f, (uint16_t)error);
        break;
    }
    case 0x02: /* address of the vector of an interrupt */
        f->es = 0;
        f->ebx = (uint16_t)(stack_word(f) * 4);
        break;
    case 0x03:
        f->ds = KSEG;
        break;
    case 0x04:
        set_ax(f, (stack_word(f) & 0xff) == '/' ? '\\' : stack_word(f));
        zero(f, (f->eax & 0xff) == '\\');
        break;
    case 0x05:
        console_put((uint8_t)stack_word(f));
        break;
    case 0x06:
        set_ax(f, critical_error((uint8_t)(f->eax >> 8), 0, (uint8_t)f->edi, 0) == CRITICAL_AGAIN);
        break;
    case 0x07: /* sectors in DOS's buffers: they hold nothing that is not on the disk */
    case 0x09:
    case 0x0e:
    case 0x0f:
    case 0x15:
        carry(f, false);
        break;
    case 0x08:
        count_down(f);
        break;
    case 0x0b: /* a sharing violation: nobody is asked */
        set_ax(f, E_SHARE);
        carry(f, true);
        break;
    case 0x0c: { /* opens the device of the current SFT */
        struct sft *s = NEAR(sda.current_sft);

        s->owner = sda.psp;
        break;
    }
    case 0x0d: {
        uint16_t time, date;

        clock_stamp(&time, &date);
        set_ax(f, date);
        f->edx = time;
        break;
    }
    case 0x16:
        sft_of(f);
        break;
    case 0x17:
        find_cds(f, stack_word(f) & 0xff);
        break;
    case 0x18: /* the caller's registers */
        f->ds = sda.user_ss;
        f->esi = sda.user_sp;
        break;
    case 0x19:
        find_cds(f, (stack_word(f) & 0xff) ? (stack_word(f) & 0xffu) - 1 : sda.drive);
        break;
    case 0x1b:
        f->eax = f->ecx % 4 ? 28 : 29;
        break;
    case 0x1c: /* the sum of CX bytes at DS:SI, added to DX */
        for (uint16_t i = 0; i < (uint16_t)f->ecx; i++)
            f->edx = (uint16_t)(f->edx + get8(FP(f->ds, f->esi + i)));
        break;
    case 0x1d: /* how many bytes at DS:SI until their sum is above DX; AL: the one it was */
        f->ecx = 0;
        for (uint16_t limit = (uint16_t)f->edx;; f->ecx++) {
            uint8_t byte = get8(FP(f->ds, f->esi + f->ecx));

            set_ax(f, byte);
            f->edx = limit;
            if (byte > limit || f->ecx == 0xffff)
                break;
            limit = (uint16_t)(limit - byte);
        }
        break;
    case 0x1f: { /* by its letter */
        uint16_t ds = f->ds;
        uint32_t esi = f->esi;

        find_cds(f, (unsigned)upper((uint8_t)stack_word(f)) - 'A');
        f->es = f->ds;
        f->edi = f->esi;
        f->ds = ds;
        f->esi = esi;
        break;
    }
    case 0x20:
        jft_of(f);
        break;
    case 0x22:
        describe_error(FP(f->caller_ss, f->esi));
        break;
    case 0x23: {
        char name[8];

        memcpy(name, sda.fcb_name, 8);
        carry(f, !device_find(name));
        break;
    }
    case 0x24: /* the pause between two tries of an open */
        halt();
        break;
    case 0x26:
        as_int21(f, (uint16_t)(0x3d00 | (f->ecx & 0xff)));
        break;
    case 0x27:
        as_int21(f, 0x3e00);
        break;
    case 0x28:
        as_int21(f, (uint16_t)(0x4200 | (f->ebp & 0xff)));
        break;
    case 0x29:
        as_int21(f, 0x3f00);
        break;
    case 0x2b:
        as_int21(f, (uint16_t)f->ebp);
        break;
    case 0x2c: /* the device chain behind NUL */
        f->ebx = FP_SEG(list_of_lists.nul.next);
        set_ax(f, FP_OFF(list_of_lists.nul.next));
        break;
    case 0x2d:
        set_ax(f, sda.error_code);
        break;
    case 0x2e: /* error tables: none of our own */
        if ((f->edx & 1) == 0)
            f->es = f->edi = 0;
        break;
    case 0x2f:
        if ((uint16_t)f->edx)
            version_override = (uint16_t)f->edx;
        break;
    default:
        internal_names(f);
        break;
    }
}

/* From low.asm, for the numbers that int2f_filter lets through. */
void mux(struct c_frame *f)
{
    unsigned error;

    switch (f->eax >> 8 & 0xff) {
    case 0x08: /* DRIVER.SYS */
    case 0x10: /* SHARE */
        if (!(f->eax & 0xff))
            f->eax |= 0xff;
        break;
    case 0x11:
        if (!redirector_call(f, &error)) {
            carry(f, true);
        } else {
            carry(f, error != E_OK);
            if (error)
                set_ax(f, (uint16_t)error);
        }
        break;
    case 0x12:
        internal(f);
        break;
    case 0x14:
        nls_call(f);
        break;
    case 0x43:
        if ((f->eax & 0xff) == 0x00)
            f->eax = (f->eax & ~0xffu) | (xms_there() ? 0x80 : 0);
        if ((f->eax & 0xff) == 0x10 && xms_there()) {
            f->es = KSEG;
            f->ebx = (uint16_t)(uintptr_t)xms_entry;
        }
        break;
    case 0x4a:
        if ((uint8_t)f->eax == 1 || (uint8_t)f->eax == 2) /* the HMA's free part: none */
            f->ebx = 0;
        if ((uint8_t)f->eax == 1 || (uint8_t)f->eax == 2) {
            f->es = 0xffff;
            f->edi = 0xffff;
        }
        break;
    default:
        break;
    }
}
