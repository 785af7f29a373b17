/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 21h: the table of functions, by number, and those that are a few lines. */
#include "dos.h"

enum report {
    NONE,  /* AL = 0, as functions that DOS does not have */
    PLAIN, /* sets what it returns; flags as they were */
    CARRY, /* error in AX with carry, else no carry */
};

/* ---- small ones ---- */

static unsigned sys_reset_disks(void)
{
    fat_flush();
    return E_OK;
}

static unsigned sys_verify(void)
{
    verify_flag = R->al & 1;
    return E_OK;
}

static unsigned sys_get_verify(void)
{
    R->al = verify_flag;
    return E_OK;
}

static unsigned sys_version(void)
{
    uint8_t flag = R->al;

    R->al = fget(sda.psp, psp, version[0]);
    R->ah = fget(sda.psp, psp, version[1]);
    R->bl = R->ch = R->cl = 0;
    R->bh = flag == 1 ? (text_seg == 0xffff ? 0x10 : 0) : 0xff; /* flags; OEM: MS-DOS */
    return E_OK;
}

static unsigned sys_33(void)
{
    R->al = 0xff;
    return E_OK;
}

static unsigned sys_in_dos(void)
{
    R->es = KSEG;
    R->bx = (uint16_t)(uintptr_t)&sda.in_dos;
    return E_OK;
}

static unsigned sys_list_of_lists(void)
{
    R->es = KSEG;
    R->bx = (uint16_t)((uintptr_t)&list_of_lists + LOL);
    return E_OK;
}

/* INT 21h/37h: the switch character. */
static unsigned sys_switch_char(void)
{
    static uint8_t switch_char = '/';

    if (R->al == 0)
        R->dl = switch_char;
    else if (R->al == 1)
        switch_char = R->dl;
    else if (R->al == 2)
        R->dl = 0xff; /* \DEV\ need not be there */
    else
        R->al = 0xff;
    if (R->al < 3)
        R->al = 0;
    return E_OK;
}

/* INT 21h/53h: BPB at DS:SI to a DPB at ES:BP. */
static unsigned sys_bpb_to_dpb(void)
{
    fat_fill_dpb(FP(R->es, R->bp), FP(R->ds, R->si));
    return E_OK;
}

static unsigned sys_5d(void)
{
    switch (R->al) {
    case 0x00: { /* server call: the registers of DS:DX */
        uint32_t list = ds_dx();

        R->ax = get16(list);
        R->bx = get16(list + 2);
        R->cx = get16(list + 4);
        R->dx = get16(list + 6);
        R->si = get16(list + 8);
        R->di = get16(list + 10);
        R->es = get16(list + 14);
        R->ds = get16(list + 12);
        dispatch();
        return R->flags & FLAG_CARRY ? R->ax : (unsigned)E_OK;
    }
    case 0x01:
        fat_flush();
        return E_OK;
    case 0x06:
        R->ds = KSEG;
        R->si = (uint16_t)(uintptr_t)&sda;
        R->dx = SDA_ALWAYS;
        R->cx = sizeof(sda);
        return E_OK;
    case 0x07: /* print jobs: never cut by programs' ends */
        R->dl = 0;
        return E_OK;
    case 0x08:
        return E_OK;
    case 0x09: /* what was printed is a job */
        for (uint16_t i = 0; i < 3; i++)
            host_print_end(i);
        return E_OK;
    case 0x0a:
        error_set_all(ds_dx());
        return E_OK;
    default: /* 02h-05h: files of a server's guests; there is no server */
        return E_FUNCTION;
    }
}

static unsigned sys_5e(void)
{
    static char machine_name[16];
    static uint16_t machine_number;

    switch (R->al) {
    case 0x00:
        far_copy(ds_dx(), KFP(machine_name), sizeof(machine_name));
        R->cx = machine_number;
        return E_OK;
    case 0x01:
        far_copy(KFP(machine_name), ds_dx(), sizeof(machine_name) - 1);
        machine_number = R->cx;
        return E_OK;
    default:
        return fs_network(0x1f);
    }
}

