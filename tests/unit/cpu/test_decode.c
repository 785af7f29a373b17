/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decoder and the table: prefixes, lengths, LOCK, models; and, if there is Zydis, its opinion
 * about random bytes. */
#include <stdio.h>
#include <string.h>

#include "core/cpu/insn.h"
#include "tests/check_main.h"

#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>
#endif

static struct insn insn;

static enum insn_error decode_as(const char *bytes, unsigned len, bool code32, enum insn_cpu level)
{
    return insn_decode(&insn, (const uint8_t *)bytes, len, code32, level);
}

#define DECODE16(bytes) decode_as(bytes, sizeof(bytes) - 1, false, ON_P2)
#define DECODE32(bytes) decode_as(bytes, sizeof(bytes) - 1, true, ON_P2)

static const char *text(uint32_t eip)
{
    static char buf[80];

    insn_format(&insn, eip, buf, sizeof(buf));
    return buf;
}

START_TEST(operand_size_toggles_with_66)
{
    ck_assert_int_eq(DECODE16("\xb8\x34\x12"), INSN_OK);
    ck_assert_uint_eq(insn.imm, 0x1234);
    ck_assert_int_eq(DECODE16("\x66\x66\xb8\x78\x56\x34\x12"), INSN_OK);
    ck_assert_uint_eq(insn.imm, 0x12345678);
    ck_assert_uint_eq(insn.len, 7);
    ck_assert_int_eq(DECODE32("\x66\xb8\x34\x12"), INSN_OK);
    ck_assert_uint_eq(insn.len, 4);
}
END_TEST

START_TEST(sixteen_bit_addresses_add_two_registers_and_default_to_ss_with_bp)
{
    ck_assert_int_eq(DECODE16("\x8b\x42\xfe"), INSN_OK); /* mov ax,[bp+si-2] */
    ck_assert_uint_eq(insn.base, R_EBP);
    ck_assert_uint_eq(insn.index, R_ESI);
    ck_assert_uint_eq(insn.disp, 0xfffffffe);
    ck_assert_uint_eq(insn.seg, S_SS);
    ck_assert_uint_eq(insn.addr_mask, 0xffff);
    ck_assert_int_eq(DECODE16("\x3e\x8b\x42\xfe"), INSN_OK);
    ck_assert_uint_eq(insn.seg, S_DS);
    ck_assert_int_eq(DECODE16("\x8b\x06\x34\x12"), INSN_OK); /* mov ax,[1234h] */
    ck_assert_uint_eq(insn.base, INSN_NOREG);
    ck_assert_uint_eq(insn.disp, 0x1234);
}
END_TEST

START_TEST(sib_has_no_index_4_and_no_base_5_without_displacement)
{
    ck_assert_int_eq(DECODE32("\x8b\x04\x24"), INSN_OK); /* mov eax,[esp] */
    ck_assert_uint_eq(insn.base, R_ESP);
    ck_assert_uint_eq(insn.index, INSN_NOREG);
    ck_assert_uint_eq(insn.seg, S_SS);
    ck_assert_int_eq(DECODE32("\x8b\x04\x8d\x78\x56\x34\x12"), INSN_OK); /* [ecx*4+12345678h] */
    ck_assert_uint_eq(insn.base, INSN_NOREG);
    ck_assert_uint_eq(insn.index, R_ECX);
    ck_assert_uint_eq(insn.scale, 2);
    ck_assert_uint_eq(insn.seg, S_DS);
    ck_assert_uint_eq(insn.len, 7);
}
END_TEST

START_TEST(more_than_fifteen_bytes_are_too_long)
{
    char bytes[32];

    memset(bytes, 0x66, sizeof(bytes));
    bytes[14] = '\x90';
    ck_assert_int_eq(decode_as(bytes, 20, true, ON_P2), INSN_OK);
    ck_assert_uint_eq(insn.len, 15);
    bytes[14] = 0x66;
    bytes[15] = '\x90';
    ck_assert_int_eq(decode_as(bytes, 20, true, ON_P2), INSN_TOO_LONG);
    ck_assert_int_eq(decode_as(bytes, 15, true, ON_P2), INSN_TOO_LONG);
}
END_TEST

