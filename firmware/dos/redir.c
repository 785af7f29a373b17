/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The redirector of host folders: the end of the INT 2Fh/11h chain.  Requests come on a stack of
 * the kernel, with names and search data in the SDA; they become requests to the machine.
 */
#include "dos.h"

enum { NO_NAME_ENTRIES = 0x1e };

bool is_host_drive(uint8_t drive)
{
    return drive < DRIVES && host_drives[drive] != HOSTDOS_NO_DRIVE;
}

static struct hostdos_request *path_request(uint8_t op)
{
    struct hostdos_request *request = host_prepare(op);

    request->name1 = KLINEAR(sda.name1);
    return request;
}

static struct hostdos_request *file_request(uint8_t op, const struct sft *s)
{
    struct hostdos_request *request = host_prepare(op);

    request->handle = s->entry_sector;
    request->owner = s->owner;
    return request;
}

/* ---- open files ---- */

static void fill_sft(struct sft *s, const struct hostdos_request *request)
{
    s->entry_sector = request->handle;
    s->info = (uint16_t)(INFO_NETWORK | INFO_NOT_EOF | (sda.name1[0] - 'A'));
    s->device = sda.current_cds; /* what MS-DOS has here for a redirector: its own data */
    s->attr = (uint8_t)sda.entry.attr;
    s->time = sda.entry.time;
    s->date = sda.entry.date;
    s->size = sda.entry.size;
    s->position = 0;
    name_to_fcb(path_last(sda.name1), s->name);
}

static unsigned open_file(struct sft *s, uint16_t mode)
{
    struct hostdos_request *request = path_request(HOSTDOS_OPEN);
    unsigned error;

    request->mode = mode & (MODE_ACCESS | MODE_SHARING);
    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    error = host_call();
    if (!error)
        fill_sft(s, request);
    return error;
}

static unsigned create_file(struct sft *s, uint16_t mode, uint8_t attr, uint32_t flags,
                            uint16_t *action)
{
    struct hostdos_request *request = path_request(HOSTDOS_CREATE);
    unsigned error;

    request->mode = mode & (MODE_ACCESS | MODE_SHARING);
    request->attr = attr;
    request->flags = flags;
    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    error = host_call();
    if (error)
        return error;
    *action = request->mode;
    fill_sft(s, request);
    s->info &= (uint16_t)~INFO_NOT_EOF;
    return E_OK;
}

static unsigned close_file(struct sft *s)
{
    struct hostdos_request *request;

    if (s->references > 1 && s->references != SFT_BUSY) {
        s->references--;
        return E_OK;
    }
    s->references = SFT_BUSY;
    request = file_request(HOSTDOS_CLOSE, s);
    if (s->info & INFO_KEEP_TIME) {
        request->flags = HOSTDOS_SET;
        request->time = s->time;
        request->date = s->date;
    }
    return host_call();
}

static unsigned read_file(struct sft *s, uint16_t *count)
{
    struct hostdos_request *request = file_request(HOSTDOS_READ, s);
    unsigned error;

    request->pos = s->position;
    request->len = *count;
    request->buffer = LINEAR(sda.dta);
    error = host_call();
    *count = (uint16_t)request->result;
    if (error)
        return error;
    s->position += *count;
    if (s->position > s->size)
        s->size = s->position;
    return E_OK;
}

static unsigned write_file(struct sft *s, uint16_t *count)
{
    struct hostdos_request *request;
    unsigned error;

    s->info &= (uint16_t) ~(INFO_NOT_EOF | INFO_KEEP_TIME);
    if (!*count) {
        request = file_request(HOSTDOS_SET_SIZE, s);
        request->pos = s->position;
        error = host_call();
        if (!error)
            s->size = s->position;
        return error;
    }
    request = file_request(HOSTDOS_WRITE, s);
    request->pos = s->position;
    request->len = *count;
    request->buffer = LINEAR(sda.dta);
    error = host_call();
    *count = (uint16_t)request->result;
    if (error)
        return error;
    s->position += *count;
    if (s->position > s->size)
        s->size = s->position;
    return E_OK;
}

static unsigned lock_file(struct sft *s, uint8_t unlock, uint32_t place)
{
    struct hostdos_request *request = file_request(unlock ? HOSTDOS_UNLOCK : HOSTDOS_LOCK, s);

    request->pos = get32(place);
    request->len = get32(place + 4);
    return host_call();
}

static unsigned stat_file(struct sft *s)
{
    struct hostdos_request *request = file_request(HOSTDOS_STAT, s);
    unsigned error;

    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    error = host_call();
    if (!error)
        s->size = sda.entry.size;
    return error;
}

/* ---- searches ---- */

static void fill_found(void)
{
    memset(&sda.found, 0, sizeof(sda.found));
    name_to_fcb(sda.entry.name, sda.found.name);
    sda.found.attr = (uint8_t)sda.entry.attr;
    sda.found.time = sda.entry.time;
    sda.found.date = sda.entry.date;
    sda.found.size = sda.entry.size;
}