/* INT 21h/5Fh: redirections; 02h lists the host folders, 07h and 08h switch drives. */
static unsigned sys_5f(void)
{
    struct cds *c;
    uint16_t n = R->bx;

    switch (R->al) {
    case 0x02:
    case 0x05:
        for (uint8_t drive = 0; drive < list_of_lists.last_drive; drive++) {
            char name[3] = { (char)('A' + drive), ':', 0 };

            c = cds_of(drive);
            if (!c || !is_network(c) || n--)
                continue;
            far_copy(FP(R->ds, R->si), KFP(name), sizeof(name));
            far_copy(FP(R->es, R->di), KFP(c->path), c->root_length);
            put8(FP(R->es, R->di + c->root_length), 0);
            R->bx = 4;
            R->cx = 0;
            return E_OK;
        }
        return E_NO_MORE;
    case 0x07:
    case 0x08:
        if (R->dl >= list_of_lists.last_drive || !cds_table[R->dl].path[0])
            return E_DRIVE;
        c = &cds_table[R->dl];
        if (R->al == 0x08)
            c->flags = 0;
        else if (!c->flags)
            c->flags = c->dpb ? CDS_PHYSICAL : CDS_NETWORK | CDS_PHYSICAL;
        return E_OK;
    default:
        return fs_network(0x1e);
    }
}

static unsigned sys_none(void)
{
    R->al = 0;
    return E_OK;
}

/* ---- the table ---- */

