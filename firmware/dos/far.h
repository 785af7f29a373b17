/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_FAR_H
#define FIRMWARE_DOS_FAR_H

/* Memory outside of the kernel's segment, through FS; the caller's registers, through GS. */

#define FP(segment, offset) ((uint32_t)(uint16_t)(segment) << 16 | (uint16_t)(offset))
#define FP_SEG(fp)          ((uint16_t)((fp) >> 16))
#define FP_OFF(fp)          ((uint16_t)(fp))
/* The far pointer, the linear address of something in the kernel's segment */
#define KFP(near)     FP(KSEG, (uint16_t)(uintptr_t)(near))
#define KLINEAR(near) ((uint32_t)KSEG * 16 + (uint16_t)(uintptr_t)(near))
#define LINEAR(fp)    ((uint32_t)FP_SEG(fp) * 16 + FP_OFF(fp))
#define NEAR(fp)      ((void *)(uintptr_t)FP_OFF(fp))

/* The caller's registers; valid while an INT 21h is served.  text_gate loads EBP. */
register struct user_frame __seg_gs *R __asm__("ebp");

static inline void fs_set(uint16_t segment)
{
    __asm__ volatile("movw %w0, %%fs" : : "r"(segment) : "memory");
}

static inline uint16_t gs_get(void)
{
    uint16_t segment;

    __asm__ volatile("movw %%gs, %w0" : "=r"(segment));
    return segment;
}

static inline void gs_set(uint16_t segment)
{
    __asm__ volatile("movw %w0, %%gs" : : "r"(segment) : "memory");
}

/* fget(seg, struct, field), fset(...): a field of a structure at offset 0 of a segment. */
#define fget(segment, type, field)                                                                 \
    ({                                                                                             \
        fs_set(segment);                                                                           \
        ((volatile struct type __seg_fs *)0)->field;                                               \
    })
#define fset(segment, type, field, value)                                                          \
    do {                                                                                           \
        __typeof__(((struct type *)0)->field) value_ = (value);                                    \
        fs_set(segment);                                                                           \
        ((volatile struct type __seg_fs *)0)->field = value_;                                      \
    } while (0)

/* Not inline: this is most of the kernel's code, and a call is shorter. */
uint8_t get8(uint32_t fp);
uint16_t get16(uint32_t fp);
uint32_t get32(uint32_t fp);
void put8(uint32_t fp, uint8_t value);
void put16(uint32_t fp, uint16_t value);
void put32(uint32_t fp, uint32_t value);
/* Where the caller's DS:DX points. */
uint32_t ds_dx(void);

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void halt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

uint32_t vector_get(unsigned n);
void vector_set(unsigned n, uint32_t fp);

/* Offsets wrap at 64 KB; at most 64 KB. */
void far_copy(uint32_t to, uint32_t from, uint32_t count);
void far_fill(uint32_t to, uint8_t value, uint32_t count);
/* ASCIZ into a near buffer of `size`; false: longer. */
bool far_string(char *to, uint32_t from, unsigned size);

void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *s);
char *strcpy(char *to, const char *from);
int strcmp(const char *a, const char *b);
char *strchr(const char *s, int c);

#endif
