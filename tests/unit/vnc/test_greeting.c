/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFB's first messages, by RFC 6143 section 7.1 and rfbproto.rst on VeNCrypt. */
#include <stdlib.h>
#include <string.h>

#include <rfb/rfb.h>

#include "core/error.h"
#include "tests/check_main.h"
#include "vnc/greeting.h"

static const uint8_t challenge[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
static struct passwords bare, users, both;
static struct greeting g;

static void setup(void)
{
    struct error err;

    if (!passwords_parse(&bare, "secret99\nlook\n", 14, "bare", &err) ||
        !passwords_parse(&users, "ann:a:b\nbob:c\n", 14, "users", &err) ||
        !passwords_parse(&both, "secret99\nann:x\n", 15, "both", &err))
        abort();
}

static void start(bool tls, const struct passwords *passwords, const char *refusal)
{
    static struct greeting_rules rules;

    rules = (struct greeting_rules){ tls, passwords, refusal };
    greeting_start(&g, &rules, challenge);
    ck_assert_uint_eq(g.out_length, 12);
    ck_assert_mem_eq(g.out, "RFB 003.008\n", 12);
    g.out_length = 0;
}

static void feed(const void *data, size_t length)
{
    ck_assert(greeting_reads(&g));
    ck_assert_uint_eq(g.need, length);
    greeting_feed(&g, data);
}

/* What came out since the last look. */
static void wants(const void *data, size_t length)
{
    ck_assert_uint_eq(g.out_length, length);
    ck_assert_mem_eq(g.out, data, length);
    g.out_length = 0;
}

static void answer(const char *password)
{
    uint8_t response[16];
    char copy[32];

    memcpy(response, challenge, 16);
    strcpy(copy, password);
    rfbEncryptBytes(response, copy);
    feed(response, 16);
}

/* The viewer's way through VeNCrypt to TLS or to the names. */
static void vencrypt(const char *list, size_t length, uint32_t wish)
{
    const uint8_t choice[4] = { 0, 0, (uint8_t)(wish >> 8), (uint8_t)wish };

    feed("RFB 003.008\n", 12);
    ck_assert_uint_ge(g.out_length, 2);
    ck_assert_uint_eq(g.out[1], 19);
    g.out_length = 0;
    feed("\23", 1);
    wants("\0\2", 2);
    feed("\0\2", 2);
    wants(list, length);
    feed(choice, 4);
}

START_TEST(without_a_password_3_8_gets_none_and_a_result)
{
    start(false, NULL, NULL);
    feed("RFB 003.008\n", 12);
    wants("\1\1", 2);
    feed("\1", 1);
    wants("\0\0\0\0", 4);
    ck_assert_int_eq(g.state, GREETING_DONE);
    ck_assert_int_eq(g.access, ACCESS_FULL);
}
END_TEST

START_TEST(older_versions_have_no_result_for_none)
{
    start(false, NULL, NULL);
    feed("RFB 003.007\n", 12);
    wants("\1\1", 2);
    feed("\1", 1);
    wants("", 0);
    ck_assert_int_eq(g.state, GREETING_DONE);
    start(false, NULL, NULL);
    feed("RFB 003.003\n", 12);
    wants("\0\0\0\1", 4);
    ck_assert_int_eq(g.state, GREETING_DONE);
}
END_TEST

START_TEST(odd_versions_are_3_3_and_apples_is_3_8)
{
    start(false, NULL, NULL);
    feed("RFB 003.005\n", 12);
    wants("\0\0\0\1", 4);
    start(false, NULL, NULL);
    feed("RFB 003.889\n", 12);
    wants("\1\1", 2);
}
END_TEST

START_TEST(the_first_password_opens_and_the_second_only_looks)
{
    static const char *const said[] = { "secret99", "look", "secret98", "" };
    static const enum access access[] = { ACCESS_FULL, ACCESS_VIEW, ACCESS_NONE, ACCESS_NONE };

    for (unsigned i = 0; i < 4; i++) {
        start(false, &bare, NULL);
        feed("RFB 003.008\n", 12);
        wants("\1\2", 2);
        feed("\2", 1);
        wants(challenge, 16);
        answer(said[i]);
        ck_assert_int_eq(g.access, access[i]);
        ck_assert_int_eq(g.state, access[i] ? GREETING_DONE : GREETING_DENIED);
        ck_assert_uint_eq(g.out[3], !access[i]);
        ck_assert_uint_eq(g.out_length > 8, !access[i]); /* 3.8 says why */
    }
}
END_TEST

START_TEST(version_3_3_is_asked_for_the_password_at_once)
{
    start(false, &bare, NULL);
    feed("RFB 003.003\n", 12);
    ck_assert_uint_eq(g.out_length, 20);
    ck_assert_uint_eq(g.out[3], 2);
    g.out_length = 0;
    answer("wrong");
    wants("\0\0\0\1", 4); /* and no reason */
    ck_assert_int_eq(g.state, GREETING_DENIED);
}
END_TEST

START_TEST(where_tls_is_needed_nothing_else_is_offered)
{
    static const char *const plain[] = { "\0", "\1", "\2", "\20" };

    for (unsigned i = 0; i < 4; i++) {
        start(true, i & 1 ? &bare : NULL, NULL);
        feed("RFB 003.008\n", 12);
        wants("\1\23", 2);
        feed(plain[i], 1);
        ck_assert_int_eq(g.state, GREETING_BROKEN);
        ck_assert_int_eq(g.access, ACCESS_NONE);
    }
    start(true, &bare, NULL);
    feed("RFB 003.003\n", 12);
    ck_assert_int_eq(g.state, GREETING_BROKEN);
    ck_assert_mem_eq(g.out, "\0\0\0\0", 4);
    ck_assert_uint_gt(g.out_length, 8);
}
END_TEST

START_TEST(x509none_is_open_after_tls)
{
    start(true, NULL, NULL);
    vencrypt("\0\1\0\0\1\4", 6, 260);
    wants("\1", 1);
    ck_assert_int_eq(g.state, GREETING_TLS);
    ck_assert(!greeting_reads(&g));
    greeting_secured(&g);
    wants("\0\0\0\0", 4);
    ck_assert_int_eq(g.state, GREETING_DONE);
}
END_TEST

START_TEST(x509vnc_challenges_inside_tls)
{
    start(true, &bare, NULL);
    vencrypt("\0\2\0\0\1\5\0\0\1\6", 10, 261);
    wants("\1", 1);
    greeting_secured(&g);
    wants(challenge, 16);
    answer("look");
    wants("\0\0\0\0", 4);
    ck_assert_int_eq(g.access, ACCESS_VIEW);
}
END_TEST

static void plain(const char *user, const char *secret)
{
    uint8_t lengths[8] = { 0 };
    char text[64];

    lengths[3] = (uint8_t)strlen(user);
    lengths[7] = (uint8_t)strlen(secret);
    feed(lengths, 8);
    strcpy(text, user);
    strcat(text, secret);
    if (text[0])
        feed(text, strlen(text));
}

START_TEST(x509plain_takes_user_and_password)
{
    static const struct {
        const char *user, *secret;
        enum access access;
    } tries[] = {
        { "ann", "a:b", ACCESS_FULL },  { "bob", "c", ACCESS_FULL },
        { "bob", "a:b", ACCESS_NONE },  { "Ann", "a:b", ACCESS_NONE },
        { "ann", "a:bb", ACCESS_NONE }, { "ann", "", ACCESS_NONE },
        { "", "a:b", ACCESS_NONE },     { "", "", ACCESS_NONE },
    };

    for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        start(true, &users, NULL);
        vencrypt("\0\1\0\0\1\6", 6, 262);
        wants("\1", 1);
        greeting_secured(&g);
        plain(tries[i].user, tries[i].secret);
        ck_assert_msg(g.access == tries[i].access, "case %u", i);
        ck_assert_int_eq(g.state, tries[i].access ? GREETING_DONE : GREETING_DENIED);
    }
}
END_TEST