START_TEST(an_instruction_cut_short_asks_for_more)
{
    static const char bytes[] = "\x26\x66\xc7\x84\x4b\x78\x56\x34\x12\xef\xbe";

    for (unsigned n = 0; n < sizeof(bytes) - 1; n++)
        ck_assert_int_eq(decode_as(bytes, n, true, ON_P2), INSN_MORE);
    ck_assert_int_eq(decode_as(bytes, sizeof(bytes) - 1, true, ON_P2), INSN_OK);
    ck_assert_uint_eq(insn.len, sizeof(bytes) - 1);
}
END_TEST

START_TEST(lock_is_legal_before_a_memory_destination_only)
{
    ck_assert_int_eq(DECODE32("\xf0\x01\x03"), INSN_OK);        /* lock add [ebx],eax */
    ck_assert_int_eq(DECODE32("\xf0\x01\xc3"), INSN_UNDEFINED); /* lock add ebx,eax */
    ck_assert_int_eq(DECODE32("\xf0\x03\x03"), INSN_UNDEFINED); /* lock add eax,[ebx] */
    ck_assert_int_eq(DECODE32("\xf0\x39\x03"), INSN_UNDEFINED); /* lock cmp [ebx],eax */
    ck_assert_int_eq(DECODE32("\xf0\x89\x03"), INSN_UNDEFINED); /* lock mov [ebx],eax */
    ck_assert_int_eq(DECODE32("\xf0\x87\x03"), INSN_OK);        /* lock xchg [ebx],eax */
    ck_assert_int_eq(DECODE32("\xf0\x0f\xc7\x0b"), INSN_OK);    /* lock cmpxchg8b [ebx] */
}
END_TEST

START_TEST(each_model_knows_its_own_instructions_only)
{
    static const struct {
        const char *bytes;
        unsigned len;
        enum insn_cpu since;
    } news[] = {
        { "\x60", 1, ON_186 },        { "\x0f\x01\xe0", 3, ON_286 }, { "\x0f\xa3\xc0", 3, ON_386 },
        { "\x0f\xc8", 2, ON_486 },    { "\x0f\x31", 2, ON_P5 },      { "\x0f\xef\xc0", 3, ON_MMX },
        { "\x0f\x40\xc0", 3, ON_P6 }, { "\x0f\x34", 2, ON_P2 },
    };

    for (unsigned n = 0; n < sizeof(news) / sizeof(news[0]); n++) {
        for (unsigned level = ON_286; level <= ON_P2; level++)
            ck_assert_int_eq(decode_as(news[n].bytes, news[n].len, false, (enum insn_cpu)level),
                             level >= news[n].since ? INSN_OK : INSN_UNDEFINED);
    }
}
END_TEST

START_TEST(moves_of_control_registers_ignore_mod)
{
    ck_assert_int_eq(DECODE32("\x0f\x20\x05"), INSN_OK); /* would have a displacement otherwise */
    ck_assert_uint_eq(insn.len, 3);
    ck_assert(insn.flags & INSN_REG);
}
END_TEST

START_TEST(byte_registers_are_places_in_the_register_file)
{
    ck_assert_int_eq(DECODE32("\x88\xf9"), INSN_OK); /* mov cl,bh */
    ck_assert_uint_eq(insn.rm, 4);
    ck_assert_uint_eq(insn.reg, 13);
}
END_TEST

