/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that need no drive: hello, the kernel's image, the start command, texts, tables. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"
#include "core/host/dos/nls.h"

static enum dos_error hello(struct hostfs *fs, struct hostdos_call *c)
{
    struct hostdos_hello h;
    const struct codepage *page;

    memcpy(&h, c->data, sizeof(h));
    page = codepage_find(h.code_page);
    if (page) {
        pthread_mutex_lock(&fs->lock);
        fs->page = page;
        pthread_mutex_unlock(&fs->lock);
    }
    h = (struct hostdos_hello){
        .code_page = (uint16_t)fs->setup.code_page,
        .country = (uint16_t)fs->setup.country,
        .kernel_size = fs->setup.kernel_size,
        .boot_drive = (uint8_t)(fs->setup.boot_drive ? fs->setup.boot_drive - 'A' : 2),
        .text = fs->setup.text_out >= 0
    };
    for (unsigned i = 0; i < DRIVES; i++)
        if (fs->drive[i])
            h.drives[i] = fs->drive[i]->tools                ? HOSTDOS_TOOLS
                          : fs->drive[i]->roots[0].read_only ? HOSTDOS_READ_ONLY
                                                             : HOSTDOS_FOLDER;
    memcpy(c->data, &h, sizeof(h));
    c->used = sizeof(h);
    return DOS_OK;
}

static enum dos_error read_kernel(struct hostfs *fs, struct hostdos_call *c)
{
    uint32_t size = fs->setup.kernel_size, len = c->r.len < HOSTDOS_MOST ? c->r.len : HOSTDOS_MOST;

    if (c->r.pos >= size)
        len = 0;
    else if (len > size - c->r.pos)
        len = (uint32_t)(size - c->r.pos);
    if (len)
        memcpy(c->data, fs->setup.kernel + c->r.pos, len);
    c->r.result = c->used = len;
    return DOS_OK;
}

static enum dos_error startup(struct hostfs *fs, struct hostdos_call *c)
{
    char text[256] = "";

    if (fs->startup)
        codepage_from_utf8(fs->page, fs->startup, '?', text, sizeof(text));
    if (strlen(text) >= c->r.len)
        return DOS_PARAMETER;
    c->r.result = (uint32_t)strlen(text);
    c->used = c->r.result + 1;
    c->r.flags = fs->setup.ends ? 1 : 0;
    memcpy(c->data, text, c->used);
    return DOS_OK;
}

/* ---- texts ---- */

static void write_all(int fd, const char *text, size_t len)
{
    while (len) {
        struct pollfd pfd = { .fd = fd, .events = POLLOUT };
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EAGAIN)
            poll(&pfd, 1, -1);
        else if (n < 0 && errno != EINTR)
            return; /* nobody reads any more */
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
}

/* Lines end with LF alone; what a program does to its screen by control characters is left out but
 * for tabs. */
static enum dos_error text_out(struct hostfs *fs, struct hostdos_call *c)
{
    char utf8[3 * 512 + 1];
    char plain[512];
    size_t n = 0;

    for (uint32_t i = 0; fs->setup.text_out >= 0 && i < c->used; i++) {
        uint8_t b = c->data[i];

        if (b >= 32 || b == '\n' || b == '\t')
            plain[n++] = (char)b;
        if (n == sizeof(plain) || (i + 1 == c->used && n)) {
            size_t len = codepage_to_utf8(fs->page, plain, n, utf8, sizeof(utf8));

            write_all(fs->setup.text_out, utf8, len);
            n = 0;
        }
    }
    if (n)
        write_all(fs->setup.text_out, utf8,
                  codepage_to_utf8(fs->page, plain, n, utf8, sizeof(utf8)));
    c->r.result = c->used;
    c->used = 0;
    return DOS_OK;
}

static enum dos_error text_in(struct hostfs *fs, struct hostdos_call *c)
{
    struct pollfd pfd = { .fd = fs->setup.text_in, .events = POLLIN };
    uint32_t len = c->r.len < 256 ? c->r.len : 256, used = 0;
    char utf8[5];
    unsigned have = 0;

    c->used = 0;
    while (pfd.fd >= 0 && used + 2 <= len && poll(&pfd, 1, 0) > 0) {
        char out[3];
        uint32_t character;

        if (read(pfd.fd, utf8 + have, 1) != 1) {
            if (used)
                break;
            return DOS_END;
        }
        utf8[++have] = 0;
        if (!utf8_decode(utf8, &character) && have < 4)
            continue;
        codepage_from_utf8(fs->page, utf8, '?', out, sizeof(out));
        have = 0;
        if (out[0] == '\n')
            out[0] = '\r';
        for (unsigned i = 0; out[i]; i++)
            c->data[used++] = (uint8_t)out[i];
    }
    if (pfd.fd < 0)
        return DOS_END;
    c->r.result = c->used = used;
    return DOS_OK;
}

enum dos_error do_host(struct hostfs *fs, struct hostdos_call *c)
{
    switch (c->r.op) {
    case HOSTDOS_HELLO:
        return hello(fs, c);
    case HOSTDOS_STARTUP:
        return startup(fs, c);
    case HOSTDOS_READ:
        return read_kernel(fs, c);
    case HOSTDOS_TEXT_OUT:
        return text_out(fs, c);
    case HOSTDOS_TEXT_IN:
        return text_in(fs, c);
    case HOSTDOS_NLS:
        return nls_table(fs->page, c);
    default: /* END_OWNER: the drives were told */
        c->used = 0;
        return DOS_OK;
    }
}
