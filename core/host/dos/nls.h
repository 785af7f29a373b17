/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_DOS_NLS_H
#define CORE_HOST_DOS_NLS_H

/* What countries and code pages want: tables of the op NLS. */

#include "core/host/dos/hostfs_internal.h"

/* page: that of now, where the request names none.  DOS_NO_FILE: no such table. */
enum dos_error nls_table(const struct codepage *page, struct hostdos_call *c);
/* Is the country known? */
bool nls_country_known(unsigned country);

#endif
