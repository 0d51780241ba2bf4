/* SPDX-License-Identifier: MIT */
/* Home: the private folder that holds Pollux's libuv.so.1 and nothing else, so
 * that a search path with it in front changes one library only. */
#ifndef POLLUX_TOOL_HOME_H
#define POLLUX_TOOL_HOME_H

/* The folder's full name, or NULL. The caller frees it. It is found from the
 * place of this command, in a build tree as in an installed prefix. */
char* home_find(void);

/* A value for LD_LIBRARY_PATH: the folder, then what is there already. */
char* home_search_path(const char* home, const char* present);

#endif
