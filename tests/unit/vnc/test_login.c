/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The password file, the tries that an address has, and the certificate. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gnutls/x509.h>

#include "core/error.h"
#include "tests/check_main.h"
#include "vnc/certificate.h"
#include "vnc/passwords.h"
#include "vnc/tries.h"

static struct passwords p;
static struct error err;

static bool parse(const char *text)
{
    return passwords_parse(&p, text, (unsigned)strlen(text), "pw", &err);
}

/* ---- passwords ---- */

START_TEST(lines_are_passwords_comments_and_users)
{
    ck_assert(parse("# who may look\r\nfull one\r\n\nonly look\nann:se:cret\n"));
    ck_assert_uint_eq(p.count, 3);
    ck_assert(passwords_have_plain(&p) && passwords_have_users(&p));
    ck_assert_int_eq(passwords_user(&p, "x", "full one"), ACCESS_FULL);
    ck_assert_int_eq(passwords_user(&p, "x", "only look"), ACCESS_VIEW);
    ck_assert_int_eq(passwords_user(&p, "ann", "se:cret"), ACCESS_FULL);
    ck_assert_int_eq(passwords_user(&p, "x", "se:cret"), ACCESS_NONE);
    ck_assert_int_eq(passwords_user(&p, "ann", ""), ACCESS_NONE);
}
END_TEST

START_TEST(mistakes_get_one_sentence_with_the_line)
{
    char many[4096] = "";

    ck_assert(!parse("") && strstr(err.text, "no password in it"));
    ck_assert(!parse("\n#x\n") && strstr(err.text, "no password in it"));
    ck_assert(!parse("a\nb\nc\n") && strstr(err.text, "line 3"));
    ck_assert(!parse("a\n:b\n") && strstr(err.text, "line 2"));
    ck_assert(!parse("ann:\n") && strstr(err.text, "line 1"));
    memset(many, 'x', 300);
    ck_assert(!parse(many) && strstr(err.text, "line 1"));
    many[0] = 0;
    for (unsigned i = 0; i < 65; i++)
        sprintf(many + strlen(many), "u%u:x\n", i);
    ck_assert(!parse(many) && strstr(err.text, "more than 64"));
    ck_assert(!passwords_parse(&p, "a\0b\n", 4, "pw", &err));
}
END_TEST

