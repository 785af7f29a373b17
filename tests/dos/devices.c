/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and INT 21h/44h, with a character device of the suite's own (driver.asm), and what INT
 * 24h gets when it fails.
 */
#include "suite.h"

extern uint8_t driver_header[18], driver_calls[26], driver_last[22];
extern uint16_t driver_error, driver_bytes;
enum {
    DRIVER_READ = 4,
    DRIVER_WRITE = 8,
    DRIVER_OPEN = 13,
    DRIVER_CLOSE = 14,
    DRIVER_GENERIC = 19
};
enum { DEVICE = 0x80, NOT_EOF = 0x40, RAW = 0x20, IS_NUL = 4, IS_STDIN = 1, IS_STDOUT = 2 };

static uint8_t buffer[128];

static void information(void)
{
    unsigned handle;

    works("21/4400 what NUL is", CALL(.ax = 0x3d02, .dx = NEAR16("NUL")));
    handle = r.ax;
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    is("21/4400 the NUL device", r.dx & (DEVICE | IS_NUL), DEVICE | IS_NUL);
    CALL(.ax = 0x3f00, .bx = (uint16_t)handle, .cx = 10, .dx = NEAR16(buffer));
    is("21/3F00 NUL is empty", r.ax, 0);
    CALL(.ax = 0x4000, .bx = (uint16_t)handle, .cx = 10, .dx = NEAR16(buffer));
    is("21/4000 NUL takes all", r.ax, 10);
    close_file(handle);
    works("21/3D02 a device with a path and an extension",
          CALL(.ax = 0x3d02, .dx = NEAR16("\\NUL.TXT")));
    close_file(r.ax);
    works("21/4400 what CON is", CALL(.ax = 0x3d02, .dx = NEAR16("CON")));
    handle = r.ax;
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    is("21/4400 the console", r.dx & (DEVICE | NOT_EOF | IS_STDIN | IS_STDOUT | RAW),
       DEVICE | NOT_EOF | IS_STDIN | IS_STDOUT);
    works("21/4401 raw", CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = r.dl | RAW));
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    is("21/4400 it is raw", r.dx & RAW, RAW);
    CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = r.dl & ~RAW);
    fails("21/4401 the high byte must be 0", E_DATA,
          CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = 0x0180));
    works("21/4407 ready for output", CALL(.ax = 0x4407, .bx = (uint16_t)handle));
    is("21/4407 it is", r.al, 0xff);
    close_file(handle);
    fails("21/4400 of a closed handle", E_HANDLE, CALL(.ax = 0x4400, .bx = (uint16_t)handle));
}

static void files(void)
{
    unsigned handle = make_file("DV1.TMP", "x");

    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    is("21/4400 a file is no device", r.dx & DEVICE, 0);
    is("21/4400 a file's drive", r.dx & 0x1f, drive_current());
    is("21/4400 it was written to", r.dx & NOT_EOF, 0);
    works("21/4406 is there input", CALL(.ax = 0x4406, .bx = (uint16_t)handle));
    is("21/4406 there is", r.al, 0xff);
    CALL(.ax = 0x4202, .bx = (uint16_t)handle);
    CALL(.ax = 0x4406, .bx = (uint16_t)handle);
    is("21/4406 not at the end", r.al, 0);
    fails("21/4401 of a file", E_FUNCTION, CALL(.ax = 0x4401, .bx = (uint16_t)handle));
    fails("21/4402 of a file", E_FUNCTION,
          CALL(.ax = 0x4402, .bx = (uint16_t)handle, .cx = 1, .dx = NEAR16(buffer)));
    works("21/440A is it remote", CALL(.ax = 0x440a, .bx = (uint16_t)handle));
    is("21/440A as its drive", r.dx >> 15, is_remote());
    close_file(handle);
    remove_file("DV1.TMP");
    fails("21/44FF no such function", E_FUNCTION, CALL(.ax = 0x44ff));
}

