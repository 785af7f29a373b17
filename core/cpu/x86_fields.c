/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that saves struct x86_state by name. */
#include "core/cpu/x86_fields.h"

#define X(member)     FIELD(struct x86_state, member)
#define ARRAY(member) FIELD_ARRAY(struct x86_state, member)
#define SEGMENT(member)                                                                            \
    X(member.base), X(member.limit), X(member.selector), X(member.attr)
#define TABLE(member) X(member.base), X(member.limit), X(member.pad)

const struct field x86_fields[] = {
    ARRAY(fpu.mant), ARRAY(fpu.exp), X(fpu.fcw), X(fpu.fsw), X(fpu.ftw), X(fpu.fop), X(fpu.fip),
    X(fpu.fdp), X(fpu.fcs), X(fpu.fds), ARRAY(sse.xmm[0]), ARRAY(sse.xmm[1]), ARRAY(sse.xmm[2]),
    ARRAY(sse.xmm[3]), ARRAY(sse.xmm[4]), ARRAY(sse.xmm[5]), ARRAY(sse.xmm[6]), ARRAY(sse.xmm[7]),
    X(sse.mxcsr), X(sse.pad), X(tsc_offset), X(msr_mcaddr), X(msr_mctype), ARRAY(gpr), X(eip),
    X(eflags), SEGMENT(seg[0]), SEGMENT(seg[1]), SEGMENT(seg[2]), SEGMENT(seg[3]), SEGMENT(seg[4]),
    SEGMENT(seg[5]), SEGMENT(ldtr), SEGMENT(tr), TABLE(gdtr), TABLE(idtr), X(cr0), X(cr2), X(cr3),
    X(cr4), ARRAY(dr), X(sysenter_cs), X(sysenter_esp), X(sysenter_eip), X(tsc_khz),
    X(exception_code), X(exception_payload), X(exception_pending), X(exception_vector),
    X(exception_has_code), X(intr_pending), X(intr_vector), X(nmi_pending), X(nmi_blocked),
    X(shadow_sti), X(shadow_ss), X(halted), X(ferr), X(ignne),
    { 0 },
};
