/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 21h/44h: what devices are, and control of devices and drives; 69h. */
#include "dos.h"

enum { REMOTE = 0x1000, FIXED = 1 };

uint16_t share_retries = 3, share_delay = 1;

static uint16_t driver_error(uint16_t status)
{
    return (uint16_t)((status & 0xff) + E_WRITE_PROTECT);
}

/* 4400h, 4401h */
static unsigned device_information(struct sft *s)
{
    if (R->al == 0) {
        uint16_t info = s->info;

        if (info & INFO_DEVICE)
            info = (uint16_t)((info & 0xff) | (device_attributes(s->device) & 0xff00));
        R->dx = R->ax = info;
        return E_OK;
    }
    if (R->dh)
        return E_DATA;
    if (!(s->info & INFO_DEVICE))
        return E_FUNCTION;
    s->info = (uint16_t)((s->info & 0xff00) | R->dl | INFO_DEVICE);
    return E_OK;
}

/* 4402h, 4403h: control data of a character device. */
static unsigned device_control(struct sft *s)
{
    uint16_t count = R->cx;
    unsigned error;

    if (!(s->info & INFO_DEVICE) || !(device_attributes(s->device) & DEV_IOCTL))
        return E_FUNCTION;
    error =
        device_transfer(s->device, R->al == 2 ? CMD_IOCTL_READ : CMD_IOCTL_WRITE, ds_dx(), &count);
    if (!error)
        R->ax = count;
    return error;
}

/* 4406h, 4407h */
static unsigned status(struct sft *s)
{
    bool ready;

    if (s->info & INFO_DEVICE)
        ready = R->al == 6 ? (s->info & INFO_NOT_EOF) && device_peek(s->device) >= 0
                           : !(device_command(s->device, CMD_OUTPUT_STATUS) & STATUS_BUSY);
    else
        ready = R->al == 7 || s->position < fs_size(s);
    R->al = ready ? 0xff : 0;
    return E_OK;
}

static unsigned by_handle(void)
{
    struct sft *s;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    switch (R->al) {
    case 0:
    case 1:
        return device_information(s);
    case 2:
    case 3:
        return device_control(s);
    case 6:
    case 7:
        return status(s);
    case 0x0a:
        R->dx = (uint16_t)(s->info & ~INFO_KEEP_TIME);
        if (s->info & INFO_DEVICE)
            R->dx = (uint16_t)((s->info & 0xff) | (device_attributes(s->device) & 0x7f00));
        return E_OK;
    default: /* 0Ch, 10h: generic */
        if (!(s->info & INFO_DEVICE) || !(device_attributes(s->device) & DEV_GENERIC))
            return E_FUNCTION;
        {
            uint16_t result =
                device_generic(s->device, 0, R->al == 0x0c ? CMD_GENERIC_IOCTL : CMD_QUERY_IOCTL,
                               R->ch, R->cl, ds_dx());

            return result & STATUS_ERROR ? driver_error(result) : (unsigned)E_OK;
        }
    }
}

/* 4408h, 4409h, 440Dh-440Fh, 4411h, 4404h, 4405h: of a drive */
static unsigned by_drive(void)
{
    struct cds *c = cds_of_call(R->bl);
    struct dpb *d;
    uint16_t result;
    uint8_t command;

    if (!c)
        return E_DRIVE;
    if (R->al == 9) {
        struct cds *behind = cds_behind(c);

        R->dx = is_network(behind) ? REMOTE
                                   : device_attributes(((struct dpb *)NEAR(behind->dpb))->device);
        if (c->flags & CDS_SUBST)
            R->dx |= 0x8000;
        return E_OK;
    }
    c = cds_behind(c);
    if (is_network(c)) {
        if (R->al == 0x0e || R->al == 0x0f) {
            R->al = 0;
            return E_OK;
        }
        return R->al == 8 ? E_DRIVE : E_FUNCTION;
    }
    d = NEAR(c->dpb);
    switch (R->al) {
    case 4:
    case 5: {
        uint16_t count = R->cx;
        unsigned error;

        if (!(device_attributes(d->device) & DEV_IOCTL))
            return E_FUNCTION;
        error = device_transfer(d->device, R->al == 4 ? CMD_IOCTL_READ : CMD_IOCTL_WRITE, ds_dx(),
                                &count);
        if (!error)
            R->ax = count;
        return error;
    }
    case 8:
        if (!(device_attributes(d->device) & DEV_OPEN))
            return E_FUNCTION;
        result = device_generic(d->device, d->unit, CMD_REMOVABLE, 0, 0, 0);
        R->ax = result & STATUS_BUSY ? FIXED : 0;
        return E_OK;
    case 0x0d:
    case 0x11:
        command = R->al == 0x0d ? CMD_GENERIC_IOCTL : CMD_QUERY_IOCTL;
        break;
    default: /* 0Eh, 0Fh: one drive letter to each unit */
        R->al = 0;
        return E_OK;
    }
    if (!(device_attributes(d->device) & DEV_GENERIC))
        return E_FUNCTION;
    result = device_generic(d->device, d->unit, command, R->ch, R->cl, ds_dx());
    if (!(result & STATUS_ERROR))
        return E_OK;
    return (result & 0xff) == 3 ? E_FUNCTION : driver_error(result);
}

unsigned sys_ioctl(void)
{
    switch (R->al) {
    case 0x00:
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x06:
    case 0x07:
    case 0x0a:
    case 0x0c:
    case 0x10:
        return by_handle();
    case 0x04:
    case 0x05:
    case 0x08:
    case 0x09:
    case 0x0d:
    case 0x0e:
    case 0x0f:
    case 0x11:
        return by_drive();
    case 0x0b:
        if (!R->dx)
            return E_FUNCTION;
        share_retries = list_of_lists.share_retries = R->dx;
        share_delay = list_of_lists.share_delay = R->cx;
        return E_OK;
    default:
        return E_FUNCTION;
    }
}

/* INT 21h/69h: level, serial number, label, kind of FAT; for host folders from the machine. */
unsigned sys_serial_number(void)
{
    struct {
        uint16_t level;
        uint32_t serial;
        char label[11], kind[8];
    } PACKED id;
    struct cds *c = cds_of_call(R->bl);
    uint32_t user = ds_dx();

    if (!c)
        return E_DRIVE;
    c = cds_behind(c);
    if (R->al > 1)
        return E_FUNCTION;
    if (is_network(c))
        return E_FUNCTION;
    far_copy(KFP(&id), user, sizeof(id));
    if (!fat_identity(NEAR(c->dpb), &id, R->al))
        return E_ACCESS;
    if (R->al == 0)
        far_copy(user, KFP(&id), sizeof(id));
    return E_OK;
}
