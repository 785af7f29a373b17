/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Country and code page: INT 21h/38h, 63h, 65h, 66h; INT 2Fh/14h.  The tables come from the
 * machine. */
#include "dos.h"

enum { COUNTRY_SIZE = 34, CASE_MAP = 18, US = 1, PAGE_US = 437 };

/* Tables as INT 21h/65h hands them out: a length word, then the data. */
static struct {
    uint16_t length;
    uint8_t bytes[128];
} PACKED upper_words = { 128, { 0 } }, file_upper_words = { 128, { 0 } };
static struct {
    uint16_t length;
    uint8_t bytes[256];
} PACKED collate_words = { 256, { 0 } };
static struct {
    uint16_t length;
    uint8_t bytes[16];
} PACKED lead_words;
static struct {
    uint16_t length;
    uint8_t bytes[22];
} PACKED char_words = { 22, { 1,    0,   0xff, 0,   0,   0x20, 2,   14,  '.', '"', '/',
                              '\\', '[', ']',  ':', '|', '<',  '>', '+', '=', ';', ',' } };
static char yes_no[4] = { 'Y', 0, 'N', 0 };
static uint8_t country_info[COUNTRY_SIZE] = { 0, 0,   '$', 0, 0, 0, 0, ',', 0, '.', 0,   '-',
                                              0, ':', 0,   0, 2, 0, 0, 0,   0, 0,   ',', 0 };

uint16_t code_page = PAGE_US, country_code = US;
static uint16_t system_page = PAGE_US;

uint8_t *const upper_bytes = upper_words.bytes;

/* low.asm's case map routine and upper() read these. */
extern uint8_t upper_table[128], file_upper_table[128];
uint8_t upper_table[128], file_upper_table[128];

/* Loads everything for a country and a code page; false: the machine does not have them. */
bool nls_load(uint16_t page, uint16_t country)
{
    uint8_t info[COUNTRY_SIZE];
    unsigned n;

    if (!host_nls(HOSTDOS_NLS_COUNTRY, page, country, info, sizeof(info)) ||
        !host_nls(HOSTDOS_NLS_UPPER, page, country, upper_words.bytes, 128))
        return false;
    memcpy(country_info, info, sizeof(info));
    country_info[CASE_MAP] = (uint8_t)(uintptr_t)case_map;
    country_info[CASE_MAP + 1] = (uint8_t)((uintptr_t)case_map >> 8);
    country_info[CASE_MAP + 2] = KSEG & 0xff;
    country_info[CASE_MAP + 3] = KSEG >> 8;
    if (!host_nls(HOSTDOS_NLS_FILE_UPPER, page, country, file_upper_words.bytes, 128))
        memcpy(file_upper_words.bytes, upper_words.bytes, 128);
    n = host_nls(HOSTDOS_NLS_FILE_CHARS, page, country, char_words.bytes, sizeof(char_words.bytes));
    if (n)
        char_words.length = (uint16_t)n;
    host_nls(HOSTDOS_NLS_COLLATE, page, country, collate_words.bytes, 256);
    n = host_nls(HOSTDOS_NLS_LEAD_BYTES, page, country, lead_words.bytes, sizeof(lead_words.bytes));
    lead_words.length = n > 2 ? (uint16_t)(n - 2) : 0;
    host_nls(HOSTDOS_NLS_YES_NO, page, country, yes_no, sizeof(yes_no));
    memcpy(upper_table, upper_words.bytes, 128);
    memcpy(file_upper_table, file_upper_words.bytes, 128);
    code_page = page;
    country_code = country;
    return true;
}

/* Before the machine was asked: what holds without it. */
void nls_init(void)
{
    for (unsigned i = 0; i < 128; i++)
        upper_words.bytes[i] = file_upper_words.bytes[i] = upper_table[i] = file_upper_table[i] =
            (uint8_t)(0x80 + i);
    for (unsigned i = 0; i < 256; i++)
        collate_words.bytes[i] = (uint8_t)(i >= 'a' && i <= 'z' ? i - 0x20 : i);
}

