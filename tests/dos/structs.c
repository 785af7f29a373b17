/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs look at in memory: list of lists, SFTs, CDSs, DPBs, device chain, SDA; and the
 * small calls beside it: INT 21h/0Dh, 1Fh, 2Eh, 30h, 32h-34h, 37h, 52h-54h, 5Dh-5Fh, 59h, CALL 5.
 */
#include "suite.h"

enum { LOL_DPB = 0, LOL_SFT = 4, LOL_CLOCK = 8, LOL_CON = 0x0c, LOL_SECTOR = 0x10, LOL_CDS = 0x16 };
enum { LOL_BLOCK_DEVICES = 0x20, LOL_LAST_DRIVE = 0x21, LOL_NUL = 0x22 };
enum { SFT_SIZE = 0x3b, CDS_SIZE = 0x58, CDS_FLAGS = 0x43 };

static uint16_t lol_segment, lol;

static uint32_t lol32(unsigned offset)
{
    return far_get32(lol_segment, (uint16_t)(lol + offset));
}

static uint8_t lol8(unsigned offset)
{
    return far_get8(lol_segment, (uint16_t)(lol + offset));
}

static uint8_t at8(uint32_t fp, unsigned offset)
{
    return far_get8((uint16_t)(fp >> 16), (uint16_t)(fp + offset));
}

static uint16_t at16(uint32_t fp, unsigned offset)
{
    return far_get16((uint16_t)(fp >> 16), (uint16_t)(fp + offset));
}

static uint32_t at32(uint32_t fp, unsigned offset)
{
    return far_get32((uint16_t)(fp >> 16), (uint16_t)(fp + offset));
}

static void name_at(uint32_t fp, unsigned offset, unsigned count, char *to)
{
    far_read(to, (uint16_t)(fp >> 16), (uint16_t)(fp + offset), count);
    to[count] = 0;
}

static void device_chain(void)
{
    uint32_t at = (uint32_t)lol_segment << 16 | (uint16_t)(lol + LOL_NUL);
    bool con = false, clock = false, prn = false, aux = false;
    unsigned count = 0;
    char name[9];

    name_at(at, 10, 8, name);
    is_text("21/5200 the chain of devices begins with NUL", name, "NUL     ");
    is("21/5200 the attributes of NUL", at16(at, 4) & 0x8004, 0x8004);
    while ((uint16_t)at != 0xffff && count++ < 100) {
        name_at(at, 10, 8, name);
        con |= at == lol32(LOL_CON) && !strcmp(name, "CON     ");
        clock |= at == lol32(LOL_CLOCK) && (at16(at, 4) & 8);
        prn |= !strcmp(name, "PRN     ");
        aux |= !strcmp(name, "AUX     ");
        at = at32(at, 0);
    }
    holds("21/5200 the chain ends", count < 100);
    holds("21/5200 CON is in it", con);
    holds("21/5200 CLOCK$ is in it", clock);
    holds("21/5200 PRN and AUX are in it", prn && aux);
}

/* The SFT of a number; 0: none. */
static uint32_t sft(unsigned index)
{
    uint32_t block = lol32(LOL_SFT);

    while ((uint16_t)block != 0xffff) {
        unsigned n = at16(block, 4);

        if (index < n)
            return block + 6 + index * SFT_SIZE;
        index -= n;
        block = at32(block, 0);
    }
    return 0;
}

static void file_tables(void)
{
    unsigned handle = make_file("ST1.TMP", "0123456789"), count = 0;
    uint32_t s = sft(*psp_at(0x18 + handle));
    char name[12];

    while (count < 255 && sft(count))
        count++;
    holds("21/5200 as many SFTs as FILES says", count >= 40);
    is("21/5200 an SFT's references", at16(s, 0), 1);
    is("21/5200 its mode", at16(s, 2) & 7, OPEN_BOTH);
    is("21/5200 its size", at32(s, 0x11), 10);
    is("21/5200 its position", at32(s, 0x15), 0);
    name_at(s, 0x20, 11, name);
    is_text("21/5200 its name", name, "ST1     TMP");
    is("21/5200 its owner", at16(s, 0x31), own_segment());
    is("21/5200 its drive", at16(s, 5) & 0x1f, drive_current());
    file_seek(handle, SEEK_FROM_START, 7, &(uint32_t){ 0 });
    is("21/5200 its position after a seek", at32(s, 0x15), 7);
    close_file(handle);
    is("21/5200 its references after close", at16(s, 0), 0);
    remove_file("ST1.TMP");
    s = sft(*psp_at(0x18));
    name_at(s, 0x20, 8, name);
    is_text("21/5200 handle 0 is CON", name, "CON     ");
    is("21/5200 handle 0's device", at32(s, 7), lol32(LOL_CON));
}

