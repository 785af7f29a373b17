/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bygone-vnc: shows a running machine to viewers that speak RFB (VNC).  `bygone vnc` starts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/error.h"
#include "vnc/certificate.h"
#include "vnc/server.h"

#define PAGES "/usr/share/novnc"

enum { CODE_OK = 0, CODE_FAILED = 1, CODE_WRONG = 2 };

static struct {
    struct server_setup server;
    const char *password_file, *info, *certificates;
    bool tls;
    int ready_fd;
    int info_fd;
    char host[64];
} vnc = { .server = { .address = "localhost", .port = -1, .name = "the machine" },
          .ready_fd = -1,
          .info_fd = -1 };

static int fail(int code, const char *text)
{
    if (vnc.ready_fd >= 0)
        dprintf(vnc.ready_fd, "error: %s.\n", text);
    else
        fprintf(stderr, "bygone-vnc: %s.\n", text);
    return code;
}

/* ---- options ---- */

static void usage(FILE *to)
{
    fputs("Usage: bygone-vnc --console SOCKET [OPTION]...\n\n"
          "Shows a running machine to VNC viewers; `bygone vnc MACHINE` starts it.\n\n"
          "  --console SOCKET       the machine's console\n"
          "  --control SOCKET       its control socket, which is told who looks\n"
          "  --name NAME            of the machine, for messages\n"
          "  --listen ADDRESS       localhost unless said otherwise\n"
          "  --port N               the first free from 5900 unless said otherwise; 0: none\n"
          "  --unix PATH            a Unix socket too\n"
          "  --web PORT             noVNC: pages and WebSocket\n"
          "  --pages FOLDER         of noVNC (" PAGES ")\n"
          "  --password-file FILE   who may look\n"
          "  --tls                  encrypt\n"
          "  --certificates FOLDER  where the certificate is kept ($XDG_CONFIG_HOME/bygone)\n"
          "  --clipboard            Ctrl+Alt+V types the viewer's clipboard\n"
          "  --info FILE            written when ready, locked while running\n"
          "  --ready-fd N           say \"ready\", or what is wrong, there\n",
          to);
}

static bool port_of(const char *text, int least, int *port, struct error *err)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (!*text || *end || n < least || n > 65535)
        return error_set(err, "port \"%.40s\" is no number from %d to 65535", text, least);
    *port = (int)n;
    return true;
}

static bool take_option(int option, const char *value, struct error *err)
{
    struct server_setup *s = &vnc.server;

    switch (option) {
    case 'c':
        s->viewer.console = value;
        return true;
    case 'o':
        s->control = value;
        return true;
    case 'n':
        s->name = value;
        return true;
    case 'l':
        s->address = value;
        return true;
    case 'p':
        return port_of(value, 0, &s->port, err);
    case 'u':
        s->unix_path = value;
        return true;
    case 'w':
        return port_of(value, 1, &s->web, err);
    case 'g':
        s->viewer.pages = value;
        return true;
    case 'f':
        vnc.password_file = value;
        return true;
    case 't':
        vnc.tls = true;
        return true;
    case 'd':
        vnc.certificates = value;
        return true;
    case 'b':
        s->viewer.clipboard = true;
        return true;
    case 'i':
        vnc.info = value;
        return true;
    case 'r':
        vnc.ready_fd = atoi(value);
        return true;
    default:
        return false;
    }
}

/* -1: go on, else the exit code. */
static int take_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "console", required_argument, NULL, 'c' },
        { "control", required_argument, NULL, 'o' },
        { "name", required_argument, NULL, 'n' },
        { "listen", required_argument, NULL, 'l' },
        { "port", required_argument, NULL, 'p' },
        { "unix", required_argument, NULL, 'u' },
        { "web", required_argument, NULL, 'w' },
        { "pages", required_argument, NULL, 'g' },
        { "password-file", required_argument, NULL, 'f' },
        { "tls", no_argument, NULL, 't' },
        { "certificates", required_argument, NULL, 'd' },
        { "clipboard", no_argument, NULL, 'b' },
        { "info", required_argument, NULL, 'i' },
        { "ready-fd", required_argument, NULL, 'r' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct error err = { { 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == 'h') {
            usage(stdout);
            return CODE_OK;
        }
        if (!take_option(option, optarg, &err)) {
            if (!err.text[0])
                error_set(&err, "see bygone-vnc --help");
            return fail(CODE_WRONG, err.text);
        }
    }
    if (optind < argc || !vnc.server.viewer.console) {
        usage(stderr);
        return CODE_WRONG;
    }
    return -1;
}