START_TEST(a_password_without_user_does_for_any_name)
{
    start(true, &both, NULL);
    vencrypt("\0\2\0\0\1\6\0\0\1\5", 10, 262);
    g.out_length = 0;
    greeting_secured(&g);
    plain("whoever", "secret99");
    ck_assert_int_eq(g.access, ACCESS_FULL);
}
END_TEST

START_TEST(plain_is_offered_where_the_channel_is_secure_already)
{
    start(false, &users, NULL);
    vencrypt("\0\1\0\0\1\0", 6, 256);
    wants("", 0); /* no TLS, so no word about it */
    plain("bob", "c");
    wants("\0\0\0\0", 4);
    ck_assert_int_eq(g.access, ACCESS_FULL);
}
END_TEST

START_TEST(a_subtype_that_is_not_offered_ends_it)
{
    static const uint32_t wishes[] = { 0, 256, 257, 258, 259, 260, 263, 0x104 };

    for (unsigned i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        start(true, &bare, NULL);
        vencrypt("\0\2\0\0\1\5\0\0\1\6", 10, wishes[i]);
        ck_assert_int_eq(g.state, GREETING_BROKEN);
        wants("\0", 1);
    }
}
END_TEST

START_TEST(vencrypt_0_1_is_refused)
{
    start(true, NULL, NULL);
    feed("RFB 003.008\n", 12);
    g.out_length = 0;
    feed("\23", 1);
    g.out_length = 0;
    feed("\0\1", 2);
    wants("\xff", 1);
    ck_assert_int_eq(g.state, GREETING_BROKEN);
}
END_TEST