unsigned sys_country(void)
{
    uint16_t country = R->al == 0xff ? R->bx : R->al;

    if (R->dx == 0xffff)
        return nls_load(code_page, country ? country : country_code) ? E_OK : E_FILE;
    if (country && country != country_code) {
        uint8_t info[COUNTRY_SIZE];

        if (!host_nls(HOSTDOS_NLS_COUNTRY, code_page, country, info, sizeof(info)))
            return E_FILE;
        memcpy(info + CASE_MAP, country_info + CASE_MAP, 4);
        far_copy(ds_dx(), KFP(info), sizeof(info));
        R->ax = R->bx = country;
        return E_OK;
    }
    far_copy(ds_dx(), KFP(country_info), COUNTRY_SIZE);
    R->ax = R->bx = country_code;
    return E_OK;
}

unsigned sys_lead_bytes(void)
{
    static uint8_t interim;

    switch (R->al) {
    case 0:
        R->ds = KSEG;
        R->si = (uint16_t)(uintptr_t)lead_words.bytes;
        return E_OK;
    case 1:
        interim = R->dl;
        return E_OK;
    case 2:
        R->dl = interim;
        return E_OK;
    default:
        return E_FUNCTION;
    }
}

/* The general information: id, length, country, page, then the 34 bytes. */
static unsigned general(uint32_t to, uint16_t room, uint16_t page, uint16_t country)
{
    struct {
        uint8_t id;
        uint16_t length, country, page;
        uint8_t info[COUNTRY_SIZE];
    } PACKED answer = { 1, COUNTRY_SIZE + 4, country, page, { 0 } };

    if (country == country_code && page == code_page)
        memcpy(answer.info, country_info, COUNTRY_SIZE);
    else if (!host_nls(HOSTDOS_NLS_COUNTRY, page, country, answer.info, COUNTRY_SIZE))
        return E_FILE;
    if (room > sizeof(answer))
        room = sizeof(answer);
    far_copy(to, KFP(&answer), room);
    R->cx = room;
    return E_OK;
}

static void upper_string(uint32_t at, uint16_t count)
{
    while (count--) {
        put8(at, upper(get8(at)));
        at = FP(FP_SEG(at), FP_OFF(at) + 1);
    }
}

unsigned sys_country_tables(void)
{
    uint8_t id = R->al;
    uint32_t to = FP(R->es, R->di), table;
    uint16_t page = R->bx == 0xffff ? code_page : R->bx;
    uint16_t country = R->dx == 0xffff ? country_code : R->dx;
    uint16_t n = 0;

    switch (id) {
    case 0x20:
    case 0xa0:
        R->dl = upper(R->dl);
        return E_OK;
    case 0x21:
    case 0xa1:
        upper_string(ds_dx(), R->cx);
        return E_OK;
    case 0x22:
    case 0xa2:
        while (get8(FP(R->ds, R->dx + n)))
            n++;
        upper_string(ds_dx(), n);
        return E_OK;
    case 0x23:
        n = upper(R->dl);
        R->ax = n == (uint8_t)yes_no[0] ? 1 : n == (uint8_t)yes_no[2] ? 0 : 2;
        return E_OK;
    case 1:
        return R->cx < 5 ? E_FUNCTION : general(to, R->cx, page, country);
    case 2:
        table = KFP(&upper_words);
        break;
    case 4:
        table = KFP(&file_upper_words);
        break;
    case 5:
        table = KFP(&char_words);
        break;
    case 6:
        table = KFP(&collate_words);
        break;
    case 7:
        table = KFP(&lead_words);
        break;
    default:
        return E_FUNCTION;
    }
    if (R->cx < 5)
        return E_FUNCTION;
    if (page != code_page)
        return E_FILE;
    put8(to, id);
    put32(to + 1, table);
    R->cx = 5;
    return E_OK;
}

unsigned sys_code_page(void)
{
    if (R->al == 1) {
        R->bx = code_page;
        R->dx = system_page;
        return E_OK;
    }
    if (R->al != 2)
        return E_FUNCTION;
    return host_set_code_page(R->bx) && nls_load(R->bx, country_code) ? E_OK : E_FILE;
}

/* INT 2Fh/14h: NLSFUNC is there. */
void nls_call(struct c_frame *f)
{
    if (!(f->eax & 0xff))
        f->eax |= 0xff;
}
