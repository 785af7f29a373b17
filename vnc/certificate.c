/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "core/error.h"
#include "vnc/certificate.h"

enum { RSA_BITS = 2048, YEARS = 10, FILE_MOST = 65536 };

#define YEAR_SECONDS (365.25 * 24 * 3600)

static bool failed(struct error *err, const char *path, int code)
{
    return error_set(err, "the certificate %s: %s", path, gnutls_strerror(code));
}

/* ---- files ---- */

static bool make_folders(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return false;
        *p = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Whole or not at all; an older file stays (EEXIST). */
static bool write_new(const char *path, const char *text, size_t length, mode_t mode)
{
    char fresh[PATH_MAX];
    bool ok;
    int fd;

    snprintf(fresh, sizeof(fresh), "%s.%d", path, (int)getpid());
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    ok = write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    close(fd);
    ok = ok && link(fresh, path) == 0;
    unlink(fresh);
    return ok;
}

/* NULL: err says why, or (a file that is not there) says nothing. */
static char *read_file(const char *path, unsigned *length, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = NULL;
    struct stat st;
    ssize_t n = -1;

    if (fd < 0) {
        if (errno != ENOENT)
            error_set(err, "the certificate %s: %s", path, strerror(errno));
        return NULL;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 077)) {
        text = malloc(FILE_MOST);
        n = text ? read(fd, text, FILE_MOST) : -1;
    }
    close(fd);
    if (n <= 0) {
        free(text);
        error_set(err, "the certificate %s must be a file that nobody else can read; chmod 600",
                  path);
        return NULL;
    }
    *length = (unsigned)n;
    return text;
}

/* ---- making ---- */

static int set_names(gnutls_x509_crt_t crt, const char *host)
{
    const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };
    const struct {
        gnutls_x509_subject_alt_name_t type;
        const void *data;
        unsigned length, flags;
    } names[] = {
        { GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host), GNUTLS_FSAN_SET },
        { GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_APPEND },
        { GNUTLS_SAN_IPADDRESS, v4, sizeof(v4), GNUTLS_FSAN_APPEND },
        { GNUTLS_SAN_IPADDRESS, v6, sizeof(v6), GNUTLS_FSAN_APPEND },
    };
    int result = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, host,
                                               (unsigned)strlen(host));

    for (unsigned i = 0; i < 4 && result >= 0; i++)
        result = gnutls_x509_crt_set_subject_alt_name(crt, names[i].type, names[i].data,
                                                      names[i].length, names[i].flags);
    return result;
}

/* It signs itself, so that a viewer can be told to trust exactly this one. */
static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    char host[64 + 1] = "localhost";
    uint8_t serial[16];
    time_t now = time(NULL);
    int result;

    gethostname(host, sizeof(host) - 1);
    result = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
    serial[0] &= 0x7f;
    if (result >= 0)
        result = gnutls_x509_crt_set_version(crt, 3);
    if (result >= 0)
        result = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
    if (result >= 0)
        result = gnutls_x509_crt_set_activation_time(crt, now - 24 * 3600);
    if (result >= 0)
        result = gnutls_x509_crt_set_expiration_time(crt, now + (time_t)(YEARS * YEAR_SECONDS));
    if (result >= 0)
        result = set_names(crt, host);
    if (result >= 0)
        result = gnutls_x509_crt_set_key(crt, key);
    if (result >= 0)
        result = gnutls_x509_crt_set_basic_constraints(crt, 1, 0);
    if (result >= 0)
        result = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                        GNUTLS_KEY_KEY_ENCIPHERMENT |
                                                        GNUTLS_KEY_KEY_CERT_SIGN);
    if (result >= 0)
        result = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    return result;
}

static int make(gnutls_datum_t *crt_text, gnutls_datum_t *key_text)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    int result = gnutls_x509_privkey_init(&key);

    if (result >= 0)
        result = gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, RSA_BITS, 0);
    if (result >= 0)
        result = gnutls_x509_crt_init(&crt);
    if (result >= 0)
        result = fill(crt, key);
    if (result >= 0)
        result = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, crt_text);
    if (result >= 0)
        result = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, key_text);
    if (crt)
        gnutls_x509_crt_deinit(crt);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return result;
}

