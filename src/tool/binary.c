/* SPDX-License-Identifier: MIT */
/* Reading an ELF file. Both symbol tables are looked at: a program that was
 * linked statically with libuv has its names in the static one only, unless it
 * lets add-ons use them, as Node does. In a stripped program none are left, and
 * the copy cannot be seen. */
#include "tool/binary.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note_dynamic(struct binary* binary, const GElf_Dyn* entry,
                         const char* text) {
  switch (entry->d_tag) {
    case DT_NEEDED:
      text_list_add(&binary->needs, text_copy(text));
      break;
    case DT_SONAME:
      free(binary->soname);
      binary->soname = text_copy(text);
      break;
    case DT_RPATH:
      free(binary->rpath);
      binary->rpath = text_copy(text);
      break;
    case DT_RUNPATH:
      free(binary->runpath);
      binary->runpath = text_copy(text);
      break;
    default:
      break;
  }
}

static bool is_text_tag(GElf_Sxword tag) {
  return tag == DT_NEEDED || tag == DT_SONAME || tag == DT_RPATH ||
         tag == DT_RUNPATH;
}

static void read_dynamic(Elf* elf, Elf_Scn* section, const GElf_Shdr* header,
                         struct binary* binary) {
  Elf_Data* data = elf_getdata(section, NULL);
  if (data == NULL || header->sh_entsize == 0) return;
  binary->is_dynamic = true;
  const size_t count = header->sh_size / header->sh_entsize;
  for (size_t i = 0; i < count; i++) {
    GElf_Dyn entry;
    if (gelf_getdyn(data, (int) i, &entry) == NULL) return;
    if (entry.d_tag == DT_NULL) return;
    if (entry.d_tag == DT_FLAGS_1)
      binary->has_no_default = (entry.d_un.d_val & DF_1_NODEFLIB) != 0;
    if (!is_text_tag(entry.d_tag)) continue;
    const char* text = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
    if (text != NULL) note_dynamic(binary, &entry, text);
  }
}

static void note_symbol(struct binary* binary, const GElf_Sym* symbol,
                        const char* name, bool is_dynamic) {
  const bool is_ours = text_starts_with(name, "pollux_");
  if (!is_ours && !text_starts_with(name, "uv_")) return;
  if (symbol->st_shndx == SHN_UNDEF) {
    if (is_dynamic && !is_ours)
      text_list_add(&binary->imports, text_copy(name));
    return;
  }
  if (is_dynamic) text_list_add(&binary->exports, text_copy(name));
  if (GELF_ST_TYPE(symbol->st_info) != STT_FUNC) return;
  if (strcmp(name, "uv_run") == 0 || strcmp(name, "uv_loop_init") == 0)
    binary->has_loop_code = true;
  if (strcmp(name, "pollux_monitor_name") == 0) binary->is_pollux = true;
}

static void read_symbols(Elf* elf, Elf_Scn* section, const GElf_Shdr* header,
                         struct binary* binary) {
  Elf_Data* data = elf_getdata(section, NULL);
  if (data == NULL || header->sh_entsize == 0) return;
  const size_t count = header->sh_size / header->sh_entsize;
  for (size_t i = 0; i < count; i++) {
    GElf_Sym symbol;
    if (gelf_getsym(data, (int) i, &symbol) == NULL) return;
    const char* name = elf_strptr(elf, header->sh_link, symbol.st_name);
    if (name != NULL)
      note_symbol(binary, &symbol, name, header->sh_type == SHT_DYNSYM);
  }
}

static void read_sections(Elf* elf, struct binary* binary) {
  Elf_Scn* section = NULL;
  while ((section = elf_nextscn(elf, section)) != NULL) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == NULL) continue;
    if (header.sh_type == SHT_DYNAMIC)
      read_dynamic(elf, section, &header, binary);
    else if (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB)
      read_symbols(elf, section, &header, binary);
  }
}

static void read_segments(Elf* elf, struct binary* binary) {
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, (int) i, &header) == NULL) return;
    if (header.p_type == PT_INTERP) binary->has_interpreter = true;
  }
}

static int read_elf(Elf* elf, struct binary* binary) {
  GElf_Ehdr header;
  if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == NULL)
    return -ENOEXEC;
  *binary = (struct binary){
    .machine = header.e_machine,
    .bits = header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
    .is_little_endian = header.e_ident[EI_DATA] == ELFDATA2LSB,
  };
  read_segments(elf, binary);
  read_sections(elf, binary);
  return 0;
}

int binary_read(const char* path, struct binary* binary) {
  if (elf_version(EV_CURRENT) == EV_NONE) return -ENOTSUP;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return -errno;
  Elf* elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
  int rc = elf == NULL ? -ENOEXEC : read_elf(elf, binary);
  elf_end(elf);
  close(fd);
  return rc;
}

void binary_free(struct binary* binary) {
  free(binary->soname);
  free(binary->rpath);
  free(binary->runpath);
  text_list_free(&binary->needs);
  text_list_free(&binary->imports);
  text_list_free(&binary->exports);
  *binary = (struct binary){ .machine = EM_NONE };
}

const char* binary_machine_name(const struct binary* binary) {
  switch (binary->machine) {
    case EM_X86_64:
      return binary->bits == 64 ? "x86-64" : "x32";
    case EM_386:
      return "i386";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_RISCV:
      return binary->bits == 64 ? "riscv64" : "riscv32";
    case EM_PPC64:
      return binary->is_little_endian ? "ppc64le" : "ppc64";
    case EM_S390:
      return "s390x";
    case EM_MIPS:
      return "mips";
    case EM_LOONGARCH:
      return "loongarch";
    default:
      return "another processor";
  }
}

bool binary_same_machine(const struct binary* a, const struct binary* b) {
  return a->machine == b->machine && a->bits == b->bits &&
         a->is_little_endian == b->is_little_endian;
}