static const struct {
    unsigned (*call)(void);
    uint8_t report;
} functions[] = {
    [0x00] = { sys_exit_old, PLAIN },
    [0x01] = { sys_read_echo, PLAIN },
    [0x02] = { sys_write_char, PLAIN },
    [0x03] = { sys_read_aux, PLAIN },
    [0x04] = { sys_write_aux, PLAIN },
    [0x05] = { sys_write_printer, PLAIN },
    [0x06] = { sys_direct, PLAIN },
    [0x07] = { sys_read_raw, PLAIN },
    [0x08] = { sys_read_quiet, PLAIN },
    [0x09] = { sys_write_string, PLAIN },
    [0x0a] = { sys_read_line, PLAIN },
    [0x0b] = { sys_input_status, PLAIN },
    [0x0c] = { sys_flush_and_read, PLAIN },
    [0x0d] = { sys_reset_disks, PLAIN },
    [0x0e] = { sys_select_drive, PLAIN },
    [0x0f] = { sys_fcb_open, PLAIN },
    [0x10] = { sys_fcb_close, PLAIN },
    [0x11] = { sys_fcb_find_first, PLAIN },
    [0x12] = { sys_fcb_find_next, PLAIN },
    [0x13] = { sys_fcb_delete, PLAIN },
    [0x14] = { sys_fcb_read, PLAIN },
    [0x15] = { sys_fcb_write, PLAIN },
    [0x16] = { sys_fcb_create, PLAIN },
    [0x17] = { sys_fcb_rename, PLAIN },
    [0x19] = { sys_get_drive, PLAIN },
    [0x1a] = { sys_set_dta, PLAIN },
    [0x1b] = { sys_default_drive_data, PLAIN },
    [0x1c] = { sys_drive_data, PLAIN },
    [0x1f] = { sys_default_dpb, PLAIN },
    [0x21] = { sys_fcb_random_read, PLAIN },
    [0x22] = { sys_fcb_random_write, PLAIN },
    [0x23] = { sys_fcb_size, PLAIN },
    [0x24] = { sys_fcb_set_random, PLAIN },
    [0x25] = { sys_set_vector, PLAIN },
    [0x26] = { sys_create_psp, PLAIN },
    [0x27] = { sys_fcb_block_read, PLAIN },
    [0x28] = { sys_fcb_block_write, PLAIN },
    [0x29] = { sys_parse_name, PLAIN },
    [0x2a] = { sys_get_date, PLAIN },
    [0x2b] = { sys_set_date, PLAIN },
    [0x2c] = { sys_get_time, PLAIN },
    [0x2d] = { sys_set_time, PLAIN },
    [0x2e] = { sys_verify, PLAIN },
    [0x2f] = { sys_get_dta, PLAIN },
    [0x30] = { sys_version, PLAIN },
    [0x31] = { sys_stay_resident, PLAIN },
    [0x32] = { sys_get_dpb, PLAIN },
    [0x33] = { sys_33, PLAIN },
    [0x34] = { sys_in_dos, PLAIN },
    [0x35] = { sys_get_vector, PLAIN },
    [0x36] = { sys_disk_space, PLAIN },
    [0x37] = { sys_switch_char, PLAIN },
    [0x38] = { sys_country, CARRY },
    [0x39] = { sys_make_directory, CARRY },
    [0x3a] = { sys_remove_directory, CARRY },
    [0x3b] = { sys_change_directory, CARRY },
    [0x3c] = { sys_create, CARRY },
    [0x3d] = { sys_open, CARRY },
    [0x3e] = { sys_close, CARRY },
    [0x3f] = { sys_read, CARRY },
    [0x40] = { sys_write, CARRY },
    [0x41] = { sys_delete, CARRY },
    [0x42] = { sys_seek, CARRY },
    [0x43] = { sys_attributes, CARRY },
    [0x44] = { sys_ioctl, CARRY },
    [0x45] = { sys_duplicate, CARRY },
    [0x46] = { sys_force_duplicate, CARRY },
    [0x47] = { sys_get_directory, CARRY },
    [0x48] = { sys_allocate, CARRY },
    [0x49] = { sys_free, CARRY },
    [0x4a] = { sys_resize, CARRY },
    [0x4b] = { sys_exec, CARRY },
    [0x4c] = { sys_exit, PLAIN },
    [0x4d] = { sys_return_code, CARRY },
    [0x4e] = { sys_find_first, CARRY },
    [0x4f] = { sys_find_next, CARRY },
    [0x50] = { sys_set_psp, PLAIN },
    [0x51] = { sys_get_psp, PLAIN },
    [0x52] = { sys_list_of_lists, PLAIN },
    [0x53] = { sys_bpb_to_dpb, PLAIN },
    [0x54] = { sys_get_verify, PLAIN },
    [0x55] = { sys_child_psp, PLAIN },
    [0x56] = { sys_rename, CARRY },
    [0x57] = { sys_file_time, CARRY },
    [0x58] = { sys_strategy, CARRY },
    [0x59] = { sys_get_error, PLAIN },
    [0x5a] = { sys_create_temporary, CARRY },
    [0x5b] = { sys_create_new, CARRY },
    [0x5c] = { sys_lock, CARRY },
    [0x5d] = { sys_5d, CARRY },
    [0x5e] = { sys_5e, CARRY },
    [0x5f] = { sys_5f, CARRY },
    [0x60] = { sys_truename, CARRY },
    [0x62] = { sys_get_psp, PLAIN },
    [0x63] = { sys_lead_bytes, CARRY },
    [0x65] = { sys_country_tables, CARRY },
    [0x66] = { sys_code_page, CARRY },
    [0x67] = { sys_set_handle_count, CARRY },
    [0x68] = { sys_commit, CARRY },
    [0x69] = { sys_serial_number, CARRY },
    [0x6a] = { sys_commit, CARRY },
    [0x6c] = { sys_extended_open, CARRY },
    [0x71] = { sys_long_names, CARRY },
};

/* From low.asm, on one of the three stacks. */
void dispatch(void)
{
    uint8_t ah = R->ah;
    unsigned error;

    if (ah > 0x0c && ah != 0x59) {
        sda.failed_24 = 0;
        sda.ax = R->ax;
        if (sda.break_flag && ah != 0x4c && ah != 0x4d)
            check_break();
    }
    if (ah >= sizeof(functions) / sizeof(functions[0]) || !functions[ah].call) {
        sys_none();
        return;
    }
    sda.owner = sda.psp;
    error = functions[ah].call();
    if (functions[ah].report != CARRY)
        return;
    if (!error) {
        R->flags &= (uint16_t)~FLAG_CARRY;
        return;
    }
    if (sda.failed_24 && error != E_FAILED)
        error = E_FAILED;
    error_remember(error);
    R->ax = (uint16_t)error;
    R->flags |= FLAG_CARRY;
}
