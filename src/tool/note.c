/* The note that `weir build` leaves in a driver (section "weir": lines of KEY=VALUE), and what
 * follows from it: a driver with a sanitizer runs only in a process that has that sanitizer's
 * runtime from the start. */
#include "tool/setup.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESTARTED "WEIR_RESTARTED"

/* --- the note -------------------------------------------------------------------------------- */

static bool inside(uint64_t offset, uint64_t bytes, uint64_t total)
{
    return offset <= total && bytes <= total - offset;
}

/* Everything in the file is checked before it is followed. */
static char *note_find(const unsigned char *file, uint64_t total)
{
    const Elf64_Ehdr *head = (const void *)file;

    if (total < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) ||
        head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_shentsize != sizeof(Elf64_Shdr) ||
        head->e_shoff % 8 ||
        !inside(head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr), total) ||
        head->e_shstrndx >= head->e_shnum)
        return NULL;
    const Elf64_Shdr *section = (const void *)(file + head->e_shoff),
                     *names = &section[head->e_shstrndx];
    if (!inside(names->sh_offset, names->sh_size, total))
        return NULL;
    for (unsigned i = 0; i < head->e_shnum; i++) {
        if (!inside(section[i].sh_name, sizeof "weir", names->sh_size) ||
            memcmp(file + names->sh_offset + section[i].sh_name, "weir", sizeof "weir") ||
            section[i].sh_type == SHT_NOBITS ||
            !inside(section[i].sh_offset, section[i].sh_size, total))
            continue;
        return text_copy((const char *)file + section[i].sh_offset,
                         strnlen((const char *)file + section[i].sh_offset, section[i].sh_size));
    }
    return NULL;
}

static char *note_read(const char *path)
{
    struct stat facts;
    char *note = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return NULL;
    if (fstat(file, &facts) == 0 && facts.st_size > 0) {
        void *at = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (at != MAP_FAILED) {
            note = note_find(at, (uint64_t)facts.st_size);
            munmap(at, (size_t)facts.st_size);
        }
    }
    close(file);
    return note;
}

char *note_value(const char *path, const char *key)
{
    const char *note = note_read(path);
    struct text_list lines = {0};
    size_t length = strlen(key);

    if (note)
        text_list_split(&lines, note, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        if (!strncmp(lines.items[i], key, length) && lines.items[i][length] == '=')
            return text_format("%s", lines.items[i] + length + 1);
    }
    return NULL;
}

/* --- runtimes -------------------------------------------------------------------------------- */

struct runtime {
    const char *word, *symbol; /* the symbol that is there when the runtime is */
    const char *gcc, *clang;   /* its file's name; NULL: it cannot be brought in afterwards */
};

static const struct runtime runtimes[] = {
    {"address", "__asan_init", "libasan.so", "libclang_rt.asan-x86_64.so"},
    {"thread", "__tsan_init", NULL, NULL},
    {"undefined", "__ubsan_handle_type_mismatch_v1", "libubsan.so",
     "libclang_rt.ubsan_standalone-x86_64.so"},
};

/* "Debian clang version 19.1.7 ..." -> clang-19; else g++. */
static const char *compiler_command(const char *compiler, bool *clang)
{
    const char *version = strstr(compiler, "clang version ");

    *clang = version != NULL;
    return version ? text_format("clang-%d", atoi(version + strlen("clang version "))) : "gcc";
}

static char *runtime_file(const char *command, const char *name)
{
    FILE *pipe = popen(text_format("%s -print-file-name=%s 2>/dev/null", command, name), "r");
    char line[4096] = "";

    if (!pipe)
        return NULL;
    char *got = fgets(line, sizeof line, pipe);
    pclose(pipe);
    if (!got)
        return NULL;
    line[strcspn(line, "\n")] = 0;
    return line[0] == '/' && path_is_file(line) ? text_format("%s", line) : NULL;
}

static bool missing(const char *sanitizers, const struct runtime *runtime)
{
    return strstr(sanitizers, runtime->word) && !dlsym(RTLD_DEFAULT, runtime->symbol);
}

static int refuse(const char *driver, const char *sanitizers, const char *why)
{
    tool_error("%s was built with the %s sanitizer, and this process has no runtime for it: %s",
               driver, sanitizers, why);
    return TOOL_FINDING;
}

/* The runtimes that one driver needs, added to `preload`. */
static int driver_needs(const char *path, struct text_list *preload)
{
    const char *sanitizers = note_value(path, "sanitizer"),
               *compiler = note_value(path, "compiler");
    bool clang, has_address = sanitizers && strstr(sanitizers, "address");

    if (!sanitizers || !strcmp(sanitizers, "none"))
        return TOOL_WELL;
    const char *command = compiler_command(compiler ? compiler : "", &clang);
    for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++) {
        const struct runtime *runtime = &runtimes[i];
        if (!missing(sanitizers, runtime) ||
            (clang && has_address && !strcmp(runtime->word, "undefined")))
            continue;
        if (getenv(RESTARTED))
            return refuse(path, sanitizers,
                          "it is not there even after a new start with LD_PRELOAD");
        const char *name = clang ? runtime->clang : runtime->gcc;
        if (!name)
            return refuse(path, sanitizers,
                          "ThreadSanitizer must see weir's own locks too, so weir itself must be "
                          "built with -DWEIR_SANITIZE=thread");
        const char *file = runtime_file(command, name);
        if (!file)
            return refuse(
                path, sanitizers,
                text_format("`%s -print-file-name=%s` finds none; install it, or build the "
                            "driver without --sanitize",
                            command, name));
        if (!text_list_has(preload, file))
            text_list_add(preload, file);
    }
    return TOOL_WELL;
}

int note_restart(const char *const *drivers, unsigned count, char **argv)
{
    struct text_list preload = {0};

    for (unsigned i = 0; i < count; i++) {
        int result = driver_needs(drivers[i], &preload);
        if (result != TOOL_WELL)
            return result;
    }
    if (!preload.count)
        return TOOL_WELL;
    const char *files = text_list_join(&preload, ":"), *before = getenv("LD_PRELOAD");
    setenv("LD_PRELOAD", before && *before ? text_format("%s:%s", files, before) : files, 1);
    setenv(RESTARTED, "1", 1);
    fflush(NULL);
    execv("/proc/self/exe", argv);
    tool_error("cannot start again with %s: %s", files, strerror(errno));
    return TOOL_FINDING;
}
