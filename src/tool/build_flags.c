/* The one place that knows with which flags a driver is compiled (docs/design/porting.md says why
 * each is there). */
#include "tool/build.h"

#include <stdio.h>
#include <string.h>

static const char *const flags_all[] = {
    "-c",
    "-g",
    "-fPIC",
    "-fms-extensions",
    "-mms-bitfields",
    "-fshort-wchar",
    "-fno-strict-aliasing",
    "-fwrapv",
    "-fno-delete-null-pointer-checks",
    "-fno-stack-protector",
    /* the compilers fold these with 32-bit wide characters */
    "-fno-builtin-wcslen",
    "-fno-builtin-wcscpy",
    "-fno-builtin-wcscmp",
    "-fno-builtin-wcschr",
    /* words of Microsoft's compiler, which a source may use before any header */
    "-D__cdecl=",
    "-D__stdcall=",
    "-D__fastcall=",
    "-D_cdecl=",
    "-D__unaligned=",
    "-D__int8=char",
    "-D__int16=short",
    "-D__int32=int",
    "-D__int64=long long",
    "-D_WIN64",
    "-D_AMD64_",
    "-DAMD64",
    "-D_M_AMD64=100",
    "-D_M_X64=100",
    "-D_KERNEL_MODE=1",
    "-D_WIN32_WINNT=0x0A00",
    "-DWINVER=0x0A00",
    "-DNTDDI_VERSION=0x0A00000C",
};
static const char *const flags_c[] = {
    "-Werror=implicit-function-declaration", /* a DDI that no header has is then told with its line
                                              */
    "-Wno-implicit-int",                     /* f(VOID) without a header, as in the samples */
    "-Wno-multichar",                        /* pool tags */
};
static const char *const flags_cpp[] = {
    "-fno-exceptions",         "-fno-rtti", "-fcheck-new", "-fno-threadsafe-statics",
    "-fno-sized-deallocation",
};

bool build_compiler_is_clang(const struct build_options *options)
{
    return strstr(options->compiler, "clang") != NULL;
}

/* "g++-12" names the pair gcc-12 and g++-12, and "clang-19" clang-19 and clang++-19. */
const char *build_compiler(const struct build_options *options, bool cpp)
{
    static const struct {
        const char *c, *cpp;
    } pairs[] = {{"clang", "clang++"}, {"gcc", "g++"}};
    const char *folder = strchr(options->compiler, '/') ? path_folder(options->compiler) : NULL;
    const char *base = path_base(options->compiler);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        for (int from_cpp = 1; from_cpp >= 0; from_cpp--) {
            const char *from = from_cpp ? pairs[i].cpp : pairs[i].c;
            if (strncmp(base, from, strlen(from)))
                continue;
            const char *name =
                text_format("%s%s", cpp ? pairs[i].cpp : pairs[i].c, base + strlen(from));
            return folder ? path_join(folder, name) : name;
        }
    }
    return options->compiler;
}

static void add_all(struct text_list *command, const char *const *flags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_list_add(command, flags[i]);
}

static void add_each(struct text_list *command, const char *prefix, const struct text_list *items)
{
    for (size_t i = 0; i < items->count; i++)
        text_list_add(command, text_format("%s%s", prefix, items->items[i]));
}

static void add_compiler_own(const struct build_options *options, bool cpp,
                             struct text_list *command)
{
    if (build_compiler_is_clang(options)) {
        text_list_add(command, "-gdwarf-aranges");
        text_list_add(command, "-ferror-limit=0");
        text_list_add(command, "-Wno-invalid-token-paste");
        text_list_add(command, "-Wno-microsoft-anon-tag");
    } else {
        text_list_add(command, "-fno-lifetime-dse");
        text_list_add(command, "-fmax-errors=0");
        if (cpp)
            text_list_add(command, "-fno-gnu-unique");
    }
    if (cpp && options->permissive && !build_compiler_is_clang(options))
        text_list_add(command, "-fpermissive");
}

static void add_sanitizers(const struct build_options *options, struct text_list *command)
{
    if (!*options->sanitize)
        return;
    text_list_add(command, text_format("-fsanitize=%s", options->sanitize));
    text_list_add(command, "-fno-omit-frame-pointer");
    if (strstr(options->sanitize, "thread") && build_compiler_is_clang(options)) {
        text_list_add(command, "-mllvm"); /* gcc's runtime has memset, but no __tsan_memset */
        text_list_add(command, "-tsan-instrument-memintrinsics=0");
    }
    if (strstr(options->sanitize, "undefined")) {
        text_list_add(command, "-fno-sanitize=vptr");
        text_list_add(command, "-fno-sanitize=alignment"); /* UNALIGNED is legal on amd64 */
        text_list_add(command, "-fno-sanitize-recover=undefined");
        if (build_compiler_is_clang(options))
            text_list_add(command, "-fno-sanitize=function");
    }
}

static bool is_release(const struct build_options *options)
{
    return strcasestr(options->configuration, "release") ||
           strcasestr(options->configuration, "free");
}

/* Sources' own folders are searched for "..." as Microsoft's compiler does for the files that
 * include. */
static void add_quote_folders(const struct build_project *project, struct text_list *command)
{
    struct text_list folders = {0};
    for (size_t i = 0; i < project->source_count; i++) {
        const char *folder = path_folder(project->sources[i].path);
        if (text_list_has(&folders, folder))
            continue;
        text_list_add(&folders, folder);
        text_list_add(command, text_format("-iquote%s", folder));
    }
}

void build_flags(const struct build_options *options, const struct build_project *project,
                 const struct build_kit *kit, const struct build_source *source,
                 const char *work_folder, struct text_list *command)
{
    const char *standard =
        *source->standard ? source->standard : (source->cpp ? "gnu++14" : "gnu11");
    text_list_add(command, build_compiler(options, source->cpp));
    text_list_add(command, text_format("-std=%s", standard));
    add_all(command, flags_all, sizeof flags_all / sizeof flags_all[0]);
    if (source->cpp)
        add_all(command, flags_cpp, sizeof flags_cpp / sizeof flags_cpp[0]);
    else
        add_all(command, flags_c, sizeof flags_c / sizeof flags_c[0]);
    add_compiler_own(options, source->cpp, command);
    text_list_add(command, options->debug ? "-O0" : "-O2");
    if (options->warnings)
        text_list_add(command, "-Wall");
    else if (source->cpp) /* in C, -w would also silence the error for undeclared functions */
        text_list_add(command, "-w");
    add_sanitizers(options, command);
    text_list_add(command, is_release(options) ? "-DDBG=0" : "-DDBG=1");
    add_each(command, "-D", &source->defines);
    add_each(command, "-D", &options->defines);
    add_each(command, "-I", &options->includes);
    add_each(command, "-I", &source->includes);
    add_quote_folders(project, command);
    text_list_add(command, text_format("-I%s/include/1/2/3/4/5", work_folder));
    add_each(command, "-isystem", &kit->includes);
    text_list_add(command, text_format("-idirafter%s/missing/1/2/3/4/5", work_folder));
    for (size_t i = 0; i < source->forced.count + options->shims.count; i++) {
        text_list_add(command, "-include");
        text_list_add(command, i < options->shims.count
                                   ? options->shims.items[i]
                                   : source->forced.items[i - options->shims.count]);
    }
    text_list_add_all(command, &options->flags);
    text_list_add(command, "-MD");
    text_list_add(command, "-MF");
    text_list_add(command, source->depfile);
    text_list_add(command, "-o");
    text_list_add(command, source->object);
    text_list_add(command, source->path);
}
