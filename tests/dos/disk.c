/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sectors: INT 25h and 26h, on a drive with a FAT; a remote one has none. */
#include "suite.h"

struct packet { /* DOS 4: of drives with more than 65,535 sectors */
    uint32_t sector;
    uint16_t count;
    uint32_t buffer;
} PACKED;

static uint8_t sector[512], other[512];

static bool absolute(unsigned n, unsigned from, void *to)
{
    return INT_CALL(n, .ax = (uint16_t)drive_current(), .bx = NEAR16(to), .cx = 1,
                    .dx = (uint16_t)from, .ds = own_segment(), .es = own_segment());
}

static unsigned find_file_sector(void)
{
    unsigned handle = make_file("DK1.TMP", "what lies in a sector");

    close_file(handle);
    CALL(.ax = 0x0d00);
    for (unsigned i = 33; i < 2880; i++) {
        if (absolute(READ_STUB, i, sector))
            return 0;
        if (!memcmp(sector, "what lies in a sector", 21))
            return i;
    }
    return 0;
}

int com_main(void)
{
    struct packet packet = { 0, 1, (uint32_t)own_segment() << 16 | NEAR16(sector) };
    unsigned at, handle, done;

    begin("disk");
    set_stub(READ_STUB, read_stub);
    set_stub(WRITE_STUB, write_stub);
    if (is_remote()) {
        is("25/ a remote drive cannot be read", absolute(READ_STUB, 0, sector), true);
        is("26/ nor written", absolute(WRITE_STUB, 1, sector), true);
        return closing();
    }
    works("25/ read the first sector", absolute(READ_STUB, 0, sector));
    is("25/ its mark", sector[510] | sector[511] << 8, 0xaa55);
    is("25/ sectors of 512 bytes", *(uint16_t *)(sector + 11), 512);
    memset(sector, 0, sizeof(sector));
    works("25/ by a packet",
          INT_CALL(READ_STUB, .ax = (uint16_t)drive_current(), .bx = NEAR16(&packet), .cx = 0xffff,
                   .ds = own_segment(), .es = own_segment()));
    is("25/ the same sector", sector[510] | sector[511] << 8, 0xaa55);
    at = find_file_sector();
    holds("25/ a file's sector is on the disk", at != 0);
    if (at) {
        memcpy(other, sector, sizeof(other));
        memcpy(other, "HERE", 4);
        works("26/ write it", absolute(WRITE_STUB, at, other));
        works("25/ read it", absolute(READ_STUB, at, sector));
        is_bytes("26/ as it was written", sector, other, sizeof(sector));
        CALL(.ax = 0x0d00);
        handle = open_file("DK1.TMP", OPEN_READ);
        file_read(handle, sector, 4, &done);
        close_file(handle);
        is_bytes("26/ the file has it", sector, "HERE", 4);
    }
    remove_file("DK1.TMP");
    is("25/ a drive that is not there",
       INT_CALL(READ_STUB, .ax = 24, .bx = NEAR16(sector), .cx = 1, .ds = own_segment(),
                .es = own_segment()),
       true);
    return closing();
}