START_TEST(text_is_intel_syntax)
{
    ck_assert_int_eq(DECODE16("\x26\x8b\x87\x34\x12"), INSN_OK);
    ck_assert_str_eq(text(0), "mov ax, word es:[bx+0x1234]");
    ck_assert_int_eq(DECODE32("\xf3\xa5"), INSN_OK);
    ck_assert_str_eq(text(0), "rep movsd [es:edi], [ds:esi]");
    ck_assert_int_eq(DECODE16("\x75\xfe"), INSN_OK);
    ck_assert_str_eq(text(0x100), "jnz 0x100");
    ck_assert_int_eq(DECODE16("\xea\x5b\xe0\x00\xf0"), INSN_OK);
    ck_assert_str_eq(text(0), "jmp far 0xf000:0xe05b");
    ck_assert_int_eq(DECODE32("\xdd\x44\x24\x08"), INSN_OK);
    ck_assert_str_eq(text(0), "fld qword [esp+0x8]");
    ck_assert_int_eq(DECODE32("\x0f\xff"), INSN_MORE);
}
END_TEST

/* ---- against Zydis ---- */

#ifdef HAVE_ZYDIS

static uint64_t seed = 88172645463325252u;

static uint64_t random64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void our_name(char *buf, size_t size)
{
    const struct insn_row *row = &insn_rows[insn.row];
    const char *bar = strchr(row->name, '|');
    bool wide = insn.flags & (row->op[0] == OP_Jb ? INSN_ADDR32 : INSN_OP32);
    char *space;

    if (bar && wide)
        snprintf(buf, size, "%s", bar + 1);
    else
        snprintf(buf, size, "%.*s", bar ? (int)(bar - row->name) : 99, row->name);
    space = strchr(buf, ' '); /* "call far" */
    if (space)
        *space = '\0';
}

/* Two names for one thing, or what later processors made of a hint. */
static bool same_name(const char *ours, const char *theirs)
{
    static const char *const pairs[][2] = {
        { "loopz", "loope" },
        { "loopnz", "loopne" },
        { "xlatb", "xlat" },
        { "fneni", "feni8087_nop" },
        { "fndisi", "fdisi8087_nop" },
        { "fnsetpm", "fsetpm287_nop" },
        { "nop", "bndldx" },
        { "nop", "bndstx" },
        { "nop", "bndmov" },
        { "nop", "bndcl" },
        { "nop", "bndcu" },
        { "nop", "bndcn" },
        { "nop", "bndmk" },
        { "nop", "prefetcht0" },
        { "nop", "prefetcht1" },
        { "nop", "prefetcht2" },
        { "nop", "prefetchnta" },
        { "nop", "cldemote" },
        { "nop", "pause" },
        { "nop", "endbr32" },
        { "nop", "endbr64" },
        { "nop", "rdsspd" },
    };

    if (strcmp(ours, theirs) == 0)
        return true;
    for (unsigned n = 0; n < sizeof(pairs) / sizeof(pairs[0]); n++) {
        if (strcmp(ours, pairs[n][0]) == 0 && strcmp(theirs, pairs[n][1]) == 0)
            return true;
    }
    return false;
}

/* What Zydis refuses: test registers, hints with forms that later processors gave a meaning,
 * control registers that do not exist (our handlers refuse those), MMX with the prefixes of SSE. */
static bool ours_alone(void)
{
    const struct insn_row *row = &insn_rows[insn.row];
    bool special = row->map == MAP_TWO && row->opcode >= 0x20 && row->opcode <= 0x26;

    return special || strcmp(row->name, "nop") == 0 ||
           ((row->attr & A_MMX) && (insn.flags & (INSN_REP | INSN_REPNE)));
}

/* What our models must know. */
static bool ours_too(const ZydisDecodedInstruction *z)
{
    switch (z->meta.isa_set) {
    case ZYDIS_ISA_SET_I86:
    case ZYDIS_ISA_SET_I186:
    case ZYDIS_ISA_SET_I286PROTECTED:
    case ZYDIS_ISA_SET_I286REAL:
    case ZYDIS_ISA_SET_I386:
    case ZYDIS_ISA_SET_I486REAL:
    case ZYDIS_ISA_SET_PENTIUMREAL:
    case ZYDIS_ISA_SET_PPRO:
    case ZYDIS_ISA_SET_CMOV:
    case ZYDIS_ISA_SET_FCMOV:
    case ZYDIS_ISA_SET_FAT_NOP:
    case ZYDIS_ISA_SET_FXSAVE:
    case ZYDIS_ISA_SET_LAHF:
    case ZYDIS_ISA_SET_RDPMC:
    case ZYDIS_ISA_SET_X87:
        return true;
    case ZYDIS_ISA_SET_I486:
        return z->mnemonic != ZYDIS_MNEMONIC_RSM; /* #UD outside of SMM */
    default:
        return false; /* PENTIUMMMX: Zydis counts SSE's additions among it */
    }
}

