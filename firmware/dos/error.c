/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an error is called (INT 21h/59h) and the critical error handler (INT 24h). */
#include "dos.h"

enum error_class {
    CLASS_RESOURCE = 1,
    CLASS_TEMPORARY,
    CLASS_AUTHORISATION,
    CLASS_INTERNAL,
    CLASS_HARDWARE,
    CLASS_SYSTEM,
    CLASS_APPLICATION,
    CLASS_NOT_FOUND,
    CLASS_FORMAT,
    CLASS_LOCKED,
    CLASS_MEDIA,
    CLASS_EXISTS,
    CLASS_UNKNOWN,
};
enum error_action {
    ACTION_RETRY = 1,
    ACTION_DELAY,
    ACTION_USER,
    ACTION_ABORT,
    ACTION_PANIC,
    ACTION_IGNORE,
    ACTION_INTERVENE,
};
enum error_locus { LOCUS_UNKNOWN = 1, LOCUS_DISK, LOCUS_NETWORK, LOCUS_SERIAL, LOCUS_MEMORY };

static const struct {
    uint8_t code, class, action, locus;
} errors[] = {
    { E_FUNCTION, CLASS_APPLICATION, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_FILE, CLASS_NOT_FOUND, ACTION_USER, LOCUS_DISK },
    { E_PATH, CLASS_NOT_FOUND, ACTION_USER, LOCUS_DISK },
    { E_HANDLES, CLASS_RESOURCE, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_ACCESS, CLASS_AUTHORISATION, ACTION_USER, LOCUS_UNKNOWN },
    { E_HANDLE, CLASS_APPLICATION, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_MCB, CLASS_APPLICATION, ACTION_PANIC, LOCUS_MEMORY },
    { E_MEMORY, CLASS_RESOURCE, ACTION_ABORT, LOCUS_MEMORY },
    { E_BLOCK, CLASS_APPLICATION, ACTION_ABORT, LOCUS_MEMORY },
    { E_ENVIRONMENT, CLASS_APPLICATION, ACTION_ABORT, LOCUS_MEMORY },
    { E_FORMAT, CLASS_FORMAT, ACTION_USER, LOCUS_UNKNOWN },
    { E_MODE, CLASS_APPLICATION, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_DATA, CLASS_FORMAT, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_DRIVE, CLASS_NOT_FOUND, ACTION_USER, LOCUS_DISK },
    { E_CURRENT, CLASS_AUTHORISATION, ACTION_USER, LOCUS_DISK },
    { E_DEVICE, CLASS_UNKNOWN, ACTION_USER, LOCUS_DISK },
    { E_NO_MORE, CLASS_NOT_FOUND, ACTION_USER, LOCUS_DISK },
    { E_WRITE_PROTECT, CLASS_MEDIA, ACTION_INTERVENE, LOCUS_DISK },
    { 20, CLASS_INTERNAL, ACTION_PANIC, LOCUS_UNKNOWN },
    { E_NOT_READY, CLASS_HARDWARE, ACTION_INTERVENE, LOCUS_DISK },
    { 22, CLASS_INTERNAL, ACTION_PANIC, LOCUS_UNKNOWN },
    { 23, CLASS_MEDIA, ACTION_ABORT, LOCUS_DISK },
    { 24, CLASS_INTERNAL, ACTION_PANIC, LOCUS_UNKNOWN },
    { E_SEEK, CLASS_HARDWARE, ACTION_RETRY, LOCUS_DISK },
    { 26, CLASS_MEDIA, ACTION_INTERVENE, LOCUS_DISK },
    { 27, CLASS_MEDIA, ACTION_ABORT, LOCUS_DISK },
    { 28, CLASS_TEMPORARY, ACTION_INTERVENE, LOCUS_SERIAL },
    { 29, CLASS_HARDWARE, ACTION_ABORT, LOCUS_UNKNOWN },
    { 30, CLASS_HARDWARE, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_GENERAL, CLASS_UNKNOWN, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_SHARE, CLASS_LOCKED, ACTION_DELAY, LOCUS_DISK },
    { E_LOCK, CLASS_LOCKED, ACTION_DELAY, LOCUS_DISK },
    { E_DISK_CHANGE, CLASS_MEDIA, ACTION_INTERVENE, LOCUS_DISK },
    { E_FCBS, CLASS_APPLICATION, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_SHARE_FULL, CLASS_RESOURCE, ACTION_ABORT, LOCUS_MEMORY },
    { E_NETWORK, CLASS_UNKNOWN, ACTION_USER, LOCUS_NETWORK },
    { E_EXISTS, CLASS_EXISTS, ACTION_USER, LOCUS_DISK },
    { E_FCB_EXISTS, CLASS_RESOURCE, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_MAKE, CLASS_RESOURCE, ACTION_USER, LOCUS_DISK },
    { E_FAILED, CLASS_UNKNOWN, ACTION_ABORT, LOCUS_UNKNOWN },
    { E_PARAMETER, CLASS_APPLICATION, ACTION_ABORT, LOCUS_UNKNOWN },
};