START_TEST(long_names_end_it)
{
    static const uint8_t lengths[][8] = { { 0, 0, 1, 0, 0, 0, 0, 1 },
                                          { 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff },
                                          { 0x80, 0, 0, 0, 0x80, 0, 0, 0 } };

    for (unsigned i = 0; i < 3; i++) {
        start(true, &users, NULL);
        vencrypt("\0\1\0\0\1\6", 6, 262);
        greeting_secured(&g);
        feed(lengths[i], 8);
        ck_assert_int_eq(g.state, GREETING_BROKEN);
        ck_assert_int_eq(g.access, ACCESS_NONE);
    }
}
END_TEST

START_TEST(a_refusal_is_said_in_every_version)
{
    static const char *const versions[] = { "RFB 003.003\n", "RFB 003.007\n", "RFB 003.008\n" };
    static const unsigned heads[] = { 4, 1, 1 };

    for (unsigned i = 0; i < 3; i++) {
        start(false, NULL, "No.");
        feed(versions[i], 12);
        ck_assert_int_eq(g.state, GREETING_BROKEN);
        ck_assert_uint_eq(g.out_length, heads[i] + 4 + 3);
        ck_assert_mem_eq(g.out + heads[i] + 4, "No.", 3);
    }
}
END_TEST

START_TEST(what_is_no_version_ends_it)
{
    static const char *const bad[] = { "GET / HTTP/1", "RFB 004.001\n", "RFB 003.00x\n",
                                       "RFB 003.008 ", "\26\3\1\2\0\1\0\1\374\3\3\1" };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(false, NULL, NULL);
        feed(bad[i], 12);
        ck_assert_int_eq(g.state, GREETING_BROKEN);
        wants("", 0);
    }
}
END_TEST

/* Whatever comes: no access without the password, and it ends. */
START_TEST(random_bytes_let_nobody_in)
{
    static const struct passwords *const lists[] = { &bare, &users, &both };

    srand(7);
    for (unsigned i = 0; i < 30000; i++) {
        unsigned turns = 0;

        start(i & 1, lists[i % 3], NULL);
        while (greeting_reads(&g) || g.state == GREETING_TLS) {
            uint8_t data[GREETING_MOST];

            ck_assert_uint_lt(++turns, 20);
            g.out_length = 0;
            if (g.state == GREETING_TLS) {
                greeting_secured(&g);
                continue;
            }
            ck_assert_uint_le(g.need, sizeof(data));
            for (unsigned j = 0; j < g.need; j++)
                data[j] = (uint8_t)rand();
            if (g.state == GREETING_VERSION && rand() % 8)
                memcpy(data, "RFB 003.008\n", 12);
            if (g.state == GREETING_TYPE && rand() % 4)
                data[0] = rand() & 1 ? 19 : 2;
            if (g.state == GREETING_VENCRYPT && rand() % 4)
                memcpy(data, "\0\2", 2);
            if (g.state == GREETING_SUBTYPE && rand() % 4)
                memcpy(data, "\0\0\1", 3);
            if (g.state == GREETING_LENGTHS && rand() % 4)
                memcpy(data, "\0\0\0\7\0\0\0\11", 8);
            greeting_feed(&g, data);
        }
        ck_assert_int_ne(g.state, GREETING_DONE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("greeting");

    setup();
    CHECK_CASE(suite, "plain", without_a_password_3_8_gets_none_and_a_result,
               older_versions_have_no_result_for_none, odd_versions_are_3_3_and_apples_is_3_8,
               the_first_password_opens_and_the_second_only_looks,
               version_3_3_is_asked_for_the_password_at_once);
    CHECK_CASE(suite, "VeNCrypt", where_tls_is_needed_nothing_else_is_offered,
               x509none_is_open_after_tls, x509vnc_challenges_inside_tls,
               x509plain_takes_user_and_password, a_password_without_user_does_for_any_name,
               plain_is_offered_where_the_channel_is_secure_already,
               a_subtype_that_is_not_offered_ends_it, vencrypt_0_1_is_refused, long_names_end_it);
    CHECK_CASE(suite, "hostile", a_refusal_is_said_in_every_version, what_is_no_version_ends_it,
               random_bytes_let_nobody_in);
    return check_main(suite);
}
