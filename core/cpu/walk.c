/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address translation from outside of the engines: for a device that is given linear addresses.
 * Source: Intel 64 and IA-32 Architectures SDM, volume 3, section "32-bit paging".
 */
#include "core/cpu/cpu.h"
#include "core/memory.h"

enum { P = 1 << 0, W = 1 << 1, U = 1 << 2, A = 1 << 5, D = 1 << 6, PS = 1 << 7 };
#define LARGE_RSVD 0x003ff000u
#define PAGE_MASK  0xfffff000u

static uint32_t entry_at(struct memory *memory, uint32_t phys)
{
    return mem_read(memory, phys & mem_cpu_mask(memory), 4);
}

/* Through DMA, so that an engine notices if the table lies among its code. */
static void mark(struct memory *memory, uint32_t phys, uint32_t entry, uint32_t bits)
{
    uint32_t fresh = entry | bits;

    if (fresh != entry)
        mem_dma_write(memory, phys & mem_cpu_mask(memory), &fresh, 4);
}

static bool allowed(const struct cpu_paging *paging, uint32_t rights, bool write)
{
    if (paging->user && !(rights & U))
        return false;
    return !write || (rights & W) || (!paging->user && !(paging->cr0 & CR0_WP));
}

static bool walk(struct memory *memory, const struct cpu_paging *paging, uint32_t linear,
                 bool write, uint32_t *phys)
{
    uint32_t pde_at = (paging->cr3 & PAGE_MASK) | (linear >> 20 & 0xffc), pte_at;
    uint32_t pde = entry_at(memory, pde_at), pte, want = A | (write ? D : 0);

    if (!(pde & P))
        return false;
    if ((pde & PS) && (paging->cr4 & CR4_PSE)) {
        if ((pde & LARGE_RSVD) || !allowed(paging, pde, write))
            return false;
        mark(memory, pde_at, pde, want);
        *phys = (pde & 0xffc00000) | (linear & 0x003fffff);
        return true;
    }
    pte_at = (pde & PAGE_MASK) | (linear >> 10 & 0xffc);
    pte = entry_at(memory, pte_at);
    if (!(pte & P) || !allowed(paging, pde & pte, write))
        return false;
    mark(memory, pde_at, pde, A);
    mark(memory, pte_at, entry_at(memory, pte_at), want); /* a directory may map itself */
    *phys = (pte & PAGE_MASK) | (linear & ~PAGE_MASK);
    return true;
}

bool cpu_walk(struct cpu *cpu, uint32_t linear, bool write, uint32_t *phys)
{
    struct cpu_paging paging;

    cpu->ops->paging(cpu, &paging);
    *phys = linear;
    return !(paging.cr0 & CR0_PG) || walk(cpu->host.memory, &paging, linear, write, phys);
}
