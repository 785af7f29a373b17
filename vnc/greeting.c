/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <string.h>

#include "vnc/greeting.h"

enum { TYPE_INVALID = 0, TYPE_NONE = 1, TYPE_VNC = 2, TYPE_VENCRYPT = 19 };
enum { PLAIN = 256, X509_NONE = 260, X509_VNC = 261, X509_PLAIN = 262 };
enum { NAME_MOST = 255 }; /* of a user name, of a password */

static void put(struct greeting *g, const void *data, size_t n)
{
    assert(g->out_length + n <= sizeof(g->out));
    memcpy(g->out + g->out_length, data, n);
    g->out_length += n;
}

static void put8(struct greeting *g, uint8_t value)
{
    put(g, &value, 1);
}

static void put32(struct greeting *g, uint32_t value)
{
    const uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16),
                               (uint8_t)(value >> 8), (uint8_t)value };

    put(g, bytes, 4);
}

static uint32_t get32(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static void put_text(struct greeting *g, const char *text)
{
    size_t n = strlen(text);

    n = n < 200 ? n : 200;
    put32(g, (uint32_t)n);
    put(g, text, n);
}

static void expect(struct greeting *g, enum greeting_state state, size_t need)
{
    g->state = state;
    g->need = need;
}

static void broken(struct greeting *g)
{
    expect(g, GREETING_BROKEN, 0);
}

bool greeting_reads(const struct greeting *g)
{
    return g->state < GREETING_DONE && g->state != GREETING_TLS;
}

/* ---- the end ---- */

static void admit(struct greeting *g, enum access access)
{
    g->access = access;
    if (access != ACCESS_NONE) {
        put32(g, 0);
        expect(g, GREETING_DONE, 0);
        return;
    }
    put32(g, 1);
    if (g->minor >= 8)
        put_text(g, "The password is wrong.");
    expect(g, GREETING_DENIED, 0);
}

/* Without authentication only 3.8 has a SecurityResult. */
static void admit_anybody(struct greeting *g)
{
    g->access = ACCESS_FULL;
    if (g->minor >= 8)
        put32(g, 0);
    expect(g, GREETING_DONE, 0);
}

static void ask_challenge(struct greeting *g)
{
    put(g, g->challenge, sizeof(g->challenge));
    expect(g, GREETING_RESPONSE, 16);
}

/* ---- security types ---- */

static bool offers(const struct greeting *g, uint8_t type)
{
    const struct greeting_rules *r = g->rules;

    switch (type) {
    case TYPE_NONE:
        return !r->tls && !r->passwords;
    case TYPE_VNC:
        return !r->tls && r->passwords && passwords_have_plain(r->passwords);
    case TYPE_VENCRYPT:
        return r->tls || (r->passwords && passwords_have_users(r->passwords));
    default:
        return false;
    }
}

static unsigned subtypes(const struct greeting *g, uint32_t list[3])
{
    const struct passwords *p = g->rules->passwords;
    unsigned n = 0;

    if (!g->rules->tls) {
        list[n++] = PLAIN;
    } else if (!p) {
        list[n++] = X509_NONE;
    } else {
        /* Viewers take the first that they can: without users nobody need invent one. */
        if (passwords_have_users(p))
            list[n++] = X509_PLAIN;
        if (passwords_have_plain(p))
            list[n++] = X509_VNC;
        if (!passwords_have_users(p))
            list[n++] = X509_PLAIN;
    }
    return n;
}

static void refuse(struct greeting *g, const char *why)
{
    if (g->minor >= 7)
        put8(g, 0);
    else
        put32(g, TYPE_INVALID);
    put_text(g, why);
    broken(g);
}

static void offer(struct greeting *g)
{
    static const uint8_t order[] = { TYPE_VENCRYPT, TYPE_VNC, TYPE_NONE };
    uint8_t list[3];
    uint8_t n = 0;

    for (unsigned i = 0; i < sizeof(order); i++)
        if (offers(g, order[i]))
            list[n++] = order[i];
    if (g->rules->refusal) {
        refuse(g, g->rules->refusal);
    } else if (g->minor >= 7) {
        put8(g, n);
        put(g, list, n);
        expect(g, GREETING_TYPE, 1);
    } else if (offers(g, TYPE_VNC)) { /* 3.3: the server decides */
        put32(g, TYPE_VNC);
        ask_challenge(g);
    } else if (offers(g, TYPE_NONE)) {
        put32(g, TYPE_NONE);
        admit_anybody(g);
    } else {
        refuse(g, "This server needs a viewer that speaks RFB 3.8 and TLS (VeNCrypt).");
    }
}

/* "RFB 003.008\n".  Odd numbers are 3.3, as the RFC says; above 8 are those of Apple. */
static void version(struct greeting *g, const uint8_t *data)
{
    unsigned number = 0;

    if (memcmp(data, "RFB 003.", 8) || data[11] != '\n') {
        broken(g);
        return;
    }
    for (unsigned i = 8; i < 11; i++) {
        if (data[i] < '0' || data[i] > '9') {
            broken(g);
            return;
        }
        number = number * 10 + data[i] - '0';
    }
    g->minor = number >= 8 ? 8 : number == 7 ? 7 : 3;
    offer(g);
}

static void security_type(struct greeting *g, uint8_t type)
{
    if (!offers(g, type)) {
        broken(g);
    } else if (type == TYPE_NONE) {
        admit_anybody(g);
    } else if (type == TYPE_VNC) {
        ask_challenge(g);
    } else {
        put8(g, 0);
        put8(g, 2);
        expect(g, GREETING_VENCRYPT, 2);
    }
}

/* ---- VeNCrypt ---- */

static void vencrypt_version(struct greeting *g, const uint8_t *data)
{
    uint32_t list[3];
    unsigned n = subtypes(g, list);

    if (data[0] != 0 || data[1] != 2) {
        put8(g, 0xff);
        broken(g);
        return;
    }
    put8(g, 0);
    put8(g, (uint8_t)n);
    for (unsigned i = 0; i < n; i++)
        put32(g, list[i]);
    expect(g, GREETING_SUBTYPE, 4);
}

static void subtype(struct greeting *g, uint32_t wish)
{
    uint32_t list[3];
    unsigned n = subtypes(g, list);
    bool found = false;

    for (unsigned i = 0; i < n; i++)
        found = found || list[i] == wish;
    g->subtype = wish;
    if (!found) {
        if (g->rules->tls)
            put8(g, 0);
        broken(g);
    } else if (g->rules->tls) {
        put8(g, 1);
        expect(g, GREETING_TLS, 0);
    } else {
        expect(g, GREETING_LENGTHS, 8);
    }
}

void greeting_secured(struct greeting *g)
{
    assert(g->state == GREETING_TLS);
    if (g->subtype == X509_NONE)
        admit_anybody(g);
    else if (g->subtype == X509_VNC)
        ask_challenge(g);
    else
        expect(g, GREETING_LENGTHS, 8);
}

static void lengths(struct greeting *g, const uint8_t *data)
{
    g->user_length = get32(data);
    g->secret_length = get32(data + 4);
    if (g->user_length > NAME_MOST || g->secret_length > NAME_MOST)
        broken(g);
    else if (g->user_length + g->secret_length == 0)
        admit(g, ACCESS_NONE);
    else
        expect(g, GREETING_PLAIN, g->user_length + g->secret_length);
}

static void plain(struct greeting *g, const uint8_t *data)
{
    char user[NAME_MOST + 1] = { 0 }, secret[NAME_MOST + 1] = { 0 };

    memcpy(user, data, g->user_length);
    memcpy(secret, data + g->user_length, g->secret_length);
    admit(g, passwords_user(g->rules->passwords, user, secret));
    explicit_bzero(secret, sizeof(secret));
}

/* ---- the whole ---- */

void greeting_start(struct greeting *g, const struct greeting_rules *rules,
                    const uint8_t challenge[16])
{
    *g = (struct greeting){ .rules = rules };
    memcpy(g->challenge, challenge, sizeof(g->challenge));
    put(g, "RFB 003.008\n", 12);
    expect(g, GREETING_VERSION, 12);
}

void greeting_feed(struct greeting *g, const uint8_t *data)
{
    switch (g->state) {
    case GREETING_VERSION:
        version(g, data);
        break;
    case GREETING_TYPE:
        security_type(g, data[0]);
        break;
    case GREETING_VENCRYPT:
        vencrypt_version(g, data);
        break;
    case GREETING_SUBTYPE:
        subtype(g, get32(data));
        break;
    case GREETING_RESPONSE:
        admit(g, passwords_vnc(g->rules->passwords, g->challenge, data));
        break;
    case GREETING_LENGTHS:
        lengths(g, data);
        break;
    case GREETING_PLAIN:
        plain(g, data);
        break;
    default:
        broken(g);
        break;
    }
}
