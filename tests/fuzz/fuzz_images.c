/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images: what they are, and the shape that partition table and parameter block tell. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/host/geometry.h"
#include "core/host/image_probe.h"
#include "tests/fuzz/targets.h"

enum { CD_VOLUME = 32768, HEAD = 1024 };

/* The input is the first sectors, what lies at a CD's volume descriptor, and how large the rest is:
 * the last two bytes. */
static int make_image(const uint8_t *data, size_t size)
{
    static const uint64_t sizes[] = { 0, 512, 1474560, 33546240, 700ull << 20, 300ull << 30 };
    static int fd = -1;
    size_t head = size < HEAD ? size : HEAD;
    off_t end = (off_t)(size ? sizes[data[size - 1] % 6] : 0);

    if (fd < 0)
        fd = memfd_create("image", MFD_CLOEXEC);
    if (size > 1)
        end += data[size - 2];
    if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, head, 0) < 0 ||
        (size > head && pwrite(fd, data + head, size - head, CD_VOLUME) < 0) ||
        (end && ftruncate(fd, end) < 0))
        abort();
    return fd;
}

static void check_shape(uint64_t sectors, const struct disk_shape *bios)
{
    struct disk_geometry g;

    if (bios && (bios->heads < 1 || bios->heads > 255 || bios->sectors < 1 || bios->sectors > 63))
        abort(); /* a shape that no BIOS can show */
    geometry_choose(sectors, bios, &g);
    if (g.drive.heads < 1 || g.drive.heads > 16 || !g.drive.cylinders || !g.drive.sectors ||
        !g.bios.cylinders || g.bios.cylinders > 1024 || g.bios.heads > 255)
        abort();
    if (bios && (g.bios.heads != bios->heads || g.bios.sectors != bios->sectors))
        abort(); /* not the one that the disk was made with */
}

static void one_image(const void *ctx, const uint8_t *data, size_t size)
{
    struct image_info info = { 0 };
    struct error err = { { 0 } };
    struct disk_shape shape = { 0, 0, 0 };
    int fd = make_image(data, size);

    (void)ctx;
    if (!image_probe(fd, "image", &info, &err)) {
        if (!err.text[0])
            abort(); /* refused without a sentence */
        return;
    }
    if (!image_is_cdrom(&info, "image", &err) && info.kind == IMAGE_CDROM)
        abort();
    check_shape(info.size / 512, NULL);
    if (geometry_read(fd, info.size / 512, &shape) != GEOMETRY_SIZE)
        check_shape(info.size / 512, &shape);
}

/* ---- seeds: a table with a file system, a file system alone, a CD ---- */

static uint8_t table_seed[HEAD + 2], bpb_seed[512 + 2], cd_seed[HEAD + 8];
static const uint8_t bpb[32] = { 0xeb, 0x3c, 0x90, 'M', 'S', 'D', 'O', 'S', '5', '.', '0',
                                 0,    2,    4,    1,   0,   2,   0,   2,   0,   0,   0xf8,
                                 32,   0,    17,   0,   4,   0,   17,  0,   0,   0 };
static const uint8_t entry[16] = { 0x80, 1, 1, 0, 4, 3, 17, 99, 17, 0, 0, 0, 0x8f, 0x1a, 0, 0 };

struct fuzz_target target_image(void)
{
    static const struct fuzz_seed seeds[] = { { table_seed, sizeof(table_seed) },
                                              { bpb_seed, sizeof(bpb_seed) },
                                              { cd_seed, sizeof(cd_seed) },
                                              { 0 } };

    memcpy(table_seed + 446, entry, sizeof(entry));
    memcpy(table_seed + 510, "\x55\xaa", 2);
    memcpy(table_seed + 512, bpb, sizeof(bpb));
    table_seed[HEAD + 1] = 3;
    memcpy(bpb_seed, bpb, sizeof(bpb));
    bpb_seed[513] = 3;
    memcpy(cd_seed + HEAD, "\1CD001", 6);
    cd_seed[HEAD + 7] = 4;
    return (struct fuzz_target){ .name = "image", .one = one_image, .seeds = seeds, .most = 4096 };
}