/*
 * The machine finds the next entry by the folder's path and the 64-bit cursor of the last one.  The
 * cursor fills the 8 bytes that the search block has left; the paths are kept here, the most recent
 * FOLDERS of them, and four bits that mean nothing in the block's drive and attribute say which.
 */
enum { FOLDERS = 16, FOLDER_SIZE = 68, SLOT_LOW = 0x60, SLOT_HIGH = 0xc0, ATTR_BITS = 0x3f };
static struct {
    char path[FOLDER_SIZE]; /* with the last backslash */
    uint16_t used;
} folders[FOLDERS];
static uint16_t folder_clock;

static unsigned folder_slot(const char *path, unsigned length)
{
    unsigned oldest = 0;

    folder_clock++;
    for (unsigned i = 0; i < FOLDERS; i++) {
        if (!memcmp(folders[i].path, path, length) && !folders[i].path[length]) {
            oldest = i;
            break;
        }
        if ((uint16_t)(folder_clock - folders[i].used) >
            (uint16_t)(folder_clock - folders[oldest].used))
            oldest = i;
    }
    memcpy(folders[oldest].path, path, length);
    folders[oldest].path[length] = 0;
    folders[oldest].used = folder_clock;
    return oldest;
}

static void remember(unsigned slot)
{
    memcpy(&sda.search.entry, &sda.entry.cursor, sizeof(sda.entry.cursor));
    sda.search.drive = (uint8_t)((sda.search.drive & ~SLOT_LOW) | (slot & 3) << 5);
    sda.search.attr = (uint8_t)((sda.search.attr & ATTR_BITS) | (slot & 12) << 4);
}

static unsigned find_label(void)
{
    struct hostdos_volume volume;
    struct hostdos_request *request = path_request(HOSTDOS_VOLUME);
    unsigned error;

    request->buffer = KLINEAR(&volume);
    request->len = sizeof(volume);
    error = host_call();
    if (error || !volume.label[0])
        return E_NO_MORE;
    memset(&sda.found, 0, sizeof(sda.found));
    memset(sda.found.name, ' ', 11);
    memcpy(sda.found.name, volume.label, strlen(volume.label));
    sda.found.attr = A_LABEL;
    memset(&sda.search.entry, 0, sizeof(sda.entry.cursor)); /* there is one */
    return name_matches(sda.search.pattern, sda.found.name) ? E_OK : E_NO_MORE;
}

static unsigned find_first(void)
{
    struct hostdos_request *request;
    unsigned length = (unsigned)(path_last(sda.name1) - sda.name1), error;

    memset(&sda.search, 0, sizeof(sda.search));
    sda.search.drive = (uint8_t)(0x80 | (sda.name1[0] - 'A' + 1));
    sda.search.attr = sda.search_attr & ATTR_BITS;
    name_to_fcb(path_last(sda.name1), sda.search.pattern);
    if (length >= FOLDER_SIZE)
        return E_PATH;
    if ((sda.search_attr & NO_NAME_ENTRIES) == A_LABEL)
        return find_label();
    request = path_request(HOSTDOS_FIND_FIRST);
    request->attr = sda.search_attr;
    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    error = host_call();
    if (error)
        return error == E_FILE ? (unsigned)E_NO_MORE : error;
    fill_found();
    remember(folder_slot(sda.name1, length));
    return E_OK;
}

static unsigned find_next(void)
{
    static char name[FOLDER_SIZE + 13];
    unsigned slot = (sda.search.drive & SLOT_LOW) >> 5 | (sda.search.attr & SLOT_HIGH) >> 4;
    struct hostdos_request *request;
    uint64_t cursor;

    memcpy(&cursor, &sda.search.entry, sizeof(cursor));
    if (!cursor || folders[slot].path[0] != 'A' - 1 + (sda.search.drive & 0x1f))
        return E_NO_MORE;
    folders[slot].used = ++folder_clock;
    strcpy(name, folders[slot].path);
    name_from_fcb(sda.search.pattern, name + strlen(name));
    request = host_prepare(HOSTDOS_FIND_NEXT);
    request->name1 = KLINEAR(name);
    request->attr = sda.search.attr & ATTR_BITS;
    request->pos = cursor;
    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    if (host_call())
        return E_NO_MORE;
    fill_found();
    remember(slot);
    return E_OK;
}

/* ---- names ---- */

static unsigned look_up(void)
{
    struct hostdos_request *request = path_request(HOSTDOS_LOOKUP);

    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    return host_call();
}

static unsigned simple(uint8_t op)
{
    path_request(op);
    return host_call();
}

static unsigned rename_file(void)
{
    path_request(HOSTDOS_RENAME)->name2 = KLINEAR(sda.name2);
    return host_call();
}

