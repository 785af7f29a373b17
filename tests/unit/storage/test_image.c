/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Image files: the worker thread, locks, failures of the host, what a file is. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/host/image.h"
#include "tests/check_main.h"

static char dir[64];
static char path[128];

static atomic_uint wakes;

static void wake(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&wakes, 1);
}

static void make_file(const char *name, const void *head, size_t head_size, off_t size)
{
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, size), 0);
    ck_assert_int_eq(pwrite(fd, head, head_size, 0), (ssize_t)head_size);
    close(fd);
}

static void setup(void)
{
    strcpy(dir, "image-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    make_file("disk.img", "boot", 4, 1 << 20);
}

static void teardown(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

/* ---- a hub, a drive and one op ---- */

struct rig {
    struct vclock *clock;
    struct media_hub *hub;
    struct image_hub *images;
    struct drive *drive;
    struct media_op op;
    unsigned done, good;
    char why[256];
    uint8_t buffer[4096];
};

static void op_done(void *ctx, bool ok)
{
    ((struct rig *)ctx)->done++;
    ((struct rig *)ctx)->good += ok;
}

static void failed(void *ctx, const struct media_failure *failure)
{
    strcpy(((struct rig *)ctx)->why, failure->why);
}

static struct rig *rig_new(bool synchronous, unsigned flags)
{
    struct rig *r = calloc(1, sizeof(*r));
    struct error err = { { 0 } };
    struct media *media;

    r->clock = vclock_new();
    r->hub = media_hub_new(r->clock);
    media_hub_on_error(r->hub, failed, r);
    r->images = image_hub_new(synchronous, wake, NULL, &err);
    ck_assert_ptr_nonnull(r->images);
    r->drive = media_drive(r->hub, "disk0");
    media = image_open(r->images, path, flags, &err);
    ck_assert_msg(media != NULL, "%s", err.text);
    drive_set_media(r->drive, media);
    media_op_init(&r->op, r->clock, r->drive, op_done, r);
    return r;
}

static void rig_free(struct rig *r)
{
    media_op_done(&r->op);
    media_hub_free(r->hub);
    image_hub_free(r->images);
    vclock_free(r->clock);
    free(r);
}

static bool run_op(struct rig *r, enum media_kind kind, uint64_t offset, uint32_t length)
{
    unsigned good = r->good;

    media_op_start(&r->op, kind, offset, r->buffer, length, vclock_now(r->clock) + 10);
    media_hub_drain(r->hub);
    vclock_advance(r->clock, vclock_now(r->clock) + 10);
    ck_assert(!media_op_busy(&r->op));
    return r->good > good;
}

/* ---- requests ---- */

START_TEST(data_written_are_in_the_file_and_are_read_back)
{
    for (unsigned synchronous = 0; synchronous < 2; synchronous++) {
        struct rig *r = rig_new(synchronous, 0);
        uint8_t check[4096];
        int fd;

        memset(r->buffer, 0xa5 + (int)synchronous, sizeof(r->buffer));
        ck_assert(run_op(r, MEDIA_WRITE, 8192, 4096));
        ck_assert(run_op(r, MEDIA_FLUSH, 0, 0));
        fd = open(path, O_RDONLY);
        ck_assert_int_eq(pread(fd, check, 4096, 8192), 4096);
        close(fd);
        ck_assert_mem_eq(check, r->buffer, 4096);
        memset(r->buffer, 0, sizeof(r->buffer));
        ck_assert(run_op(r, MEDIA_READ, 8192, 4096));
        ck_assert_mem_eq(check, r->buffer, 4096);
        ck_assert(run_op(r, MEDIA_READ, 100000, 512)); /* a hole */
        ck_assert_uint_eq(r->buffer[0], 0);
        rig_free(r);
    }
}
END_TEST

START_TEST(worker_wakes_the_machine_and_poll_delivers_in_order)
{
    struct rig *r = rig_new(false, 0);
    struct media_op ops[8];
    uint8_t data[8][512];

    for (unsigned i = 0; i < 8; i++) {
        memset(data[i], (int)i + 1, 512);
        media_op_init(&ops[i], r->clock, r->drive, op_done, r);
        media_op_start(&ops[i], MEDIA_WRITE, 0, data[i], 512, 10); /* all to one place */
    }
    vclock_advance(r->clock, 10);
    for (unsigned i = 0; i < 5000 && r->done < 8; i++) {
        image_hub_poll(r->images);
        vclock_advance(r->clock, 10);
        usleep(1000);
    }
    ck_assert_uint_eq(r->good, 8);
    ck_assert_uint_ge(atomic_load(&wakes), 1);
    ck_assert(run_op(r, MEDIA_READ, 0, 512));
    ck_assert_uint_eq(r->buffer[0], 8); /* the last one won */
    for (unsigned i = 0; i < 8; i++)
        media_op_done(&ops[i]);
    rig_free(r);
}
END_TEST

START_TEST(closing_waits_for_the_work)
{
    struct rig *r = rig_new(false, 0);
    uint8_t check;
    int fd;

    memset(r->buffer, 0x77, sizeof(r->buffer));
    media_op_start(&r->op, MEDIA_WRITE, 0, r->buffer, 4096, 10);
    drive_set_media(r->drive, NULL);
    fd = open(path, O_RDONLY);
    ck_assert_int_eq(pread(fd, &check, 1, 4095), 1);
    ck_assert_uint_eq(check, 0x77);
    close(fd);
    rig_free(r);
}
END_TEST

START_TEST(file_that_became_shorter_is_an_input_error)
{
    struct rig *r = rig_new(false, 0);

    ck_assert_int_eq(truncate(path, 1000), 0);
    ck_assert(!run_op(r, MEDIA_READ, 512, 1024));
    ck_assert_str_eq(r->why, "disk.img cannot be read: Input/output error");
    rig_free(r);
}
END_TEST

START_TEST(full_disk_is_told_by_name)
{
    struct rig *r = rig_new(false, 0);
    struct rlimit old, limit;

    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert(!run_op(r, MEDIA_WRITE, 8192, 512));
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert_str_eq(r->why, "disk.img cannot be written: File too large");
    ck_assert(run_op(r, MEDIA_WRITE, 8192, 512)); /* and it goes on afterwards */
    rig_free(r);
}
END_TEST

/* ---- opening ---- */

static void refused(unsigned flags, const char *sentence)
{
    struct image_hub *images = image_hub_new(true, NULL, NULL, NULL);
    struct error err = { { 0 } };

    ck_assert_ptr_null(image_open(images, path, flags, &err));
    ck_assert_msg(strstr(err.text, sentence) != NULL, "%s", err.text);
    image_hub_free(images);
}

START_TEST(second_writer_is_refused)
{
    struct rig *r = rig_new(false, 0);

    refused(0, "disk.img is in use by another machine");
    refused(IMAGE_READ_ONLY, "disk.img is in use by another machine");
    rig_free(r);
    r = rig_new(false, IMAGE_READ_ONLY);
    refused(0, "disk.img is in use by another machine");
    rig_free(rig_new(false, IMAGE_READ_ONLY)); /* readers may be many */
    rig_free(r);
    rig_free(rig_new(false, 0));
}
END_TEST

/* A classic lock names its process itself; the holder of an open-file lock is looked for. */
START_TEST(holder_of_the_lock_is_named)
{
    for (int kind = 0; kind < 2; kind++) {
        int ready[2], quit[2];
        char c = 0, sentence[64];
        pid_t pid;

        ck_assert_int_eq(pipe(ready) | pipe(quit), 0);
        pid = fork();
        if (pid == 0) {
            struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
            int fd = open(path, O_RDWR);

            fcntl(fd, kind ? F_OFD_SETLK : F_SETLK, &lock);
            if (write(ready[1], &c, 1) != 1 || read(quit[0], &c, 1) != 1)
                _exit(1);
            _exit(0);
        }
        ck_assert_int_eq(read(ready[0], &c, 1), 1);
        snprintf(sentence, sizeof(sentence), "in use by another machine (process %d);", (int)pid);
        refused(0, sentence);
        ck_assert_int_eq(write(quit[1], &c, 1), 1);
        waitpid(pid, NULL, 0);
        for (unsigned i = 0; i < 2; i++) {
            close(ready[i]);
            close(quit[i]);
        }
    }
}
END_TEST

START_TEST(missing_files_and_folders_are_told)
{
    make_file("empty.img", "", 0, 0);
    refused(0, "is empty");
    snprintf(path, sizeof(path), "%s/nothing.img", dir);
    refused(0, "cannot be opened: No such file or directory");
    snprintf(path, sizeof(path), "%s", dir);
    refused(0, "is a folder, not an image file");
    refused(IMAGE_READ_ONLY, "is a folder, not an image file");
    strcpy(path, "/dev/null");
    refused(0, "is a special file, not an image file");
}
END_TEST

START_TEST(descriptors_decide_what_may_be_done)
{
    struct image_hub *images = image_hub_new(true, NULL, NULL, NULL);
    struct error err = { { 0 } };
    struct media *media;

    ck_assert_ptr_null(image_open_fd(images, open(path, O_RDONLY), "x/d.img", 0, &err));
    ck_assert_str_eq(err.text, "x/d.img may not be written; open it read-only instead.");
    media = image_open_fd(images, open(path, O_RDONLY), "x/d.img", IMAGE_FALLBACK, &err);
    ck_assert_ptr_nonnull(media);
    ck_assert(media->read_only);
    ck_assert_str_eq(media->label, "d.img");
    ck_assert_uint_eq(media->size, 1 << 20);
    media->ops->close(media);
    ck_assert_ptr_null(image_open_fd(images, open(path, O_WRONLY), "d.img", 0, &err));
    ck_assert_str_eq(err.text, "d.img was not opened for reading.");
    ck_assert_ptr_null(image_open_fd(images, -1, "d.img", 0, &err));
    ck_assert_str_eq(err.text, "d.img: that is not an open file.");
    image_hub_free(images);
}
END_TEST

START_TEST(protected_file_is_opened_read_only_if_asked)
{
    uid_t user = geteuid();
    struct rig *r;

    chmod(path, 0444);
    chmod(dir, 0755);
    if (user == 0 && seteuid(65534) != 0) {
        check_skip("root may write every file");
        return;
    }
    refused(0, "may not be written");
    r = rig_new(false, IMAGE_FALLBACK);
    ck_assert(r->drive->media->read_only);
    ck_assert_int_eq(seteuid(user), 0);
    rig_free(r);
}
END_TEST

/* ---- what is it? ---- */

static bool probe(const char *name, const void *head, size_t head_size, off_t size,
                  struct image_info *info, struct error *err)
{
    int fd;
    bool good;

    make_file(name, head, head_size, size);
    fd = open(path, O_RDONLY);
    good = image_probe(fd, name, info, err);
    close(fd);
    return good;
}

START_TEST(floppies_are_known_by_their_size)
{
    static const unsigned kb[] = { 160, 180, 320, 360, 720, 1200, 1440, 1680, 2880 };
    struct image_info info;

    for (unsigned i = 0; i < sizeof(kb) / sizeof(kb[0]); i++) {
        ck_assert(probe("f.img", "", 0, kb[i] * 1024, &info, NULL));
        ck_assert_int_eq(info.kind, IMAGE_FLOPPY);
        ck_assert_uint_eq(info.size, kb[i] * 1024);
    }
    ck_assert_str_eq(image_kind_name(IMAGE_FLOPPY), "floppy disk");
}
END_TEST

START_TEST(disks_and_cds_are_known_by_their_contents)
{
    uint8_t sector[512] = { [510] = 0x55, [511] = 0xaa };
    static uint8_t iso[33000];
    struct image_info info;

    ck_assert(probe("d.img", sector, 512, 10 << 20, &info, NULL));
    ck_assert_int_eq(info.kind, IMAGE_DISK);
    ck_assert(info.boot_signature);
    ck_assert(probe("d.img", "", 0, 512, &info, NULL));
    ck_assert_int_eq(info.kind, IMAGE_DISK);
    ck_assert(!info.boot_signature);
    memcpy(iso + 32769, "CD001", 5);
    ck_assert(probe("c.iso", iso, sizeof(iso), 10 << 20, &info, NULL));
    ck_assert_int_eq(info.kind, IMAGE_CDROM);
    ck_assert_str_eq(image_kind_name(IMAGE_CDROM), "CD-ROM");
    ck_assert_str_eq(image_kind_name(IMAGE_DISK), "hard disk");
}
END_TEST

START_TEST(other_files_are_refused_in_one_sentence)
{
    struct image_info info;
    struct error err = { { 0 } };
    int fds[2];

    ck_assert(!probe("q.img", "QFI\xfb", 4, 1 << 20, &info, &err));
    ck_assert_str_eq(err.text, "q.img is a QCOW file; convert it to a raw image first.");
    ck_assert(!probe("t.txt", "hello", 5, 777, &info, &err));
    ck_assert_str_eq(err.text,
                     "t.txt is not a disk image: its size, 777 bytes, is not a multiple of 512.");
    ck_assert(!probe("e.img", "", 0, 0, &info, &err));
    ck_assert_str_eq(err.text, "e.img is empty.");
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert(!image_probe(fds[0], "p", &info, &err));
    ck_assert_str_eq(err.text, "p is a special file, not an image file.");
    close(fds[0]);
    close(fds[1]);
    ck_assert(!image_probe(fds[0], "p", &info, &err));
    ck_assert_str_eq(err.text, "p cannot be used: Bad file descriptor.");
}
END_TEST

static void add_case(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 0);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *requests[] = {
        data_written_are_in_the_file_and_are_read_back,
        worker_wakes_the_machine_and_poll_delivers_in_order,
        closing_waits_for_the_work,
        file_that_became_shorter_is_an_input_error,
        full_disk_is_told_by_name,
    };
    const TTest *opening[] = {
        second_writer_is_refused,
        holder_of_the_lock_is_named,
        missing_files_and_folders_are_told,
        descriptors_decide_what_may_be_done,
        protected_file_is_opened_read_only_if_asked,
    };
    const TTest *probing[] = {
        floppies_are_known_by_their_size,
        disks_and_cds_are_known_by_their_contents,
        other_files_are_refused_in_one_sentence,
    };
    Suite *suite = suite_create("image");

    add_case(suite, "requests", requests, sizeof(requests) / sizeof(requests[0]));
    add_case(suite, "opening", opening, sizeof(opening) / sizeof(opening[0]));
    add_case(suite, "probing", probing, sizeof(probing) / sizeof(probing[0]));
    return check_main(suite);
}
