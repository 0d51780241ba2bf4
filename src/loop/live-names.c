/* SPDX-License-Identifier: MIT */
/* Names of types and kinds; see live-names.h. */
#include "loop/live-names.h"

#include "base/abi.h"
#include "loop/work.h"
#include "unix/io/recorder.h"

#include <stdio.h>

#define FILE_OPERATION(type) [UV__WORK_FILE + UV_FS_##type]

static const char* const types[UV__LIVE_TYPES] = { [UV_UNKNOWN_HANDLE] =
                                                       "other",
#define XX(id, name) [UV_##id] = #name,
                                                   UV_HANDLE_TYPE_MAP(XX)
#undef XX
#define XX(id, name) [UV__TYPE_OF_REQ(UV_##id)] = #name,
                                                       UV_REQ_TYPE_MAP(XX)
#undef XX
};

_Static_assert(UV_HANDLE_TYPE_MAX + UV_REQ_TYPE_MAX <= UV__LIVE_TYPES,
               "the page has room for every type");

static const char* const kinds[UV__LIVE_KINDS] = {
  [UV__WORK_USER] = "work",
  [UV__WORK_RANDOM] = "random",
  [UV__WORK_GETADDRINFO] = "getaddrinfo",
  [UV__WORK_GETNAMEINFO] = "getnameinfo",
  FILE_OPERATION(CUSTOM) = "fs.custom",
  FILE_OPERATION(OPEN) = "fs.open",
  FILE_OPERATION(CLOSE) = "fs.close",
  FILE_OPERATION(READ) = "fs.read",
  FILE_OPERATION(WRITE) = "fs.write",
  FILE_OPERATION(SENDFILE) = "fs.sendfile",
  FILE_OPERATION(STAT) = "fs.stat",
  FILE_OPERATION(LSTAT) = "fs.lstat",
  FILE_OPERATION(FSTAT) = "fs.fstat",
  FILE_OPERATION(FTRUNCATE) = "fs.ftruncate",
  FILE_OPERATION(UTIME) = "fs.utime",
  FILE_OPERATION(FUTIME) = "fs.futime",
  FILE_OPERATION(ACCESS) = "fs.access",
  FILE_OPERATION(CHMOD) = "fs.chmod",
  FILE_OPERATION(FCHMOD) = "fs.fchmod",
  FILE_OPERATION(FSYNC) = "fs.fsync",
  FILE_OPERATION(FDATASYNC) = "fs.fdatasync",
  FILE_OPERATION(UNLINK) = "fs.unlink",
  FILE_OPERATION(RMDIR) = "fs.rmdir",
  FILE_OPERATION(MKDIR) = "fs.mkdir",
  FILE_OPERATION(MKDTEMP) = "fs.mkdtemp",
  FILE_OPERATION(RENAME) = "fs.rename",
  FILE_OPERATION(SCANDIR) = "fs.scandir",
  FILE_OPERATION(LINK) = "fs.link",
  FILE_OPERATION(SYMLINK) = "fs.symlink",
  FILE_OPERATION(READLINK) = "fs.readlink",
  FILE_OPERATION(CHOWN) = "fs.chown",
  FILE_OPERATION(FCHOWN) = "fs.fchown",
  FILE_OPERATION(REALPATH) = "fs.realpath",
  FILE_OPERATION(COPYFILE) = "fs.copyfile",
  FILE_OPERATION(LCHOWN) = "fs.lchown",
  FILE_OPERATION(OPENDIR) = "fs.opendir",
  FILE_OPERATION(READDIR) = "fs.readdir",
  FILE_OPERATION(CLOSEDIR) = "fs.closedir",
  FILE_OPERATION(STATFS) = "fs.statfs",
  FILE_OPERATION(MKSTEMP) = "fs.mkstemp",
  FILE_OPERATION(LUTIME) = "fs.lutime",
};

const char* uv__live_type_name(unsigned type) {
  const char* name = type < UV__LIVE_TYPES ? types[type] : NULL;
  return name != NULL ? name : types[UV_UNKNOWN_HANDLE];
}

const char* uv__live_kind_name(unsigned kind) {
  const char* name = kind < UV__LIVE_KINDS ? kinds[kind] : NULL;
  return name != NULL ? name : "other";
}

static void set(char* to, const char* name) {
  snprintf(to, UV__LIVE_NAME, "%.*s", UV__LIVE_NAME - 1, name);
}

void uv__live_fill_names(struct uv__live_page* page) {
  for (unsigned i = 0; i < UV__LIVE_TYPES; i++)
    set(page->type_names[i], uv__live_type_name(i));
  for (unsigned i = 0; i < UV__LIVE_KINDS; i++)
    set(page->kind_names[i], uv__live_kind_name(i));
}