static void drives(void)
{
    works("21/4409 is the drive remote", CALL(.ax = 0x4409));
    fails("21/4409 of a drive that is not there", E_DRIVE, CALL(.ax = 0x4409, .bx = 'Y' - 'A' + 1));
    if (is_remote()) {
        fails("21/4408 a remote drive", E_DRIVE, CALL(.ax = 0x4408));
        return;
    }
    works("21/4408 is the drive removable", CALL(.ax = 0x4408));
    is("21/4408 a floppy is", r.ax, 0);
    works("21/440E the drive's letter", CALL(.ax = 0x440e));
    holds("21/440E none, or its own", r.al == 0 || r.al == drive_current() + 1);
    works("21/440F set it", CALL(.ax = 0x440f));
    memset(buffer, 0, sizeof(buffer));
    works("21/440D parameters of the drive",
          CALL(.ax = 0x440d, .cx = 0x0860, .dx = NEAR16(buffer)));
    is("21/440D its kind: 3.5\", 1.44 MB", buffer[1], 7);
    is("21/440D cylinders", *(uint16_t *)(buffer + 4), 80);
    is("21/440D bytes in a sector", *(uint16_t *)(buffer + 7), 512);
    is("21/440D sectors", *(uint16_t *)(buffer + 7 + 8), 2880);
    buffer[0] = 1;
    works("21/440D parameters of the medium",
          CALL(.ax = 0x440d, .cx = 0x0860, .dx = NEAR16(buffer)));
    is("21/440D its sectors on a track", *(uint16_t *)(buffer + 7 + 13), 18);
    memset(buffer, 0, sizeof(buffer));
    buffer[0] = 1;
    works("21/440D could this be formatted",
          CALL(.ax = 0x440d, .cx = 0x0842, .dx = NEAR16(buffer)));
    is("21/440D it could", buffer[0], 0);
    works("21/440D verify a track", CALL(.ax = 0x440d, .cx = 0x0862, .dx = NEAR16(buffer)));
    *(uint16_t *)(buffer + 3) = 90;
    holds("21/440D there is no track 90", CALL(.ax = 0x440d, .cx = 0x0862, .dx = NEAR16(buffer)));
    works("21/4411 does it know 60h", CALL(.ax = 0x4411, .cx = 0x0860));
    memset(buffer, 0, sizeof(buffer));
    works("21/440D serial number", CALL(.ax = 0x440d, .cx = 0x0866, .dx = NEAR16(buffer)));
    is_bytes("21/440D kind of FAT", buffer + 17, "FAT12   ", 8);
    memset(buffer, 0, sizeof(buffer));
    works("21/6900 serial number", CALL(.ax = 0x6900, .dx = NEAR16(buffer)));
    is_bytes("21/6900 kind of FAT", buffer + 17, "FAT12   ", 8);
    works("21/6901 set it", CALL(.ax = 0x6901, .dx = NEAR16(buffer)));
    fails("21/440D no such function", E_FUNCTION,
          CALL(.ax = 0x440d, .cx = 0x08ee, .dx = NEAR16(buffer)));
}

/* Links the device behind NUL; what was there before. */
static uint32_t link_device(void)
{
    uint16_t segment, offset;
    uint32_t next;

    FAR_CALL(.ax = 0x5200);
    segment = r.es;
    offset = (uint16_t)(r.bx + 0x22);
    next = far_get32(segment, offset);
    *(uint32_t *)driver_header = next;
    far_put16(segment, offset, NEAR16(driver_header));
    far_put16(segment, (uint16_t)(offset + 2), own_segment());
    return next;
}

static void unlink_device(uint32_t next)
{
    FAR_CALL(.ax = 0x5200);
    far_put16(r.es, (uint16_t)(r.bx + 0x22), (uint16_t)next);
    far_put16(r.es, (uint16_t)(r.bx + 0x24), (uint16_t)(next >> 16));
}

