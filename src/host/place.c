/* Places in code: backtraces by the compiler's unwinder, names and lines by libdw.
 * Lock: a mutex around libdw's session, which is made on the first question and dropped when the
 * set of loaded modules changes.
 * Invariant: a frame of a backtrace is the address after its call, except the innermost one of a
 * signal. */
#include "inside.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

static pthread_mutex_t place_lock = PTHREAD_MUTEX_INITIALIZER;
static Dwfl *session;
static char *debug_path; /* none: nothing is fetched from anywhere */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debug_path,
};

/* --- backtrace --- */

struct walk {
    const void **frames;
    size_t count, most, skip;
};

static _Unwind_Reason_Code walk_frame(struct _Unwind_Context *context, void *argument)
{
    struct walk *walk = argument;
    int before = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &before);

    if (pc == 0 || walk->count == walk->most)
        return _URC_END_OF_STACK;
    if (walk->skip > 0) {
        walk->skip--;
        return _URC_NO_REASON;
    }
    walk->frames[walk->count++] = (const void *)(before ? pc : pc - 1);
    return _URC_NO_REASON;
}

__attribute__((noinline)) size_t host_backtrace(const void **frames, size_t frames_max, size_t skip)
{
    struct walk walk = {.frames = frames, .most = frames_max, .skip = skip + 1};

    _Unwind_Backtrace(walk_frame, &walk);
    return walk.count;
}

/* --- names and lines --- */

/* One loaded module, as the loader knows it. The process's list of mappings will not do: libdw
 * itself maps the files it reads, which then look like a second, lower copy of the module. */
static int report_module(struct dl_phdr_info *info, size_t size, void *context)
{
    char program[PATH_MAX];
    const char *path = info->dlpi_name;

    if (!path[0]) { /* the program itself */
        ssize_t bytes = readlink("/proc/self/exe", program, sizeof program - 1);
        program[bytes > 0 ? bytes : 0] = '\0';
        path = program;
    }
    (void)size;
    (void)context;
    if (path[0] == '/') /* not the kernel's own page */
        dwfl_report_elf(session, path, path, -1, info->dlpi_addr, true);
    return 0;
}

static bool session_make(void)
{
    if (session)
        return true;
    session = dwfl_begin(&callbacks);
    if (!session)
        return false;
    dwfl_report_begin(session);
    dl_iterate_phdr(report_module, NULL);
    if (dwfl_report_end(session, NULL, NULL) == 0)
        return true;
    dwfl_end(session);
    session = NULL;
    return false;
}

void place_forget(void)
{
    pthread_mutex_lock(&place_lock);
    if (session)
        dwfl_end(session);
    session = NULL;
    pthread_mutex_unlock(&place_lock);
}

static void copy_text(char *to, size_t bytes, const char *from)
{
    snprintf(to, bytes, "%s", from ? from : "");
}

/* Without .debug_aranges (clang) libdw does not find the unit by address: ask each one. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

    if (unit)
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
        if (dwarf_haspc(unit, address - *bias) == 1)
            return unit;
    return NULL;
}

static void find_line(Dwfl_Module *module, Dwarf_Addr address, struct host_place *place)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, address, &bias);
    Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, address - bias) : NULL;
    int number = 0;

    if (!line || dwarf_lineno(line, &number) != 0)
        return;
    copy_text(place->file, sizeof place->file, dwarf_linesrc(line, NULL, NULL));
    place->line = number > 0 ? (unsigned)number : 0;
}

static bool symbolise(Dwarf_Addr address, struct host_place *place)
{
    Dwfl_Module *module = session_make() ? dwfl_addrmodule(session, address) : NULL;
    Dwarf_Addr start = 0;

    if (!module)
        return false;
    const char *path = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    const char *slash = path ? strrchr(path, '/') : NULL;
    copy_text(place->module, sizeof place->module, slash ? slash + 1 : path);
    place->offset = address - start;
    copy_text(place->function, sizeof place->function, dwfl_module_addrname(module, address));
    find_line(module, address, place);
    return true;
}

bool host_symbolise(const void *address, struct host_place *place)
{
    memset(place, 0, sizeof *place);
    watchdog_hold();
    pthread_mutex_lock(&place_lock);
    bool found = symbolise((Dwarf_Addr)(uintptr_t)address, place);
    pthread_mutex_unlock(&place_lock);
    watchdog_release();
    return found;
}