static void drive_tables(void)
{
    uint32_t cds = lol32(LOL_CDS) + drive_current() * CDS_SIZE;
    char path[68], current[70];
    unsigned last = lol8(LOL_LAST_DRIVE);

    CALL(.ax = 0x1900);
    CALL(.ax = 0x0e00, .dx = r.al);
    is("21/5200 LASTDRIVE is what 0Eh tells", last, r.al);
    name_at(cds, 0, 67, path);
    directory_get(0, current);
    is("21/5200 the current drive's path", path[1] == ':' || path[0] == '\\', 1);
    is("21/5200 a drive that is there", at16(cds, CDS_FLAGS) & 0xc000,
       is_remote() ? 0xc000 : 0x4000);
    is("21/5200 where its root is", at16(cds, 0x4f), is_remote() ? at16(cds, 0x4f) : 2);
    directory_make("STDIR");
    CALL(.ax = 0x3b00, .dx = NEAR16("STDIR"));
    name_at(cds, 0, 67, path);
    holds("21/5200 the path follows", !strcmp(path + strlen(path) - 5, "STDIR"));
    CALL(.ax = 0x3b00, .dx = NEAR16(".."));
    directory_remove("STDIR");
    holds("21/5200 sectors of 512 bytes at least",
          far_get16(lol_segment, (uint16_t)(lol + LOL_SECTOR)) >= 512);
    holds("21/5200 block devices", lol8(LOL_BLOCK_DEVICES) <= 26);
}

static void dpbs(void)
{
    uint32_t dpb;
    uint8_t bpb[32] = { 0, 2, 1, 1, 0, 2, 224, 0, 0x40, 0x0b, 0xf0, 9, 0, 18, 0, 2, 0 }, made[64];

    if (is_remote()) {
        FAR_CALL(.ax = 0x1f00);
        is("21/1F00 a remote drive has no DPB", r.al, 0xff);
        FAR_CALL(.ax = 0x3200);
        is("21/3200 a remote drive has no DPB", r.al, 0xff);
    } else {
        FAR_CALL(.ax = 0x1f00);
        is("21/1F00 the DPB of the current drive", r.al, 0);
        dpb = (uint32_t)r.ds << 16 | r.bx;
        FAR_CALL(.ax = 0x3200, .dx = (uint16_t)(drive_current() + 1));
        is("21/3200 the DPB of a drive", (uint32_t)r.ds << 16 | r.bx, dpb);
        is("21/3200 its drive", at8(dpb, 0), drive_current());
        is("21/3200 its sectors' size", at16(dpb, 2), 512);
        is("21/3200 its clusters' mask", at8(dpb, 4), 0);
        is("21/3200 reserved sectors", at16(dpb, 6), 1);
        is("21/3200 FATs", at8(dpb, 8), 2);
        is("21/3200 entries of the root", at16(dpb, 9), 224);
        is("21/3200 the first sector of data", at16(dpb, 0x0b), 33);
        is("21/3200 the last cluster", at16(dpb, 0x0d), 2848);
        is("21/3200 sectors in a FAT", at16(dpb, 0x0f), 9);
        is("21/3200 the root's sector", at16(dpb, 0x11), 19);
        is("21/3200 its medium", at8(dpb, 0x17), 0xf0);
        is("21/5200 it is in the chain of DPBs or first there",
           lol32(LOL_DPB) == dpb || (uint16_t)lol32(LOL_DPB) != 0xffff, 1);
    }
    FAR_CALL(.ax = 0x3200, .dx = 'Y' - 'A' + 1);
    is("21/3200 of a drive that is not there", r.al, 0xff);
    memset(made, 0xee, sizeof(made));
    FAR_CALL(.ax = 0x5300, .si = NEAR16(bpb), .ds = own_segment(), .es = own_segment(),
             .bp = NEAR16(made));
    is("21/5300 a DPB of a BPB: sectors' size", *(uint16_t *)(made + 2), 512);
    is("21/5300 first sector of data", *(uint16_t *)(made + 0x0b), 33);
    is("21/5300 last cluster", *(uint16_t *)(made + 0x0d), 2848);
}

