/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and checking a profile.  All mistakes are collected; each sentence names file, line, key,
 * what was found and what is accepted.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/image_probe.h"
#include "core/speed.h"
#include "profiles/profile.h"

struct reading {
    struct profile *p;
    char *text; /* the file, to find line numbers */
    GPtrArray *problems, *warnings;
};

static void say(GPtrArray *list, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

static void say(GPtrArray *list, const char *fmt, ...)
{
    va_list ap;

    if (!list)
        return;
    va_start(ap, fmt);
    g_ptr_array_add(list, g_strdup_vprintf(fmt, ap));
    va_end(ap);
}

bool profile_parse_size(const char *text, uint64_t *bytes)
{
    char *end;
    uint64_t value, unit = 1;

    if (!g_ascii_isdigit(text[0]))
        return false;
    errno = 0;
    value = g_ascii_strtoull(text, &end, 10);
    if (errno)
        return false;
    switch (g_ascii_toupper(*end)) {
    case 'K':
        unit = 1u << 10;
        end++;
        break;
    case 'M':
        unit = 1u << 20;
        end++;
        break;
    case 'G':
        unit = 1u << 30;
        end++;
        break;
    default:
        break;
    }
    if (*end || value > UINT64_MAX / unit)
        return false;
    *bytes = value * unit;
    return true;
}

/* Line of a key in its group, or of the group; 1 if neither is found. */
static unsigned line_of(const struct reading *r, const char *group, const char *key)
{
    char **lines = g_strsplit(r->text, "\n", -1);
    g_autofree char *head = g_strdup_printf("[%s]", group);
    unsigned group_line = 0, found = 0;

    for (unsigned i = 0; lines[i] && !found; i++) {
        char *line = g_strstrip(lines[i]);
        size_t n = key ? strlen(key) : 0;

        if (line[0] == '[')
            group_line = !strcmp(line, head) ? i + 1 : 0;
        else if (group_line && key && !strncmp(line, key, n) && g_strstrip(line + n)[0] == '=')
            found = i + 1;
        if (group_line && !key)
            found = group_line;
    }
    g_strfreev(lines);
    return found ? found : 1;
}

static void wrong(struct reading *r, const char *group, const char *key, const char *found,
                  const char *accepted)
{
    say(r->problems, "%s, line %u: %s in [%s] is \"%s\"; accepted is %s.", r->p->path,
        line_of(r, group, key), key, group, found, accepted);
}

/* The value, or the default; never NULL. */
static char *text(struct reading *r, const char *group, const char *key, const char *standard)
{
    char *value = g_key_file_get_string(r->p->keys, group, key, NULL);

    return value ? g_strstrip(value) : g_strdup(standard);
}

static bool yes(struct reading *r, const char *group, const char *key, bool standard)
{
    g_autofree char *value = text(r, group, key, standard ? "true" : "false");

    if (!g_ascii_strcasecmp(value, "true") || !g_ascii_strcasecmp(value, "yes"))
        return true;
    if (g_ascii_strcasecmp(value, "false") && g_ascii_strcasecmp(value, "no"))
        wrong(r, group, key, value, "true or false");
    return false;
}

/* One of a list of words separated by '|'. */
static char *word(struct reading *r, const char *group, const char *key, const char *standard,
                  const char *words)
{
    char *value = text(r, group, key, standard);
    char **list = g_strsplit(words, "|", -1);

    if (!g_strv_contains((const char *const *)list, value)) {
        g_autofree char *accepted = g_strjoinv(", ", list);

        wrong(r, group, key, value, accepted);
    }
    g_strfreev(list);
    return value;
}

static unsigned number(struct reading *r, const char *group, const char *key, unsigned most)
{
    g_autofree char *value = text(r, group, key, "0");
    guint64 n = 0;

    if (!g_ascii_string_to_unsigned(value, 10, 0, most, &n, NULL)) {
        g_autofree char *accepted = g_strdup_printf("a number up to %u", most);

        wrong(r, group, key, value, accepted);
    }
    return (unsigned)n;
}

static char *absolute(const struct reading *r, const char *file)
{
    g_autofree char *dir = g_path_get_dirname(r->p->path);

    return g_path_is_absolute(file) ? g_strdup(file) : g_build_filename(dir, file, NULL);
}

/* ---- the groups ---- */

static void read_clock(struct reading *r)
{
    g_autofree char *value = text(r, "Machine", "Clock", "host");

    if (!profile_parse_clock(value, r->p))
        wrong(r, "Machine", "Clock", value,
              "host, utc, offset: with a time such as +3600 or -2y10d, or fixed: or frozen: with a "
              "moment from 1970 on such as 1991-05-17T09:00");
}

static void read_machine(struct reading *r)
{
    struct profile *p = r->p;
    g_autofree char *version = text(r, "Machine", "FormatVersion", "");
    g_autofree char *memory = text(r, "Machine", "Memory", "16M");
    g_autofree char *speed = text(r, "Machine", "Speed", "full");
    g_autofree char *base = g_path_get_basename(p->path);
    g_autofree char *disk_speed = NULL, *on_terminate = NULL;
    uint64_t bytes = 0;

    if (g_str_has_suffix(base, PROFILE_SUFFIX))
        base[strlen(base) - strlen(PROFILE_SUFFIX)] = 0;
    if (strcmp(version, "1"))
        wrong(r, "Machine", "FormatVersion", version,
              "1 (a higher one needs a newer version of Bygone)");
    p->name = text(r, "Machine", "Name", base);
    p->notes = text(r, "Machine", "Notes", "");
    p->uuid = text(r, "Machine", "Uuid", "");
    if (!g_uuid_string_is_valid(p->uuid))
        wrong(r, "Machine", "Uuid", p->uuid, "a UUID such as `uuidgen` makes");
    p->board = word(r, "Machine", "Board", "pc-pci-v1", "pc-pci-v1");
    if (!profile_parse_size(memory, &bytes) || bytes < 1u << 20 || bytes > 2ull << 30 ||
        bytes % (1u << 20)) {
        wrong(r, "Machine", "Memory", memory, "1M to 2G in whole megabytes");
        bytes = 16u << 20;
    }
    p->memory = (uint32_t)bytes;
    p->cpu = word(r, "Machine", "Cpu", "486", "486|Pentium|PentiumII");
    p->engine = word(r, "Machine", "Engine", "auto", "auto|kvm|own|translate|interpret");
    if (!speed_parse(speed, &p->speed)) {
        g_autofree char *accepted = g_strconcat(SPEED_WORDS, speed_list(), NULL);

        wrong(r, "Machine", "Speed", speed, accepted);
    }
    p->boot = text(r, "Machine", "Boot", "ac");
    if (!p->boot[0] || strspn(p->boot, "acd") != strlen(p->boot) || strlen(p->boot) > 3)
        wrong(r, "Machine", "Boot", p->boot, "up to three of the letters a, c and d, such as ac");
    disk_speed = word(r, "Machine", "DiskSpeed", "fast", "fast|real");
    p->disk_fast = strcmp(disk_speed, "real") != 0;
    p->debug_exit = yes(r, "Machine", "DebugExit", false);
    on_terminate = word(r, "Machine", "OnTerminate", "save", "save|shutdown|off");
    p->on_terminate = !strcmp(on_terminate, "off")        ? TERMINATE_OFF
                      : !strcmp(on_terminate, "shutdown") ? TERMINATE_SHUTDOWN
                                                          : TERMINATE_SAVE;
    read_clock(r);
}

/* Geometry=C/H/S in place of the three keys. */
static void read_geometry(struct reading *r, const char *group, struct profile_image *image)
{
    g_autofree char *value = text(r, group, "Geometry", "");
    g_auto(GStrv) parts = g_strsplit(value, "/", -1);
    guint64 c = 0, h = 0, s = 0;

    if (!value[0])
        return;
    if (g_strv_length(parts) != 3 ||
        !g_ascii_string_to_unsigned(parts[0], 10, 1, 65535, &c, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 1, 255, &h, NULL) ||
        !g_ascii_string_to_unsigned(parts[2], 10, 1, 63, &s, NULL)) {
        wrong(r, group, "Geometry", value,
              "cylinders/heads/sectors, such as 615/4/17, up to 65535/255/63");
        return;
    }
    if (image->cylinders || image->heads || image->sectors)
        say(r->problems,
            "%s, line %u: [%s] has Geometry and Cylinders, Heads or Sectors; give one of them.",
            r->p->path, line_of(r, group, "Geometry"), group);
    image->cylinders = (uint16_t)c;
    image->heads = (uint16_t)h;
    image->sectors = (uint16_t)s;
}

static void read_image(struct reading *r, const char *group, struct profile_image *image, bool disk)
{
    g_autofree char *file = NULL;

    if (!g_key_file_has_group(r->p->keys, group))
        return;
    file = text(r, group, "File", "");
    if (file[0])
        image->file = absolute(r, file);
    else if (disk)
        say(r->problems, "%s, line %u: [%s] has no File=; name the image.", r->p->path,
            line_of(r, group, NULL), group);
    image->read_only = yes(r, group, "ReadOnly", false);
    if (!disk)
        return;
    image->cylinders = (uint16_t)number(r, group, "Cylinders", 16383);
    image->heads = (uint16_t)number(r, group, "Heads", 16);
    image->sectors = (uint16_t)number(r, group, "Sectors", 63);
    if ((image->cylinders || image->heads || image->sectors) &&
        !(image->cylinders && image->heads && image->sectors))
        say(r->problems,
            "%s, line %u: [%s] gives only a part of the geometry; give Cylinders, Heads and "
            "Sectors, or none of them.",
            r->p->path, line_of(r, group, NULL), group);
    read_geometry(r, group, image);
}

static const char *const positions[4] = { "primary-master", "primary-slave", "secondary-master",
                                          "secondary-slave" };

static bool taken(const struct profile *p, unsigned position, const struct profile_cdrom *but)
{
    bool used = p->disk[position].file != NULL;

    for (unsigned i = 0; i < PROFILE_CDROMS; i++)
        if (&p->cdrom[i] != but && p->cdrom[i].present && p->cdrom[i].position == position)
            used = true;
    return used;
}

/* Without a position of its own: the secondary channel, then where there is room. */
static void place_cdrom(struct reading *r, const char *group, struct profile_cdrom *cdrom)
{
    static const unsigned order[4] = { 2, 3, 1, 0 };

    for (unsigned i = 0; i < 4; i++)
        if (!taken(r->p, order[i], cdrom)) {
            cdrom->position = order[i];
            return;
        }
    say(r->problems, "%s, line %u: there is no room for [%s]: all four IDE positions are taken.",
        r->p->path, line_of(r, group, NULL), group);
}

/* After the disks. */
static void read_cdrom(struct reading *r, unsigned i)
{
    struct profile_cdrom *cdrom = &r->p->cdrom[i];
    const char *group = i ? "Cdrom 2" : "Cdrom";
    g_autofree char *file = NULL, *position = NULL;
    unsigned n = 0;

    if (!g_key_file_has_group(r->p->keys, group))
        return;
    file = text(r, group, "Image", "");
    position = text(r, group, "Position", "");
    if (file[0])
        cdrom->file = absolute(r, file);
    if (!position[0]) {
        place_cdrom(r, group, cdrom);
        cdrom->present = true;
        return;
    }
    while (n < 4 && strcmp(positions[n], position))
        n++;
    if (n == 4)
        wrong(r, group, "Position", position,
              "primary-master, primary-slave, secondary-master or secondary-slave");
    else if (taken(r->p, n, cdrom))
        say(r->problems, "%s, line %u: the position %s of [%s] is taken by another drive.",
            r->p->path, line_of(r, group, "Position"), position, group);
    cdrom->position = n % 4;
    cdrom->present = true;
}

void profile_cdrom_name(const struct profile *p, unsigned i, char name[16])
{
    unsigned n = 0;

    for (unsigned k = 0; k < PROFILE_CDROMS; k++)
        n += p->cdrom[k].present && p->cdrom[k].position < p->cdrom[i].position;
    g_snprintf(name, 16, "cdrom%u", n);
}

static void read_port(struct reading *r, bool parallel, unsigned i)
{
    static const char *const accepted_ports[2] = {
        "a multiple of 8 from 0x220 to 0x3e8 that no other chip uses, such as 0x3f8",
        "0x378, 0x278, 0x3bc, or a multiple of 8 from 0x220 that no other chip uses"
    };
    struct profile_port *p = parallel ? &r->p->parallel[i] : &r->p->serial[i];
    g_autofree char *group = g_strdup_printf("%s %u", parallel ? "Parallel" : "Serial", i + 1);
    g_autofree char *target = NULL, *port = NULL, *irq = NULL, *speed = NULL, *ends = NULL;
    g_autofree char *dir = g_path_get_dirname(r->p->path);
    const char *accepted;
    guint64 n = 0;

    if (!g_key_file_has_group(r->p->keys, group))
        return;
    p->present = true;
    target = text(r, group, "Target", "none");
    p->target = profile_target(parallel, target, dir, false, &accepted);
    if (!p->target)
        wrong(r, group, "Target", target, accepted);
    port = text(r, group, "Port", "");
    if (port[0] && (!g_ascii_string_to_unsigned(port + (g_str_has_prefix(port, "0x") ? 2 : 0), 16,
                                                0x100, 0x3ff, &n, NULL) ||
                    !profile_port_free(parallel, (unsigned)n)))
        wrong(r, group, "Port", port, accepted_ports[parallel]);
    p->port = (uint16_t)n;
    irq = g_key_file_has_key(r->p->keys, group, "Irq", NULL)
              ? word(r, group, "Irq", "", "3|4|5|7|10|11")
              : NULL;
    p->irq = irq ? (uint8_t)g_ascii_strtoull(irq, NULL, 10) : 0;
    speed = parallel ? NULL : word(r, group, "Speed", "line", "line|fast");
    p->fast = !g_strcmp0(speed, "fast");
    ends = text(r, group, "JobEnds", "10s");
    p->job_seconds = profile_parse_seconds(ends);
    if (parallel && !p->job_seconds)
        wrong(r, group, "JobEnds", ends, "1s to 3600s, or 1m to 60m");
}

static bool is_loopback(const char *address)
{
    return !strcmp(address, "localhost") || g_str_has_prefix(address, "127.") ||
           !strcmp(address, "::1");
}

static void read_vnc(struct reading *r)
{
    struct profile_vnc *vnc = &r->p->vnc;
    g_autofree char *port = text(r, "Vnc", "Port", "auto");
    g_autofree char *password_file = text(r, "Vnc", "PasswordFile", "");
    g_autofree char *unix_path = text(r, "Vnc", "Unix", "");
    g_autofree char *clipboard = word(r, "Vnc", "Clipboard", "off", "off|type");
    guint64 n = 0;

    vnc->present = g_key_file_has_group(r->p->keys, "Vnc");
    vnc->listen = text(r, "Vnc", "Listen", "localhost");
    if (strcmp(port, "auto") && !g_ascii_string_to_unsigned(port, 10, 0, 65535, &n, NULL))
        wrong(r, "Vnc", "Port", port, "auto, or a number up to 65535 (0: no port)");
    vnc->port = strcmp(port, "auto") ? (int)n : -1;
    vnc->web = (int)number(r, "Vnc", "Web", 65535);
    vnc->password_file = password_file[0] ? absolute(r, password_file) : NULL;
    vnc->unix_path = unix_path[0] ? absolute(r, unix_path) : NULL;
    vnc->tls = yes(r, "Vnc", "Tls", false);
    vnc->clipboard = !strcmp(clipboard, "type");
    if (!is_loopback(vnc->listen) && (!vnc->tls || !vnc->password_file))
        say(r->problems,
            "%s, line %u: Listen in [Vnc] lets other computers in, which needs PasswordFile= and "
            "Tls=true.",
            r->p->path, line_of(r, "Vnc", "Listen"));
}

static void read_kernel(struct reading *r)
{
    g_autofree char *kernel = text(r, "Kernel", "Kernel", "");
    g_autofree char *initrd = text(r, "Kernel", "Initrd", "");

    r->p->cmdline = text(r, "Kernel", "Cmdline", "");
    if (!g_key_file_has_group(r->p->keys, "Kernel"))
        return;
    if (kernel[0])
        r->p->kernel = absolute(r, kernel);
    else
        say(r->problems, "%s, line %u: [Kernel] has no Kernel=; name the kernel's file.",
            r->p->path, line_of(r, "Kernel", NULL));
    if (initrd[0])
        r->p->initrd = absolute(r, initrd);
}

/* "Folder C", "Folder C\\LEDGER": the drive and the name on it; false: no such group. */
static bool parse_folder(const char *group, char *drive, char at[13])
{
    const char *s = group + strlen("Folder ");
    size_t len;

    if (!g_str_has_prefix(group, "Folder ") || s[0] < 'A' || s[0] > 'Y')
        return false;
    *drive = s[0];
    at[0] = 0;
    if (!s[1])
        return true;
    len = strlen(s + 2);
    if (s[1] != '\\' || len < 1 || len > 8 ||
        strspn(s + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$!#") != len)
        return false;
    strcpy(at, s + 2);
    return true;
}

static void read_folder(struct reading *r, const char *group)
{
    struct profile_dos *dos = &r->p->dos;
    struct profile_folder *f = &dos->folder[dos->folders];
    g_autofree char *path = text(r, group, "Path", "");

    if (!parse_folder(group, &f->drive, f->at)) {
        say(r->problems,
            "%s, line %u: [%s] is no drive; accepted are [Folder A] to [Folder Y], and [Folder "
            "C\\NAME] with a name of up to 8 capitals and digits.",
            r->p->path, line_of(r, group, NULL), group);
        return;
    }
    if (dos->folders + 1 == PROFILE_FOLDERS || !path[0]) {
        say(r->problems, "%s, line %u: %s%s%s.", r->p->path, line_of(r, group, NULL),
            path[0] ? "there are more folders than 31" : "[", path[0] ? "" : group,
            path[0] ? "" : "] has no Path=; name the folder");
        return;
    }
    f->path = absolute(r, path);
    f->read_only = yes(r, group, "ReadOnly", false);
    dos->folders++;
    dos->present = true;
}

static bool has_drive(const struct profile_dos *dos, char drive)
{
    for (unsigned i = 0; i < dos->folders; i++)
        if (dos->folder[i].drive == drive && !dos->folder[i].at[0])
            return true;
    return false;
}

static void read_dos(struct reading *r)
{
    struct profile_dos *dos = &r->p->dos;
    g_auto(GStrv) groups = g_key_file_get_groups(r->p->keys, NULL);
    g_autofree char *page = word(r, "Dos", "CodePage", "437",
                                 "437|737|775|850|852|855|857|858|860|861|862|863|864|865|866|869|"
                                 "949");
    g_autofree char *share = word(r, "Dos", "Share", "novell", "novell|dos|off");
    g_autofree char *name_case = word(r, "Dos", "NameCase", "upper", "upper|lower");
    g_autofree char *startup = text(r, "Dos", "Startup", "");

    dos->present = g_key_file_has_group(r->p->keys, "Dos");
    dos->boot = yes(r, "Dos", "Boot", false);
    dos->code_page = (unsigned)g_ascii_strtoull(page, NULL, 10);
    dos->country = g_key_file_has_key(r->p->keys, "Dos", "Country", NULL)
                       ? number(r, "Dos", "Country", 999)
                       : 1;
    dos->share = !strcmp(share, "off")   ? SHARE_OFF
                 : !strcmp(share, "dos") ? SHARE_DOS
                                         : SHARE_NOVELL;
    dos->lower_case = !strcmp(name_case, "lower");
    dos->startup = startup[0] ? g_strdup(startup) : NULL;
    dos->ends = yes(r, "Dos", "Ends", false);
    dos->text = yes(r, "Dos", "Text", false);
    if (strlen(startup) > 120)
        wrong(r, "Dos", "Startup", startup, "a command of up to 120 characters");
    for (unsigned i = 0; groups[i]; i++)
        if (g_str_has_prefix(groups[i], "Folder "))
            read_folder(r, groups[i]);
    for (unsigned i = 0; i < dos->folders; i++)
        if (dos->folder[i].at[0] && !has_drive(dos, dos->folder[i].drive))
            say(r->problems,
                "%s: [Folder %c\\%s] lies on a drive that there is not; add [Folder %c].",
                r->p->path, dos->folder[i].drive, dos->folder[i].at, dos->folder[i].drive);
}

static const struct {
    const char *group, *keys;
} known[] = {
    { "Machine", "FormatVersion|Name|Uuid|Notes|Board|Memory|Cpu|Engine|Speed|Clock|Boot|DiskSpeed|"
                 "DebugExit|OnTerminate" },
    { "Floppy A", "File|ReadOnly" },
    { "Floppy B", "File|ReadOnly" },
    { "Disk 0", "File|ReadOnly|Geometry|Cylinders|Heads|Sectors" },
    { "Disk 1", "File|ReadOnly|Geometry|Cylinders|Heads|Sectors" },
    { "Disk 2", "File|ReadOnly|Geometry|Cylinders|Heads|Sectors" },
    { "Disk 3", "File|ReadOnly|Geometry|Cylinders|Heads|Sectors" },
    { "Cdrom", "Image|Position" },
    { "Cdrom 2", "Image|Position" },
    { "Kernel", "Kernel|Initrd|Cmdline" },
    { "Serial 1", "Target|Port|Irq|Speed" },
    { "Serial 2", "Target|Port|Irq|Speed" },
    { "Serial 3", "Target|Port|Irq|Speed" },
    { "Serial 4", "Target|Port|Irq|Speed" },
    { "Parallel 1", "Target|Port|Irq|JobEnds" },
    { "Parallel 2", "Target|Port|Irq|JobEnds" },
    { "Parallel 3", "Target|Port|Irq|JobEnds" },
    { "Dos", "Boot|CodePage|Country|Share|NameCase|Startup|Ends|Text" },
    { "Folder C", "Path|ReadOnly" }, /* and other drives, and [Folder C\\NAME] */
    { "Vnc", "Listen|Port|Web|PasswordFile|Unix|Tls|Clipboard" },
};

static void warn_unknown(struct reading *r)
{
    g_auto(GStrv) groups = g_key_file_get_groups(r->p->keys, NULL);

    for (unsigned g = 0; groups[g]; g++) {
        g_auto(GStrv) keys = g_key_file_get_keys(r->p->keys, groups[g], NULL, NULL);
        const char *words = NULL;

        for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
            if (!strcmp(known[i].group, groups[g]))
                words = known[i].keys;
        if (g_str_has_prefix(groups[g], "Folder "))
            words = "Path|ReadOnly";
        if (!words) {
            say(r->warnings, "%s, line %u: the group [%s] is not known here; it is kept.",
                r->p->path, line_of(r, groups[g], NULL), groups[g]);
            continue;
        }
        for (unsigned k = 0; keys && keys[k]; k++) {
            g_auto(GStrv) list = g_strsplit(words, "|", -1);

            if (!g_strv_contains((const char *const *)list, keys[k]))
                say(r->warnings, "%s, line %u: the key %s in [%s] is not known here; it is kept.",
                    r->p->path, line_of(r, groups[g], keys[k]), keys[k], groups[g]);
        }
    }
}

bool profile_known(unsigned i, const char **group, const char **keys)
{
    if (i >= G_N_ELEMENTS(known))
        return false;
    *group = known[i].group;
    *keys = known[i].keys;
    return true;
}

static void read_all(struct reading *r)
{
    if (!g_key_file_has_group(r->p->keys, "Machine")) {
        say(r->problems, "%s: there is no [Machine] group; this is not a Bygone profile.",
            r->p->path);
        return;
    }
    read_machine(r);
    read_image(r, "Floppy A", &r->p->floppy[0], false);
    read_image(r, "Floppy B", &r->p->floppy[1], false);
    for (unsigned i = 0; i < 4; i++) {
        g_autofree char *group = g_strdup_printf("Disk %u", i);

        read_image(r, group, &r->p->disk[i], true);
        read_port(r, false, i);
    }
    for (unsigned i = 0; i < PROFILE_CDROMS; i++)
        read_cdrom(r, i);
    for (unsigned i = 0; i < 3; i++)
        read_port(r, true, i);
    read_vnc(r);
    read_kernel(r);
    read_dos(r);
    warn_unknown(r);
}

struct profile *profile_load(const char *path, GPtrArray *problems, GPtrArray *warnings)
{
    struct profile *p = g_new0(struct profile, 1);
    struct reading r = { .p = p, .problems = problems, .warnings = warnings };
    g_autoptr(GError) error = NULL;
    g_autofree char *stem = NULL;
    unsigned before = problems->len;
    gsize length;

    p->path = g_canonicalize_filename(path, NULL);
    stem = g_str_has_suffix(p->path, PROFILE_SUFFIX)
               ? g_strndup(p->path, strlen(p->path) - strlen(PROFILE_SUFFIX))
               : g_strdup(p->path);
    p->folder = g_strconcat(stem, ".d", NULL);
    p->keys = g_key_file_new();
    if (!g_file_get_contents(p->path, &r.text, &length, &error)) {
        say(problems, "%s.", error->message);
    } else if (length > 1u << 20) {
        say(problems, "%s: a profile of %u KB is none; profiles are short texts.", p->path,
            (unsigned)(length / 1024));
    } else if (!g_utf8_validate(r.text, (gssize)length, NULL)) {
        say(problems, "%s: the text is not UTF-8.", p->path);
    } else if (!g_key_file_load_from_data(p->keys, r.text, length,
                                          G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS,
                                          &error)) {
        say(problems, "%s: %s.", p->path, error->message);
    } else {
        read_all(&r);
        if (problems->len != before) /* all mistakes at once, those of the images too */
            profile_check_images(p, problems);
    }
    g_free(r.text);
    if (problems->len == before)
        return p;
    profile_free(p);
    return NULL;
}

void profile_free(struct profile *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < 4; i++) {
        g_free(p->disk[i].file);
        g_free(p->serial[i].target);
    }
    for (unsigned i = 0; i < PROFILE_CDROMS; i++)
        g_free(p->cdrom[i].file);
    for (unsigned i = 0; i < 3; i++)
        g_free(p->parallel[i].target);
    g_free(p->floppy[0].file);
    g_free(p->floppy[1].file);
    for (unsigned i = 0; i < p->dos.folders; i++)
        g_free(p->dos.folder[i].path);
    g_free(p->dos.startup);
    g_free(p->vnc.listen);
    g_free(p->vnc.password_file);
    g_free(p->vnc.unix_path);
    g_free(p->kernel);
    g_free(p->initrd);
    g_free(p->cmdline);
    g_free(p->path);
    g_free(p->folder);
    g_free(p->name);
    g_free(p->uuid);
    g_free(p->notes);
    g_free(p->board);
    g_free(p->cpu);
    g_free(p->engine);
    g_free(p->boot);
    g_key_file_unref(p->keys);
    g_free(p);
}

/* ---- the images ---- */

bool profile_is_floppy_size(uint64_t bytes)
{
    static const unsigned kb[] = { 160, 180, 320, 360, 640, 720, 1200, 1440, 1680, 1722, 2880 };

    for (unsigned i = 0; i < G_N_ELEMENTS(kb); i++)
        if (bytes == (uint64_t)kb[i] * 1024)
            return true;
    return false;
}

static void check_image(const char *what, const struct profile_image *image, bool disk,
                        GPtrArray *problems)
{
    struct flock lock = { .l_type = image->read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
    struct stat st;
    int fd;

    if (!image->file)
        return;
    fd = open(image->file, (image->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        say(problems, "%s: the image %s cannot be opened: %s%s.", what, image->file,
            strerror(errno),
            errno == EACCES && !image->read_only ? " (ReadOnly=true would do without writing)"
                                                 : "");
        return;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        say(problems, "%s: %s is not a file.", what, image->file);
    else if (!disk && !profile_is_floppy_size((uint64_t)st.st_size))
        say(problems, "%s: %s has %lld bytes, which is no floppy format of the PC.", what,
            image->file, (long long)st.st_size);
    else if (disk && (st.st_size < 512 || st.st_size % 512))
        say(problems, "%s: %s has %lld bytes; a disk image is a whole number of 512-byte sectors.",
            what, image->file, (long long)st.st_size);
    else if (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        say(problems, "%s: the image %s is in use by another machine.", what, image->file);
    close(fd);
}

/* The kernel's own format is looked at when the machine starts. */
static void check_kernel_file(const char *key, const char *file, GPtrArray *problems)
{
    struct stat st;
    int fd;

    if (!file)
        return;
    fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        say(problems, "Kernel: %s= names %s, which cannot be opened: %s.", key, file,
            strerror(errno));
    else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        say(problems, "Kernel: %s= names %s, which is not a file.", key, file);
    else if (!st.st_size || st.st_size > PROFILE_KERNEL_MAX)
        say(problems, "Kernel: %s= names %s of %lld bytes; accepted are 1 byte to 1 GB.", key, file,
            (long long)st.st_size);
    if (fd >= 0)
        close(fd);
}

static void check_cdrom(const char *what, const char *file, GPtrArray *problems)
{
    struct image_info info;
    struct error err;
    int fd;

    if (!file)
        return;
    fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        say(problems, "%s: the image %s cannot be opened: %s.", what, file, strerror(errno));
        return;
    }
    if (!image_probe(fd, file, &info, &err) || !image_is_cdrom(&info, file, &err))
        say(problems, "%s: %s", what, err.text);
    close(fd);
}

static void check_folder(const struct profile_folder *f, GPtrArray *problems)
{
    int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        say(problems, "Folder %c%s%s: %s cannot be opened: %s.", f->drive, f->at[0] ? "\\" : "",
            f->at, f->path, errno == ENOTDIR ? "it is not a folder" : strerror(errno));
    else
        close(fd);
}

bool profile_check_images(const struct profile *p, GPtrArray *problems)
{
    unsigned before = problems->len;

    for (unsigned i = 0; i < p->dos.folders; i++)
        check_folder(&p->dos.folder[i], problems);

    check_image("Floppy A", &p->floppy[0], false, problems);
    check_image("Floppy B", &p->floppy[1], false, problems);
    for (unsigned i = 0; i < 4; i++) {
        g_autofree char *what = g_strdup_printf("Disk %u", i);

        check_image(what, &p->disk[i], true, problems);
    }
    for (unsigned i = 0; i < PROFILE_CDROMS; i++)
        check_cdrom(i ? "Cdrom 2" : "Cdrom", p->cdrom[i].file, problems);
    profile_check_ports(p, problems);
    check_kernel_file("Kernel", p->kernel, problems);
    check_kernel_file("Initrd", p->initrd, problems);
    return problems->len == before;
}

/* ---- places ---- */

char *profile_library(void)
{
    return g_build_filename(g_get_user_data_dir(), "bygone", NULL);
}

char *profile_find(const char *path_or_name, bool may_be_new, char **problem)
{
    g_autofree char *library = profile_library();
    g_autofree char *file = g_strconcat(path_or_name, PROFILE_SUFFIX, NULL);
    g_autofree char *in_library = g_build_filename(library, file, NULL);

    if (g_file_test(path_or_name, G_FILE_TEST_IS_REGULAR) ||
        (may_be_new && g_str_has_suffix(path_or_name, PROFILE_SUFFIX)))
        return g_canonicalize_filename(path_or_name, NULL);
    if (g_file_test(file, G_FILE_TEST_IS_REGULAR) || (may_be_new && strchr(path_or_name, '/')))
        return g_canonicalize_filename(file, NULL);
    if (!strchr(path_or_name, '/') &&
        (may_be_new || g_file_test(in_library, G_FILE_TEST_IS_REGULAR)))
        return g_steal_pointer(&in_library);
    *problem = g_strdup_printf("There is no machine \"%s\": neither a file of that name nor %s.",
                               path_or_name, in_library);
    return NULL;
}

char *profile_runtime_dir(const struct profile *p, bool make)
{
    const char *xdg = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *run = g_strdup_printf("/run/user/%u", (unsigned)getuid());
    g_autofree char *base = NULL;
    char *dir;

    if (xdg && xdg[0] == '/')
        base = g_build_filename(xdg, "bygone", NULL);
    else if (g_file_test(run, G_FILE_TEST_IS_DIR))
        base = g_build_filename(run, "bygone", NULL);
    else
        base = g_build_filename(g_get_user_cache_dir(), "bygone", "run", NULL);
    dir = g_build_filename(base, p->uuid, NULL);
    if (make)
        g_mkdir_with_parents(dir, 0700);
    return dir;
}