/* ---- the start ---- */

/* Nothing beyond this host without both. */
static bool check_reach(struct error *err)
{
    bool loopback;

    if (!server_is_loopback(vnc.server.address, &loopback, err))
        return false;
    if (!loopback && (!vnc.password_file || !vnc.tls))
        return error_set(err,
                         "VNC at %s could be reached from other computers, which needs a password "
                         "file and TLS: %s%s%s",
                         vnc.server.address, vnc.password_file ? "" : "--password-file FILE",
                         vnc.password_file || vnc.tls ? "" : " and ", vnc.tls ? "" : "--tls");
    return true;
}

/* The lock says who runs (F_GETLK gives the process), the text where to connect. */
static bool take_info(struct error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    if (!vnc.info)
        return true;
    vnc.info_fd = open(vnc.info, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (vnc.info_fd < 0)
        return error_set(err, "%s: %s", vnc.info, strerror(errno));
    if (fcntl(vnc.info_fd, F_SETLK, &lock) < 0)
        return error_set(err, "%s is shown by VNC already", vnc.server.name);
    return true;
}

static void write_info(const struct certificate *certificate)
{
    const struct server_setup *s = &vnc.server;

    if (vnc.info_fd < 0 || ftruncate(vnc.info_fd, 0) < 0)
        return;
    dprintf(vnc.info_fd, "[Vnc]\nListen=%s\nPort=%d\nWeb=%d\nTls=%s\nPassword=%s\n", s->address,
            s->port, s->web, vnc.tls ? "true" : "false", vnc.password_file ? "true" : "false");
    if (s->unix_path)
        dprintf(vnc.info_fd, "Unix=%s\n", s->unix_path);
    if (vnc.tls)
        dprintf(vnc.info_fd, "Fingerprint=%s\n", certificate->fingerprint);
}

static void drop_info(void)
{
    const char *end;
    char folder[512];

    if (vnc.info_fd < 0)
        return;
    unlink(vnc.info);
    close(vnc.info_fd);
    /* The machine may have left its folder to us. */
    end = strrchr(vnc.info, '/');
    if (end && (size_t)snprintf(folder, sizeof(folder), "%.*s", (int)(end - vnc.info), vnc.info) <
                   sizeof(folder))
        rmdir(folder);
}

static int serve(struct certificate *certificate)
{
    struct error err = { { 0 } };
    struct server *server = server_new(&vnc.server, &err);
    int gone;

    if (!server)
        return fail(CODE_FAILED, err.text);
    write_info(certificate);
    if (vnc.ready_fd >= 0) {
        dprintf(vnc.ready_fd, "ready\n");
        close(vnc.ready_fd);
        vnc.ready_fd = -1;
    }
    gone = server_run(server);
    server_free(server);
    if (gone)
        fprintf(stderr, "bygone-vnc: %s has ended, and with it its VNC server.\n", vnc.server.name);
    return CODE_OK;
}

int main(int argc, char **argv)
{
    static struct passwords passwords;
    struct certificate certificate = { .credentials = NULL };
    struct error err = { { 0 } };
    int code;

    vnc.server.viewer.pages = access(PAGES, R_OK) == 0 ? PAGES : NULL;
    code = take_options(argc, argv);
    if (code >= 0)
        return code;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    gethostname(vnc.host, sizeof(vnc.host) - 1);
    vnc.server.viewer.names[0] = vnc.host;
    if (!check_reach(&err))
        return fail(CODE_WRONG, err.text);
    if (vnc.password_file && !passwords_read(&passwords, vnc.password_file, &err))
        return fail(CODE_WRONG, err.text);
    if (vnc.password_file) {
        /* libvncserver's cipher is made ready here, where it may still open files. */
        uint8_t nothing[16] = { 0 };

        passwords_vnc(&passwords, nothing, nothing);
        vnc.server.viewer.passwords = &passwords;
    }
    if (vnc.tls && !certificate_open(&certificate, vnc.certificates, &err))
        return fail(CODE_FAILED, err.text);
    vnc.server.viewer.credentials = certificate.credentials;
    code = take_info(&err) ? serve(&certificate) : fail(CODE_FAILED, err.text);
    drop_info();
    certificate_close(&certificate);
    return code;
}