/* Two that make it at the same time: the first one's is kept. */
static bool create(const char *path, const char *open_path, struct error *err)
{
    gnutls_datum_t crt = { NULL, 0 }, key = { NULL, 0 };
    int result = make(&crt, &key);
    char *both = NULL;
    int length = -1;
    bool ok = false;

    if (result >= 0)
        length = asprintf(&both, "%.*s%.*s", (int)crt.size, crt.data, (int)key.size, key.data);
    if (result < 0)
        failed(err, path, result);
    else if (length < 0 || (!write_new(path, both, (size_t)length, 0600) && errno != EEXIST))
        error_set(err, "the certificate %s cannot be written: %s", path, strerror(errno));
    else
        ok = true;
    if (ok) {
        unlink(open_path);
        write_new(open_path, (const char *)crt.data, crt.size, 0644);
    }
    free(both);
    gnutls_free(crt.data);
    gnutls_free(key.data);
    return ok;
}

/* ---- loading ---- */

static bool take_fingerprint(struct certificate *c, const gnutls_datum_t *text, const char *path,
                             struct error *err)
{
    gnutls_x509_crt_t crt;
    uint8_t hash[32];
    size_t size = sizeof(hash);
    int result = gnutls_x509_crt_init(&crt);
    time_t end = 0;

    if (result < 0)
        return failed(err, path, result);
    result = gnutls_x509_crt_import(crt, text, GNUTLS_X509_FMT_PEM);
    if (result >= 0)
        result = gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &size);
    if (result >= 0)
        end = gnutls_x509_crt_get_expiration_time(crt);
    gnutls_x509_crt_deinit(crt);
    if (result < 0)
        return failed(err, path, result);
    if (end < time(NULL))
        return error_set(err, "the certificate %s has expired; remove it and a new one is made",
                         path);
    for (unsigned i = 0; i < sizeof(hash); i++)
        snprintf(c->fingerprint + 3 * i, 4, "%02X%s", hash[i], i < 31 ? ":" : "");
    return true;
}

static bool load(struct certificate *c, const char *path, struct error *err)
{
    gnutls_datum_t text = { NULL, 0 };
    int result;
    bool ok;

    err->text[0] = 0;
    text.data = (unsigned char *)read_file(path, &text.size, err);
    if (!text.data)
        return false;
    result = gnutls_certificate_allocate_credentials(&c->credentials);
    if (result >= 0)
        result =
            gnutls_certificate_set_x509_key_mem(c->credentials, &text, &text, GNUTLS_X509_FMT_PEM);
    ok = result >= 0 ? take_fingerprint(c, &text, path, err) : failed(err, path, result);
    explicit_bzero(text.data, text.size);
    free(text.data);
    if (!ok)
        certificate_close(c);
    return ok;
}

bool certificate_open(struct certificate *c, const char *folder, struct error *err)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char dir[PATH_MAX - 64], path[PATH_MAX], open_path[PATH_MAX];
    struct error why = { { 0 } };

    *c = (struct certificate){ .credentials = NULL };
    if (folder)
        snprintf(dir, sizeof(dir), "%s", folder);
    else if (config && config[0] == '/')
        snprintf(dir, sizeof(dir), "%s/bygone", config);
    else
        snprintf(dir, sizeof(dir), "%s/.config/bygone", home ? home : "");
    snprintf(path, sizeof(path), "%s/vnc.pem", dir);
    snprintf(open_path, sizeof(open_path), "%s/vnc-cert.pem", dir);
    if (load(c, path, &why))
        return true;
    if (why.text[0])
        return error_set(err, "%s", why.text);
    if (!make_folders(dir))
        return error_set(err, "the folder %s cannot be made: %s", dir, strerror(errno));
    if (!create(path, open_path, err))
        return false;
    if (load(c, path, &why))
        return true;
    return error_set(err, "%s", why.text[0] ? why.text : "the new certificate has vanished");
}

void certificate_close(struct certificate *c)
{
    if (c->credentials)
        gnutls_certificate_free_credentials(c->credentials);
    c->credentials = NULL;
}