static void swappable_area(void)
{
    uint16_t segment, offset;
    unsigned handle;
    uint8_t copy[32];

    works("21/5D06 the swappable area", FAR_CALL(.ax = 0x5d06, .ds = own_segment()));
    segment = r.ds;
    offset = r.si;
    is("21/5D06 what is always to be saved", r.dx, 0x1a);
    holds("21/5D06 what is to be saved in DOS", r.cx > 0x300);
    FAR_CALL(.ax = 0x3400);
    is("21/3400 InDOS is its second byte", (uint32_t)r.es << 16 | r.bx,
       (uint32_t)segment << 16 | (uint16_t)(offset + 1));
    is("21/5D06 the current PSP", far_get16(segment, (uint16_t)(offset + 0x10)), own_segment());
    is("21/5D06 the current drive", far_get8(segment, (uint16_t)(offset + 0x16)), drive_current());
    CALL(.ax = 0x1a00, .dx = NEAR16(copy));
    is("21/5D06 the DTA", far_get32(segment, (uint16_t)(offset + 0x0c)),
       (uint32_t)own_segment() << 16 | NEAR16(copy));
    CALL(.ax = 0x3d00, .dx = NEAR16("NOSUCH.TMP"));
    is("21/5D06 the last error", far_get16(segment, (uint16_t)(offset + 4)), E_FILE);
    handle = make_file("ST2.TMP", "");
    close_file(handle);
    remove_file("ST2.TMP");
}

static void errors(void)
{
    static uint16_t list[11] = { 0x20, 0x0a02, 0x0200, 0, 0, 0, 0, 0, 0, 0, 0 };

    CALL(.ax = 0x3d00, .dx = NEAR16("NOSUCH.TMP"));
    CALL(.ax = 0x5900);
    is("21/5900 file not found", r.ax, 2);
    is("21/5900 class: not found", r.bh, 8);
    is("21/5900 action: ask the user", r.bl, 3);
    is("21/5900 locus: disk", r.ch, 2);
    CALL(.ax = 0x4800, .bx = 0xffff);
    CALL(.ax = 0x5900);
    is("21/5900 no memory", r.ax, 8);
    is("21/5900 class: out of resource", r.bh, 1);
    is("21/5900 action: abort", r.bl, 4);
    is("21/5900 locus: memory", r.ch, 5);
    CALL(.ax = 0x3e00, .bx = 0x77);
    CALL(.ax = 0x5900);
    is("21/5900 bad handle", r.ax, 6);
    is("21/5900 class: the program's", r.bh, 7);
    CALL(.ax = 0x3000);
    CALL(.ax = 0x5900);
    is("21/5900 stays over calls that work", r.ax, 6);
    works("21/5D0A set the error", CALL(.ax = 0x5d0a, .dx = NEAR16(list)));
    CALL(.ax = 0x5900);
    is("21/5D0A the error", r.ax, 0x20);
    is("21/5D0A class and action", r.bx, 0x0a02);
    is("21/5D0A locus", r.ch, 2);
}

/* What needs a server or a network, of which there is none. */
static void server_calls(void)
{
    static char name[16] = "BYGONE         ", got[16];
    static const struct {
        uint16_t ax;
        const char *what;
    } calls[] = {
        { 0x5d02, "21/5D02 close by name" },     { 0x5d03, "21/5D03 close a machine's" },
        { 0x5d04, "21/5D04 close a program's" }, { 0x5d05, "21/5D05 files that are open" },
        { 0x5e02, "21/5E02 printer setup" },     { 0x5e03, "21/5E03 printer setup" },
        { 0x5e04, "21/5E04 printer mode" },      { 0x5e05, "21/5E05 printer mode" },
        { 0x5f00, "21/5F00 redirection mode" },  { 0x5f01, "21/5F01 redirection mode" },
        { 0x5f03, "21/5F03 redirect" },          { 0x5f04, "21/5F04 end a redirection" },
    };

    for (unsigned i = 0; i < COUNT(calls); i++)
        fails(calls[i].what, E_FUNCTION,
              CALL(.ax = calls[i].ax, .bx = 0x70, .si = NEAR16(got), .di = NEAR16(got),
                   .dx = NEAR16(got)));
    works("21/5D07 print jobs' mode", CALL(.ax = 0x5d07));
    works("21/5D08 set it", CALL(.ax = 0x5d08, .dx = 0));
    works("21/5D09 end print jobs", CALL(.ax = 0x5d09));
    works("21/5E01 the machine's name", CALL(.ax = 0x5e01, .cx = 0x0107, .dx = NEAR16(name)));
    works("21/5E00 it has one", CALL(.ax = 0x5e00, .dx = NEAR16(got)));
    is("21/5E00 its number", r.cx, 0x0107);
    is_text("21/5E00 as it was set", got, name);
    CALL(.ax = 0x5e01, .cx = 0, .dx = NEAR16(name));
    CALL(.ax = 0x5e00, .dx = NEAR16(got));
    is("21/5E01 no name any more", r.ch, 0);
}