static void own_device(unsigned handle)
{
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    is("21/4400 its attributes", r.dx & 0x4080, 0x4080);
    is("21/3D02 the device was opened", driver_calls[DRIVER_OPEN], 1);
    works("21/4000 write to it",
          CALL(.ax = 0x4000, .bx = (uint16_t)handle, .cx = 5, .dx = NEAR16("12345")));
    is("21/4000 it got the bytes", driver_bytes, 5);
    CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = DEVICE | NOT_EOF | RAW);
    works("21/3F00 read from it",
          CALL(.ax = 0x3f00, .bx = (uint16_t)handle, .cx = 4, .dx = NEAR16(buffer)));
    is("21/3F00 how much", r.ax, 4);
    is_bytes("21/3F00 what it gives", buffer, "RRRR", 4);
    works("21/4402 control data",
          CALL(.ax = 0x4402, .bx = (uint16_t)handle, .cx = 3, .dx = NEAR16(buffer)));
    is("21/4402 by command 3", driver_last[2], 3);
    works("21/4403 control data to it",
          CALL(.ax = 0x4403, .bx = (uint16_t)handle, .cx = 3, .dx = NEAR16(buffer)));
    is("21/4403 by command 12", driver_last[2], 12);
    works("21/440C generic control",
          CALL(.ax = 0x440c, .bx = (uint16_t)handle, .cx = 0x0365, .dx = NEAR16(buffer)));
    is("21/440C by command 19", driver_last[2], DRIVER_GENERIC);
    is("21/440C category and function", driver_last[13] << 8 | driver_last[14], 0x0365);
    works("21/4406 input", CALL(.ax = 0x4406, .bx = (uint16_t)handle));
    is("21/4406 there is", r.al, 0xff);
    works("21/4500 a second handle", CALL(.ax = 0x4500, .bx = (uint16_t)handle));
    close_file(r.ax);
}

static void critical(unsigned handle)
{
    uint32_t before = vector(0x24);
    uint16_t in_dos_segment, in_dos;

    FAR_CALL(.ax = 0x3400);
    in_dos_segment = r.es;
    in_dos = r.bx;
    is("21/3400 not in DOS", far_get8(in_dos_segment, in_dos), 0);
    set_stub(0x24, critical_handler);
    driver_error = 0x8102; /* not ready */
    critical_answer = 3;
    critical_count = 0;
    works("24/ a write fails",
          !CALL(.ax = 0x4000, .bx = (uint16_t)handle, .cx = 5, .dx = NEAR16(buffer)));
    is("24/ it was called", critical_count, 1);
    is("24/ AH: a device, not a disk", critical_ax >> 15, 1);
    is("24/ DI: not ready", critical_di & 0xff, 2);
    is("24/ BP:SI is the device", critical_bp << 16 | critical_si,
       (uint32_t)own_segment() << 16 | NEAR16(driver_header));
    CALL(.ax = 0x5900);
    is("21/5900 it was failed", r.ax, 83);
    driver_error = 0x810c; /* general failure */
    critical_answer = 0;   /* ignore */
    works("24/ it is ignored",
          CALL(.ax = 0x4000, .bx = (uint16_t)handle, .cx = 5, .dx = NEAR16(buffer)));
    is("24/ as if it was written", r.ax, 5);
    is("24/ DI: general failure", critical_di & 0xff, 12);
    driver_error = 0;
    critical_answer = 3;
    set_vector(0x24, before);
}

int com_main(void)
{
    uint32_t next;

    begin("devices");
    information();
    files();
    drives();
    next = link_device();
    if (CALL(.ax = 0x3d02, .dx = NEAR16("SUITEDEV"))) {
        absent("21/3D02 devices that are linked at run time");
    } else {
        unsigned handle = r.ax;

        own_device(handle);
        critical(handle);
        close_file(handle);
        is("21/3E00 opened as often as closed", driver_calls[DRIVER_OPEN],
           driver_calls[DRIVER_CLOSE]);
    }
    unlink_device(next);
    return closing();
}