void error_remember(unsigned code)
{
    sda.error_code = (uint16_t)code;
    sda.error_class = CLASS_UNKNOWN;
    sda.error_action = ACTION_ABORT;
    sda.error_locus = LOCUS_UNKNOWN;
    for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].code != code)
            continue;
        sda.error_class = errors[i].class;
        sda.error_action = errors[i].action;
        sda.error_locus = errors[i].locus;
    }
}

/* INT 21h/59h */
unsigned sys_get_error(void)
{
    R->ax = sda.error_code;
    R->bh = sda.error_class;
    R->bl = sda.error_action;
    R->ch = sda.error_locus;
    R->es = FP_SEG(sda.error_pointer);
    R->di = FP_OFF(sda.error_pointer);
    return E_OK;
}

/* INT 21h/5D0Ah: the 11 words AX BX CX DX SI DI DS ES, of which 59h returns most. */
void error_set_all(uint32_t list)
{
    uint16_t bx = get16(list + 2), cx = get16(list + 4);

    sda.error_code = get16(list);
    sda.error_class = (uint8_t)(bx >> 8);
    sda.error_action = (uint8_t)bx;
    sda.error_locus = (uint8_t)(cx >> 8);
    sda.error_pointer = FP(get16(list + 14), get16(list + 10));
}

enum { CHOICE_IGNORE, CHOICE_RETRY, CHOICE_ABORT, CHOICE_FAIL };

/*
 * Asks INT 24h.  `flags` as AH; code: the driver's error; true: try again.  False: the call fails,
 * or CRITICAL_IGNORED.  An abort does not return.
 */
enum critical critical_error(uint8_t flags, uint8_t drive, uint8_t code, uint32_t device)
{
    struct int_regs r = { 0 };
    unsigned choice = CHOICE_FAIL;

    error_remember(code + E_WRITE_PROTECT);
    sda.error_drive = drive;
    sda.allowed_24 = flags;
    if (!sda.error_mode && !sda.aborting) {
        r.ax = (uint16_t)(flags << 8 | drive);
        r.di = code;
        r.bp = FP_SEG(device);
        r.si = FP_OFF(device);
        choice = call_int24(&r);
    }
    if (choice == CHOICE_IGNORE && !(flags & CRITICAL_IGNORE))
        choice = CHOICE_FAIL;
    if (choice == CHOICE_RETRY && !(flags & CRITICAL_RETRY))
        choice = CHOICE_FAIL;
    if (choice == CHOICE_FAIL && !(flags & CRITICAL_FAIL))
        choice = CHOICE_ABORT;
    if (choice == CHOICE_RETRY)
        return CRITICAL_AGAIN;
    if (choice == CHOICE_IGNORE)
        return CRITICAL_GO_ON;
    if (choice == CHOICE_ABORT) {
        sda.aborting = 1;
        terminate(2, 0);
    }
    sda.failed_24 = 1;
    return CRITICAL_FAILED;
}