static void network(void)
{
    static char name[32], other[130];
    static uint16_t server[11];
    unsigned taken;

    CALL(.ax = 0x5e00, .dx = NEAR16(name));
    works("21/5E00 the machine's name", r.flags & CARRY && r.ax != E_FUNCTION);
    CALL(.ax = 0x5f02, .bx = 0x70, .si = NEAR16(name), .di = NEAR16(other));
    fails("21/5F02 far behind the last redirection", r.ax == E_NO_MORE ? E_NO_MORE : E_FUNCTION,
          r.flags & CARRY);
    CALL(.ax = 0x5f08, .dx = (uint16_t)drive_current());
    taken = r.flags & CARRY;
    CALL(.ax = 0x5f07, .dx = (uint16_t)drive_current());
    works("21/5F07 give a drive back", r.flags & CARRY);
    is("21/5F08 that was taken away", taken, 0);
    server[0] = 0x3000;
    server[6] = server[7] = own_segment();
    CALL(.ax = 0x5d00, .dx = NEAR16(server));
    holds("21/5D00 a call by a list of registers", r.al >= 3 && r.al <= 7);
    works("21/5D01 commit all", CALL(.ax = 0x5d01, .dx = NEAR16(server)));
    server_calls();
}

static void small_calls(void)
{
    uint8_t before;

    CALL(.ax = 0x3000);
    holds("21/3000 the version", r.al >= 5 && r.al <= 7);
    CALL(.ax = 0x3700);
    is("21/3700 the switch character", r.dx & 0xff, '/');
    CALL(.ax = 0x3701, .dx = '-');
    CALL(.ax = 0x3700);
    is("21/3701 set it", r.dx & 0xff, '-');
    CALL(.ax = 0x3701, .dx = '/');
    CALL(.ax = 0x5400);
    before = r.al;
    CALL(.ax = 0x2e01);
    CALL(.ax = 0x5400);
    is("21/2E00 verify is on", r.al, 1);
    CALL(.ax = 0x2e00);
    CALL(.ax = 0x5400);
    is("21/5400 verify is off", r.al, 0);
    CALL(.ax = (uint16_t)(0x2e00 | before));
    CALL(.ax = 0x0d00);
    holds("21/0D00 flush the disks", true);
    CALL(.ax = 0x1855);
    is("21/1800 nothing, as in CP/M", r.al, 0);
    CALL(.ax = 0x6b55);
    is("21/6B00 nothing", r.al, 0);
    CALL(.ax = 0xff55);
    is("21/FF00 what there is not", r.al, 0);
}

/* CL = 19h by a near call to PSP:5. */
static void call_5(void)
{
    uint32_t al = 0;

    __asm__ volatile("movb $0x19, %%cl\n\t"
                     "pushl %%ebp\n\t"
                     "movw $5, %%bx\n\t"
                     "callw *%%bx\n\t"
                     "popl %%ebp"
                     : "=a"(al)
                     :
                     : "ebx", "ecx", "edx", "esi", "edi", "memory");
    is("30/ CALL 5 reaches INT 21h", al & 0xff, drive_current());
}

int com_main(void)
{
    begin("structs");
    FAR_CALL(.ax = 0x5200);
    lol_segment = r.es;
    lol = r.bx;
    device_chain();
    file_tables();
    drive_tables();
    dpbs();
    swappable_area();
    errors();
    network();
    small_calls();
    call_5();
    return closing();
}
