/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks and CDs of the profile; see the header. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/geometry.h"
#include "core/main/drives.h"

static uint64_t image_sectors(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size / 512 : 0;
}

static void configure_disk(const struct profile_image *image, struct pc_geometry *g)
{
    struct disk_shape wish = { image->cylinders, image->heads, image->sectors };
    struct disk_geometry chosen;
    uint64_t sectors;
    int fd;

    if (wish.heads && wish.heads <= 16) { /* the drive's own: as it is */
        *g = (struct pc_geometry){ wish.cylinders, wish.heads, wish.sectors, 0, 0, 0, 0 };
        return;
    }
    fd = open(image->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    sectors = image_sectors(fd);
    if (sectors && (wish.heads || geometry_read(fd, sectors, &wish) != GEOMETRY_SIZE)) {
        geometry_choose(sectors, &wish, &chosen);
        *g = (struct pc_geometry){ chosen.drive.cylinders,
                                   chosen.drive.heads,
                                   chosen.drive.sectors,
                                   (uint8_t)(chosen.translation + 1),
                                   0,
                                   0,
                                   0 };
        if (chosen.told) {
            g->bios_cylinders = chosen.bios.cylinders;
            g->bios_heads = chosen.bios.heads;
            g->bios_sectors = chosen.bios.sectors;
        }
    }
    if (fd >= 0)
        close(fd);
}

void drives_configure(const struct profile *p, struct pc_config *config)
{
    for (unsigned i = 0; i < 4; i++)
        if (p->disk[i].file)
            configure_disk(&p->disk[i], &config->geometry[i]);
    for (unsigned i = 0; i < PROFILE_CDROMS; i++)
        if (p->cdrom[i].present)
            config->cdrom[p->cdrom[i].position] = true;
}

/* A CD's image is never written. */
static struct media *open_cdrom(struct image_hub *images, int fd, const char *label,
                                struct error *err)
{
    struct image_info info;

    if (!image_probe(fd, label, &info, err) || !image_is_cdrom(&info, label, err)) {
        close(fd);
        return NULL;
    }
    return image_open_fd(images, fd, label, IMAGE_READ_ONLY, err);
}

bool drives_put_cdroms(const struct profile *p, struct image_hub *images, struct media_hub *hub,
                       struct error *err)
{
    for (unsigned i = 0; i < PROFILE_CDROMS; i++) {
        const char *file = p->cdrom[i].file;
        struct media *media;
        char name[16];

        if (!file)
            continue;
        profile_cdrom_name(p, i, name);
        media = image_open(images, file, IMAGE_READ_ONLY, err);
        if (!media)
            return error_prefix(err, "%s", name);
        drive_set_media(media_drive(hub, name), media);
    }
    return true;
}

static struct drive *find_drive(struct media_hub *hub, const char *name)
{
    for (struct drive *d = media_drives(hub); d; d = d->next)
        if (!strcmp(d->name, name) && (d->cdrom || !strncmp(name, "floppy", 6)))
            return d;
    return NULL;
}

static struct media *open_floppy(struct image_hub *images, int fd, const char *label,
                                 bool read_only, struct error *err)
{
    struct image_info info;

    if (!image_probe(fd, label, &info, err)) {
        close(fd);
        return NULL;
    }
    if (info.kind != IMAGE_FLOPPY) {
        close(fd);
        error_set(err, "%s is no floppy image", label);
        return NULL;
    }
    return image_open_fd(images, fd, label, read_only ? IMAGE_READ_ONLY : IMAGE_FALLBACK, err);
}

bool drives_insert(struct image_hub *images, struct media_hub *hub, const char *name, int fd,
                   const char *label, bool read_only, struct error *err)
{
    struct drive *drive = find_drive(hub, name);
    struct media *media = NULL;

    if (!drive) {
        if (fd >= 0)
            close(fd);
        return error_set(err, "There is no drive %.40s whose medium can be changed", name);
    }
    if (fd >= 0)
        media = drive->cdrom ? open_cdrom(images, fd, label, err)
                             : open_floppy(images, fd, label, read_only, err);
    if (fd >= 0 && !media)
        return false;
    if (drive->cdrom && !drive_open_tray(drive, false, err)) {
        if (media)
            media->ops->close(media);
        return false;
    }
    drive_set_media(drive, media);
    return !drive->cdrom || !media || drive_close_tray(drive, err);
}
