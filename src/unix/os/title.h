/* SPDX-License-Identifier: MIT */
/* The process title's one seam; its public functions are in uv.h. */
#ifndef POLLUX_UNIX_OS_TITLE_H
#define POLLUX_UNIX_OS_TITLE_H

/* Forget uv_setup_args() and free the copy of the arguments that it returned:
 * for uv_library_shutdown(). The title functions give UV_ENOBUFS afterwards. */
void uv__title_shutdown(void);

#endif