static void compare_with_zydis(const ZydisDecoder *decoder, const uint8_t *bytes, bool code32)
{
    enum insn_error error = insn_decode(&insn, bytes, 16, code32, ON_P2);
    ZydisDecodedInstruction z;
    bool known = ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, NULL, bytes, 15, &z));
    char name[32], where[64] = "";

    for (unsigned n = 0; n < 15; n++)
        snprintf(where + 3 * n, sizeof(where) - 3 * n, "%02x ", bytes[n]);
    if (error == INSN_OK && !known) {
        ck_assert_msg(ours_alone(), "%s: %s is ours alone", where, insn_rows[insn.row].name);
    } else if (error == INSN_OK) {
        our_name(name, sizeof(name));
        ck_assert_msg(insn.len == z.length, "%s: %u bytes, not %u", where, insn.len, z.length);
        ck_assert_msg(same_name(name, ZydisMnemonicGetString(z.mnemonic)), "%s: %s, not %s", where,
                      name, ZydisMnemonicGetString(z.mnemonic));
    } else if (known) {
        ck_assert_msg(!ours_too(&z), "%s: %s is missing", where,
                      ZydisMnemonicGetString(z.mnemonic));
    }
}

START_TEST(zydis_agrees_on_length_and_name)
{
    ZydisDecoder decoder[2];
    uint8_t bytes[16];

    ZydisDecoderInit(&decoder[0], ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
    ZydisDecoderInit(&decoder[1], ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    for (unsigned n = 0; n < 400000; n++) {
        uint64_t a = random64(), b = random64();

        memcpy(bytes, &a, 8);
        memcpy(bytes + 8, &b, 8);
        if (n & 1)
            bytes[0] = 0x0f;
        compare_with_zydis(&decoder[n >> 1 & 1], bytes, n >> 1 & 1);
    }
}
END_TEST

/* Every opcode with every ModRM byte */
START_TEST(zydis_agrees_on_all_opcodes)
{
    static uint8_t bytes[16] = { 0, 0, 0, 0x24, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0 };
    ZydisDecoder decoder;

    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    for (unsigned opcode = 0; opcode < 0x20000; opcode++) {
        bytes[0] = opcode & 0x10000 ? 0x0f : opcode >> 8 & 0xff;
        bytes[1] = opcode & 0x10000 ? opcode >> 8 & 0xff : opcode & 0xff;
        bytes[2] = opcode & 0xff;
        compare_with_zydis(&decoder, bytes, true);
    }
}
END_TEST

#else

START_TEST(zydis_agrees_on_length_and_name)
{
    check_skip("libzydis is not installed");
}
END_TEST

START_TEST(zydis_agrees_on_all_opcodes)
{
    check_skip("libzydis is not installed");
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("decode");

    CHECK_CASE(suite, "decode", operand_size_toggles_with_66,
               sixteen_bit_addresses_add_two_registers_and_default_to_ss_with_bp,
               sib_has_no_index_4_and_no_base_5_without_displacement,
               more_than_fifteen_bytes_are_too_long, an_instruction_cut_short_asks_for_more,
               lock_is_legal_before_a_memory_destination_only,
               each_model_knows_its_own_instructions_only, moves_of_control_registers_ignore_mod,
               byte_registers_are_places_in_the_register_file, text_is_intel_syntax,
               zydis_agrees_on_length_and_name, zydis_agrees_on_all_opcodes);
    return check_main(suite);
}