static unsigned is_directory(void)
{
    unsigned error;

    if (!sda.name1[2] || !sda.name1[3])
        return E_OK;
    error = look_up();
    return error ? E_PATH : sda.entry.attr & A_DIRECTORY ? E_OK : E_PATH;
}

static unsigned set_attributes(uint16_t attr)
{
    path_request(HOSTDOS_SET_ATTR)->attr = attr;
    return host_call();
}

static unsigned space(struct c_frame *f)
{
    struct hostdos_space room;
    struct hostdos_request *request = path_request(HOSTDOS_SPACE);
    unsigned error;

    request->buffer = KLINEAR(&room);
    request->len = sizeof(room);
    error = host_call();
    if (error)
        return error;
    f->eax = (uint16_t)(0xf800 | room.sectors_per_cluster);
    f->ebx = room.clusters > 0xfffe ? 0xfffe : room.clusters;
    f->ecx = room.bytes_per_sector;
    f->edx = room.free_clusters > 0xfffe ? 0xfffe : room.free_clusters;
    return E_OK;
}

/* ---- the interface ---- */

static unsigned file_call(struct c_frame *f, struct sft *s, uint16_t word)
{
    uint16_t count = (uint16_t)f->ecx, action = 1;
    unsigned error;

    switch (f->eax & 0xff) {
    case 0x06:
        return close_file(s);
    case 0x07:
        file_request(HOSTDOS_COMMIT, s);
        return host_call();
    case 0x08:
        error = read_file(s, &count);
        break;
    case 0x09:
        error = write_file(s, &count);
        break;
    case 0x0a:
        return lock_file(s, (uint8_t)f->ebx, FP(f->ds, f->edx));
    case 0x0b:
        return lock_file(s, 1, FP(f->ds, f->edx));
    case 0x16:
        return open_file(s, word);
    case 0x17:
        error = create_file(s, MODE_BOTH, (uint8_t)word, word & 0x100 ? HOSTDOS_NEW : 0, &count);
        break;
    case 0x21:
        error = stat_file(s);
        f->edx = s->size >> 16;
        f->eax = (uint16_t)s->size;
        return error;
    case 0x2e:
        if ((sda.action & 0xf0) == 0)
            error = open_file(s, sda.extended_mode);
        else
            error = create_file(s, sda.extended_mode, (uint8_t)sda.create_attr,
                                sda.action & 1   ? HOSTDOS_KEEP
                                : sda.action & 2 ? 0
                                                 : HOSTDOS_NEW,
                                &action);
        count = action;
        break;
    default:
        return E_FUNCTION;
    }
    f->ecx = count;
    return error;
}

static unsigned path_call(struct c_frame *f, uint16_t word)
{
    unsigned error;

    switch (f->eax & 0xff) {
    case 0x01:
        return simple(HOSTDOS_RMDIR);
    case 0x03:
        return simple(HOSTDOS_MKDIR);
    case 0x05:
        return is_directory();
    case 0x0c:
        return space(f);
    case 0x0e:
        return set_attributes(word);
    case 0x0f:
        error = look_up();
        f->eax = sda.entry.attr;
        f->ebx = sda.entry.size >> 16;
        f->edi = (uint16_t)sda.entry.size;
        f->ecx = sda.entry.time;
        f->edx = sda.entry.date;
        return error;
    case 0x11:
        return rename_file();
    case 0x13:
        return simple(HOSTDOS_DELETE);
    case 0x1b:
        return find_first();
    default:
        return E_FUNCTION;
    }
}

static void end_owner(uint16_t psp)
{
    host_prepare(HOSTDOS_END_OWNER)->owner = psp;
    host_call();
}

/* True: answered, with *error; the stack word is behind the interrupt's frame. */
bool redirector_call(struct c_frame *f, unsigned *error)
{
    uint8_t function = (uint8_t)f->eax;
    uint16_t word = get16(FP(f->caller_ss, f->caller_esp + 6));
    struct sft *s = NEAR(f->edi);

    *error = E_OK;
    switch (function) {
    case 0x00: /* installed */
        f->eax = (uint16_t)(f->eax | 0xff);
        return true;
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0a:
    case 0x0b:
    case 0x21:
        if (!is_host_drive(s->info & INFO_DRIVE))
            return false;
        *error = file_call(f, s, word);
        return true;
    case 0x16:
    case 0x17:
    case 0x2e:
        if (!is_host_drive((uint8_t)(sda.name1[0] - 'A')))
            return false;
        *error = file_call(f, s, word);
        return true;
    case 0x1c:
        if (!is_host_drive((uint8_t)((sda.search.drive & 0x1f) - 1)))
            return false;
        *error = find_next();
        return true;
    case 0x22:
        end_owner(sda.psp);
        return true;
    case 0x1d:
    case 0x20:
        return true;
    default:
        if (!is_host_drive((uint8_t)(sda.name1[0] - 'A')))
            return false;
        *error = path_call(f, word);
        return *error != E_FUNCTION; /* of a network: 1Eh, 1Fh, 23h to 26h */
    }
}
