/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/host/unix_listen.h"

static bool make_room(const struct sockaddr_un *address, struct error *err)
{
    struct stat st;
    int fd, failed;

    if (lstat(address->sun_path, &st) < 0)
        return errno == ENOENT || error_set(err, "%s", strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, "there is a file of that name, which is no socket; remove it or "
                              "choose another path");
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, "%s", strerror(errno));
    failed = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
    close(fd);
    if (!failed || failed == EAGAIN)
        return error_set(err,
                         "somebody listens there already; end that one or choose another path");
    if (failed != ECONNREFUSED) /* not ours to judge: of another user, of another kind */
        return error_set(err, "there is a socket of that name: %s", strerror(failed));
    if (unlink(address->sun_path) < 0 && errno != ENOENT)
        return error_set(err, "the socket that was left there cannot be removed: %s",
                         strerror(errno));
    return true;
}

int unix_listen(struct unix_place *place, const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat st;
    mode_t mask;
    int fd, made;

    place->path[0] = 0;
    if (strlen(path) >= sizeof(address.sun_path)) {
        error_set(err, "the path of a socket has at most %zu characters",
                  sizeof(address.sun_path) - 1);
        return -1;
    }
    strcpy(address.sun_path, path);
    if (!make_room(&address, err))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0177);
    made = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (made < 0 || lstat(path, &st) < 0 || listen(fd, 16) < 0) {
        error_set(err, "%s", strerror(errno));
        if (made >= 0)
            unlink(path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    strcpy(place->path, path);
    place->device = st.st_dev;
    place->inode = st.st_ino;
    return fd;
}

void unix_leave(struct unix_place *place)
{
    struct stat st;

    if (place->path[0] && lstat(place->path, &st) == 0 && S_ISSOCK(st.st_mode) &&
        st.st_dev == place->device && st.st_ino == place->inode)
        unlink(place->path);
    place->path[0] = 0;
}
