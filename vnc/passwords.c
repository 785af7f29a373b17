/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The password file, and comparing what a viewer sends with it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rfb/rfb.h>

#include "core/error.h"
#include "vnc/passwords.h"

#define FILE_MOST 16384

static bool add(struct passwords *p, char *line, unsigned number, const char *name,
                struct error *err)
{
    struct password *entry = &p->list[p->count];
    char *secret = strchr(line, ':');
    unsigned plain = 0;

    for (unsigned i = 0; i < p->count; i++)
        plain += !p->list[i].user[0];
    if (p->count == sizeof(p->list) / sizeof(p->list[0]))
        return error_set(err, "%s: more than %u passwords", name, p->count);
    *entry = (struct password){ .access = ACCESS_FULL };
    if (secret) {
        *secret++ = 0;
        if (!line[0] || strlen(line) >= sizeof(entry->user))
            return error_set(err, "%s, line %u: a user name has 1 to %zu characters", name, number,
                             sizeof(entry->user) - 1);
        strcpy(entry->user, line);
    } else {
        secret = line;
        if (plain == 2)
            return error_set(err,
                             "%s, line %u: there are at most two passwords without a user, the "
                             "second only looks; write user:password",
                             name, number);
        if (plain == 1)
            entry->access = ACCESS_VIEW;
    }
    if (!secret[0] || strlen(secret) >= sizeof(entry->secret))
        return error_set(err, "%s, line %u: a password has 1 to %zu characters", name, number,
                         sizeof(entry->secret) - 1);
    strcpy(entry->secret, secret);
    p->count++;
    return true;
}

bool passwords_parse(struct passwords *p, const char *text, unsigned length, const char *name,
                     struct error *err)
{
    unsigned at = 0, number = 0;

    *p = (struct passwords){ .count = 0 };
    while (at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        unsigned n = end ? (unsigned)(end - (text + at)) : length - at;
        char line[256];

        number++;
        if (n >= sizeof(line) || memchr(text + at, 0, n))
            return error_set(err, "%s, line %u: this is no password", name, number);
        memcpy(line, text + at, n);
        line[n] = 0;
        if (n && line[n - 1] == '\r')
            line[n - 1] = 0;
        at += n + 1;
        if (line[0] && line[0] != '#' && !add(p, line, number, name, err))
            return false;
    }
    return p->count || error_set(err, "%s: there is no password in it", name);
}

bool passwords_read(struct passwords *p, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char text[FILE_MOST + 1];
    struct stat st;
    ssize_t n;
    bool ok;

    if (fd < 0 || fstat(fd, &st) < 0) {
        error_set(err, "the password file %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (!S_ISREG(st.st_mode) || st.st_mode & 077 || (st.st_uid != getuid() && st.st_uid != 0)) {
        close(fd);
        return error_set(err,
                         "the password file %s must be a file of your own that nobody else can "
                         "read; chmod 600 makes it so",
                         path);
    }
    n = read(fd, text, sizeof(text));
    close(fd);
    if (n < 0 || n > FILE_MOST)
        return error_set(err, "the password file %s is longer than %d bytes", path, FILE_MOST);
    ok = passwords_parse(p, text, (unsigned)n, path, err);
    explicit_bzero(text, sizeof(text));
    return ok;
}

bool passwords_have_plain(const struct passwords *p)
{
    for (unsigned i = 0; i < p->count; i++)
        if (!p->list[i].user[0])
            return true;
    return false;
}

bool passwords_have_users(const struct passwords *p)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].user[0])
            return true;
    return false;
}

/* The time it takes does not tell how much is right. */
static bool same(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < n; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}

enum access passwords_vnc(const struct passwords *p, const uint8_t challenge[16],
                          const uint8_t response[16])
{
    enum access access = ACCESS_NONE;

    for (unsigned i = p->count; i-- > 0;) {
        uint8_t wanted[16];
        char secret[sizeof(p->list[i].secret)];

        if (p->list[i].user[0])
            continue;
        memcpy(wanted, challenge, sizeof(wanted));
        memcpy(secret, p->list[i].secret, sizeof(secret));
        rfbEncryptBytes(wanted, secret);
        explicit_bzero(secret, sizeof(secret));
        if (same(wanted, response, sizeof(wanted)))
            access = p->list[i].access;
    }
    return access;
}

enum access passwords_user(const struct passwords *p, const char *user, const char *secret)
{
    enum access access = ACCESS_NONE;
    char given[sizeof(p->list[0].secret)] = { 0 };
    size_t length = strlen(secret);

    if (length >= sizeof(given))
        return ACCESS_NONE;
    memcpy(given, secret, length);
    for (unsigned i = p->count; i-- > 0;)
        if ((!p->list[i].user[0] || !strcmp(p->list[i].user, user)) &&
            same(p->list[i].secret, given, sizeof(given)))
            access = p->list[i].access;
    explicit_bzero(given, sizeof(given));
    return access;
}
