/* Driver images: loaded with RTLD_NOW | RTLD_LOCAL, their sections read from the file, and
 * unloading verified.
 * Lock: none; images are opened and closed by one thread at a time.
 * Interface: the bytes of host_image_section live until host_image_close.
 * Invariant: [low, high) covers the loaded segments of the image. */
#include "inside.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct host_image {
    void *handle;
    char *path;
    uintptr_t base, low, high;
    const char *file; /* mapped */
    size_t file_bytes;
};

/* --- the file --- */

static bool file_map(struct host_image *image, char error[HOST_ERROR_BYTES])
{
    int descriptor = open(image->path, O_RDONLY | O_CLOEXEC);
    struct stat facts;

    if (descriptor < 0 || fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        snprintf(error, HOST_ERROR_BYTES, "%.180s: %s", image->path,
                 descriptor < 0 ? strerror(errno) : "not a file");
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    image->file_bytes = (size_t)facts.st_size;
    void *file = image->file_bytes < sizeof(Elf64_Ehdr)
                     ? MAP_FAILED
                     : mmap(NULL, image->file_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (file == MAP_FAILED || memcmp(file, ELFMAG, SELFMAG) != 0 ||
        ((const char *)file)[EI_CLASS] != ELFCLASS64) {
        if (file != MAP_FAILED)
            munmap(file, image->file_bytes);
        snprintf(error, HOST_ERROR_BYTES, "%.180s: not a 64-bit ELF file", image->path);
        return false;
    }
    image->file = file;
    return true;
}

static bool inside_file(const struct host_image *image, uint64_t offset, uint64_t bytes)
{
    return offset <= image->file_bytes && bytes <= image->file_bytes - offset;
}

/* The loader maps what the program headers say and crashes where the file ends before that. */
static bool file_check(const struct host_image *image, char error[HOST_ERROR_BYTES])
{
    const Elf64_Ehdr *head = (const void *)image->file;
    uint64_t table = (uint64_t)head->e_phnum * sizeof(Elf64_Phdr);
    bool whole = head->e_phentsize == sizeof(Elf64_Phdr) && head->e_phoff % 8 == 0 &&
                 inside_file(image, head->e_phoff, table);

    if (head->e_machine != EM_X86_64) {
        snprintf(error, HOST_ERROR_BYTES, "%.160s: built for another processor than x86-64",
                 image->path);
        return false;
    }
    for (unsigned i = 0; whole && i < head->e_phnum; i++) {
        const Elf64_Phdr *part =
            (const Elf64_Phdr *)(const void *)(image->file + head->e_phoff) + i;
        whole = part->p_type != PT_LOAD || inside_file(image, part->p_offset, part->p_filesz);
    }
    if (!whole)
        snprintf(error, HOST_ERROR_BYTES, "%.180s: cut short: build it again", image->path);
    return whole;
}

static const Elf64_Shdr *section_at(const struct host_image *image, unsigned index)
{
    const Elf64_Ehdr *head = (const void *)image->file;
    uint64_t offset = head->e_shoff + (uint64_t)index * sizeof(Elf64_Shdr);

    if (head->e_shentsize != sizeof(Elf64_Shdr) || index >= head->e_shnum || offset % 8 != 0 ||
        head->e_shoff > image->file_bytes || !inside_file(image, offset, sizeof(Elf64_Shdr)))
        return NULL;
    return (const void *)(image->file + offset);
}

const void *host_image_section(struct host_image *image, const char *name, size_t *bytes)
{
    const Elf64_Ehdr *head = (const void *)image->file;
    const Elf64_Shdr *names = section_at(image, head->e_shstrndx), *section;
    size_t name_bytes = strlen(name) + 1;

    if (!names || !inside_file(image, names->sh_offset, names->sh_size))
        return NULL;
    for (unsigned i = 0; (section = section_at(image, i)) != NULL; i++) {
        if (section->sh_name > names->sh_size || name_bytes > names->sh_size - section->sh_name ||
            memcmp(image->file + names->sh_offset + section->sh_name, name, name_bytes) != 0)
            continue;
        if (section->sh_type == SHT_NOBITS ||
            !inside_file(image, section->sh_offset, section->sh_size))
            return NULL;
        *bytes = section->sh_size;
        return image->file + section->sh_offset;
    }
    return NULL;
}

/* --- loading --- */

struct search {
    uintptr_t base;
    struct host_image *image; /* to fill in, or NULL */
    bool found;
};

static int look_at_object(struct dl_phdr_info *info, size_t bytes, void *argument)
{
    struct search *search = argument;

    (void)bytes;
    if (info->dlpi_addr != search->base || !info->dlpi_name || !*info->dlpi_name)
        return 0;
    search->found = true;
    if (!search->image)
        return 1;
    search->image->low = UINTPTR_MAX;
    search->image->high = 0;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr, end = start + part->p_memsz;
        if (part->p_type != PT_LOAD)
            continue;
        if (start < search->image->low)
            search->image->low = start;
        if (end > search->image->high)
            search->image->high = end;
    }
    return 1;
}

static bool load(struct host_image *image, char error[HOST_ERROR_BYTES])
{
    struct link_map *map = NULL;

    image->handle = dlopen(image->path, RTLD_NOW | RTLD_LOCAL);
    if (!image->handle || dlinfo(image->handle, RTLD_DI_LINKMAP, &map) != 0) {
        const char *why = dlerror();
        snprintf(error, HOST_ERROR_BYTES, "%s", why ? why : "dlopen failed");
        if (image->handle)
            dlclose(image->handle);
        return false;
    }
    image->base = map->l_addr;
    struct search search = {.base = image->base, .image = image};
    dl_iterate_phdr(look_at_object, &search);
    WEIR_ASSERT(search.found);
    return true;
}

static void image_free(struct host_image *image)
{
    if (image->file)
        munmap((void *)image->file, image->file_bytes);
    free(image->path);
    free(image);
}

struct host_image *host_image_open(const char *path, char error[HOST_ERROR_BYTES])
{
    struct host_image *image = calloc(1, sizeof *image);

    if (!image) {
        snprintf(error, HOST_ERROR_BYTES, "out of memory");
        return NULL;
    }
    image->path = realpath(path, NULL);
    if (!image->path) {
        snprintf(error, HOST_ERROR_BYTES, "%.180s: %s", path, strerror(errno));
        image_free(image);
        return NULL;
    }
    watchdog_hold();
    bool well = file_map(image, error) && file_check(image, error) && load(image, error);
    place_forget();
    watchdog_release();
    if (well)
        return image;
    image_free(image);
    return NULL;
}

void *host_image_symbol(struct host_image *image, const char *name)
{
    return dlsym(image->handle, name);
}

void *host_own_symbol(const char *name)
{
    Dl_info self, found;
    void *handle, *symbol = NULL;

    if (!dladdr((void *)(uintptr_t)host_own_symbol, &self))
        return NULL;
    handle = dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    if (handle) {
        symbol = dlsym(handle, name);
        dlclose(handle);
    }
    /* dlsym looks into what the library needs, too. */
    return symbol && dladdr(symbol, &found) && found.dli_fbase == self.dli_fbase ? symbol : NULL;
}

bool host_image_contains(const struct host_image *image, const void *address)
{
    return (uintptr_t)address >= image->low && (uintptr_t)address < image->high;
}

bool host_image_close(struct host_image *image)
{
    struct search search = {.base = image->base};

    watchdog_hold();
    place_forget();
    dlclose(image->handle);
    dl_iterate_phdr(look_at_object, &search);
    watchdog_release();
    image_free(image);
    return !search.found;
}