START_TEST(a_file_that_others_can_read_is_refused)
{
    char path[] = "/tmp/bygone-pw-XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_eq(write(fd, "secret\n", 7), 7);
    close(fd);
    ck_assert_msg(passwords_read(&p, path, &err), "%s", err.text);
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert(!passwords_read(&p, path, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
    ck_assert_int_eq(chmod(path, 0604), 0);
    ck_assert(!passwords_read(&p, path, &err));
    unlink(path);
    ck_assert(!passwords_read(&p, path, &err));
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert(!passwords_read(&p, "/dev/null", &err));
}
END_TEST

START_TEST(eight_characters_count_in_vnc_authentication)
{
    /* RFB's DES with its mirrored key bytes: "password" on a challenge of zeros. */
    static const uint8_t zeros[16] = { 0 };
    uint8_t right[16] = { 0xff, 0x97, 0x50, 0x2e, 0x94, 0x22, 0xf0, 0x89,
                          0xff, 0x97, 0x50, 0x2e, 0x94, 0x22, 0xf0, 0x89 },
            wrong[16] = { 0 };

    ck_assert(parse("password and more"));
    ck_assert_int_eq(passwords_vnc(&p, zeros, right), ACCESS_FULL);
    ck_assert_int_eq(passwords_vnc(&p, zeros, wrong), ACCESS_NONE);
    ck_assert(parse("passwore"));
    ck_assert_int_eq(passwords_vnc(&p, zeros, right), ACCESS_NONE);
    ck_assert(parse("ann:password")); /* a user's is not for viewers without names */
    ck_assert_int_eq(passwords_vnc(&p, zeros, right), ACCESS_NONE);
}
END_TEST

/* ---- tries ---- */

static const uint8_t *address(unsigned n)
{
    static uint8_t bytes[16];

    memset(bytes, 0, 16);
    bytes[10] = bytes[11] = 0xff;
    bytes[12] = 10;
    bytes[14] = (uint8_t)(n >> 8);
    bytes[15] = (uint8_t)n;
    return bytes;
}

START_TEST(pauses_grow_from_the_third_failure_on)
{
    static const uint64_t pauses[] = { 0,     0,     1000,   2000,   4000,   8000,   16000,
                                       32000, 64000, 128000, 256000, 300000, 300000, 300000 };
    struct tries t = { .failed = 0 };
    uint64_t now = 1000000;

    for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        tries_failed(&t, address(1), now);
        ck_assert_uint_eq(tries_wait(&t, address(1), now), pauses[i]);
        ck_assert_uint_eq(tries_wait(&t, address(2), now), 0);
        now += pauses[i];
        ck_assert_uint_eq(tries_wait(&t, address(1), now), 0);
    }
    tries_passed(&t, address(1));
    tries_failed(&t, address(1), now);
    ck_assert_uint_eq(tries_wait(&t, address(1), now), 0);
}
END_TEST

START_TEST(a_quarter_of_an_hour_is_forgiving)
{
    struct tries t = { .failed = 0 };

    for (unsigned i = 0; i < 5; i++)
        tries_failed(&t, address(1), 1000 + i);
    tries_failed(&t, address(1), 1000 + 900100);
    ck_assert_uint_eq(tries_wait(&t, address(1), 1000 + 900100), 0);
}
END_TEST

START_TEST(all_addresses_together_have_fifty_a_minute)
{
    struct tries t = { .failed = 0 };
    uint64_t now = 500000;

    for (unsigned i = 0; i < 50; i++)
        tries_failed(&t, address(i), now + i);
    ck_assert_uint_gt(tries_wait(&t, address(1000), now + 50), 59000);
    ck_assert_uint_eq(tries_wait(&t, address(1000), now + 60001), 0);
}
END_TEST

START_TEST(more_addresses_than_places_keep_the_newest)
{
    struct tries t = { .failed = 0 };

    for (unsigned i = 0; i < 1000; i++)
        for (unsigned j = 0; j < 3; j++)
            tries_failed(&t, address(i), 100000 + 100 * i);
    ck_assert_uint_gt(tries_wait(&t, address(999), 100000 + 99900), 0);
}
END_TEST

START_TEST(one_ipv6_network_is_one_address)
{
    uint8_t a[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1 },
            b[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1 };
    struct tries t = { .failed = 0 };

    for (unsigned i = 0; i < 3; i++)
        tries_failed(&t, a, 1000);
    ck_assert_uint_gt(tries_wait(&t, b, 1000), 0);
    b[7] = 2;
    ck_assert_uint_eq(tries_wait(&t, b, 1000), 0);
}
END_TEST

/* ---- the certificate ---- */

START_TEST(a_certificate_is_made_once_and_kept)
{
    char folder[] = "/tmp/bygone-cert-XXXXXX", below[64], path[96], command[128], print[96];
    struct certificate c;
    struct stat st;
    FILE *out;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(below, sizeof(below), "%s/a/b", folder);
    snprintf(path, sizeof(path), "%s/vnc.pem", below);
    ck_assert_msg(certificate_open(&c, below, &err), "%s", err.text);
    strcpy(print, c.fingerprint);
    ck_assert_uint_eq(strlen(print), 95);
    certificate_close(&c);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert(certificate_open(&c, below, &err));
    ck_assert_str_eq(print, c.fingerprint);
    certificate_close(&c);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert(!certificate_open(&c, below, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
    out = fopen(path, "w");
    fputs("no certificate", out);
    fclose(out);
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert(!certificate_open(&c, below, &err));
    ck_assert_ptr_nonnull(strstr(err.text, path));
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("login");

    CHECK_CASE(suite, "passwords", lines_are_passwords_comments_and_users,
               mistakes_get_one_sentence_with_the_line, a_file_that_others_can_read_is_refused,
               eight_characters_count_in_vnc_authentication);
    CHECK_CASE(suite, "tries", pauses_grow_from_the_third_failure_on,
               a_quarter_of_an_hour_is_forgiving, all_addresses_together_have_fifty_a_minute,
               more_addresses_than_places_keep_the_newest, one_ipv6_network_is_one_address);
    CHECK_CASE(suite, "certificate", a_certificate_is_made_once_and_kept);
    return check_main(suite);
}
