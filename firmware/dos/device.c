/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to device drivers, built in or loaded, and the chain of their headers. */
#include "dos.h"

uint16_t device_attributes(uint32_t header)
{
    return get16(header + offsetof(struct device_header, attributes));
}

/* The header of the character device of that name (8 chars, blank-padded); 0: none. */
uint32_t device_find(const char *name)
{
    uint32_t header = KFP(&list_of_lists.nul);

    while (FP_OFF(header) != 0xffff) {
        char text[8];

        far_copy(KFP(text), header + offsetof(struct device_header, name), 8);
        if ((device_attributes(header) & DEV_CHARACTER) && !memcmp(text, name, 8))
            return header;
        header = get32(header);
    }
    return 0;
}

static void prepare(struct device_request *request, uint8_t length, uint8_t command)
{
    memset(request, 0, length);
    request->length = length;
    request->command = command;
}

/* A request without data: open, close, status, flush.  The status. */
uint16_t device_command(uint32_t header, uint8_t command)
{
    struct device_request *request = (struct device_request *)sda.status_request;

    prepare(request, 13 + (command == CMD_PEEK), command);
    call_driver(header, KFP(request));
    return request->status;
}

/* PEEK: is there a character?  -1: no. */
int device_peek(uint32_t header)
{
    uint16_t status = device_command(header, CMD_PEEK);

    if (status & (STATUS_BUSY | STATUS_ERROR))
        return -1;
    return ((struct device_request *)sda.status_request)->character;
}

/* Reads or writes; *count: how many were.  Asks INT 24h on errors. */
unsigned device_transfer(uint32_t header, uint8_t command, uint32_t buffer, uint16_t *count)
{
    struct device_request *request = (struct device_request *)sda.io_request;
    bool write = command == CMD_WRITE || command == CMD_IOCTL_WRITE;
    uint16_t wanted = *count;

    *count = 0;
    for (;;) {
        prepare(request, sizeof(sda.io_request), command);
        request->io.address = buffer;
        request->io.count = (uint16_t)(wanted - *count);
        call_driver(header, KFP(request));
        if (!(request->status & STATUS_ERROR)) {
            *count = (uint16_t)(*count + request->io.count);
            return E_OK;
        }
        *count = (uint16_t)(*count + request->io.count);
        buffer = FP(FP_SEG(buffer), FP_OFF(buffer) + request->io.count);
        switch (critical_error((uint8_t)(0x80 | CRITICAL_ALL | write), 0xff,
                               (uint8_t)request->status, header)) {
        case CRITICAL_AGAIN:
            break;
        case CRITICAL_GO_ON:
            *count = wanted;
            return E_OK;
        default:
            return E_FAILED;
        }
    }
}

uint16_t device_generic(uint32_t header, uint8_t unit, uint8_t command, uint8_t category,
                        uint8_t function, uint32_t data)
{
    struct device_request *request = (struct device_request *)sda.request;

    prepare(request, 23, command);
    request->unit = unit;
    request->generic.category = category;
    request->generic.function = function;
    request->generic.si = R->si;
    request->generic.di = R->di;
    request->generic.data = data;
    call_driver(header, KFP(request));
    return request->status;
}

/* The INFO word of a device when it is opened. */
uint16_t device_info(uint32_t header)
{
    uint16_t attributes = device_attributes(header);

    return (uint16_t)(INFO_DEVICE | INFO_NOT_EOF | (attributes & 0x1f) |
                      (attributes & (DEV_IOCTL | DEV_OPEN)));
}
