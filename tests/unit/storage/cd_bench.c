/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tests/unit/storage/cd_bench.h"

enum { READY = 0x50, DRQ = 0x58, CHECK = 0x51 };

struct ide *cd_new(unsigned sectors, bool real_speed)
{
    struct ide_disk disks[IDE_DISKS] = { { 0 } };
    struct ide *ide;

    disks[0].real_speed = real_speed;
    disks[CD_DRIVE] = (struct ide_disk){ .sectors = sectors * 4, .read_only = true, .cdrom = true };
    ide = ide_new(disks);
    ide_channel(ide, 1);
    return ide;
}

struct ide *cd_new_ready(unsigned sectors)
{
    struct ide *ide = cd_new(sectors, false);

    cd_make_ready(ide);
    return ide;
}

void cd_wait(struct ide *ide)
{
    uint64_t end = vclock_now(ide->bench->board->clock) + 10000000000u;

    while (!ide->bench->level[ide->irq])
        ck_assert_msg(vclock_step(ide->bench->board->clock, end), "no interrupt");
}

void cd_packet(struct ide *ide, const uint8_t *packet, unsigned length, unsigned limit,
               uint8_t features)
{
    uint8_t bytes[12] = { 0 };

    memcpy(bytes, packet, length);
    ide_out(ide, 6, 0xa0);
    ide_out(ide, 1, features);
    ide_out(ide, 4, (uint8_t)limit);
    ide_out(ide, 5, (uint8_t)(limit >> 8));
    ide_out(ide, 7, 0xa0);
    ck_assert(ide_wait(ide));
    ck_assert_uint_eq(ide_alt_status(ide), DRQ);
    ck_assert_uint_eq(ide_in(ide, 2) & 7, 1); /* it wants the command */
    ck_assert(!ide->bench->level[ide->irq]);  /* and says so without an interrupt */
    ide_write_words(ide, bytes, 12);
}

unsigned cd_take(struct ide *ide, uint8_t *data, unsigned room, unsigned *blocks)
{
    unsigned total = 0, count = 0;

    for (cd_wait(ide); ide_in(ide, 7) == DRQ; cd_wait(ide)) {
        unsigned n = ide_in(ide, 4) | ide_in(ide, 5) << 8;
        uint8_t odd[2];

        ck_assert_uint_eq(ide_in(ide, 2) & 7, 2);
        ck_assert_uint_le(total + n, room);
        ide_read_words(ide, data + total, n & ~1u);
        if (n & 1) {
            ide_read_words(ide, odd, 2);
            data[total + n - 1] = odd[0];
        }
        total += n;
        count++;
    }
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ck_assert_uint_eq(ide_in(ide, 2) & 7, 3);
    if (blocks)
        *blocks = count;
    return total;
}

void cd_expect_good(struct ide *ide)
{
    cd_wait(ide);
    ck_assert_uint_eq(ide_in(ide, 2) & 7, 3);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
}

void cd_expect_sense(struct ide *ide, uint8_t key, uint8_t code, uint8_t qualifier)
{
    uint8_t sense[18];

    cd_wait(ide);
    ck_assert_uint_eq(ide_in(ide, 2) & 7, 3);
    ck_assert_uint_eq(ide_in(ide, 1), (uint8_t)(key << 4 | 4));
    ck_assert_uint_eq(ide_in(ide, 7), CHECK);
    CD_PACKET(ide, 64, 0x03, 0, 0, 0, 18);
    ck_assert_uint_eq(cd_take(ide, sense, sizeof(sense), NULL), 18);
    ck_assert_uint_eq(sense[0], 0x70);
    ck_assert_uint_eq(sense[2], key);
    ck_assert_uint_eq(sense[7], 10);
    ck_assert_uint_eq(sense[12], code);
    ck_assert_uint_eq(sense[13], qualifier);
}

void cd_make_ready(struct ide *ide)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        CD_PACKET(ide, 0, 0x00);
        cd_wait(ide);
        if (ide_in(ide, 7) == READY)
            return;
        bench_run(ide->bench, 20000000);
    }
    ck_abort_msg("the drive does not become ready");
}
