/* Link the objects into a driver: against the import stubs, with every name defined, with a note of
 * how it was built.
 *
 * Sanitizer runtimes are in the process that loads the driver, never in the driver: their names get
 * a stub of their own, made for this link from what the objects want. */
#include "tool/build.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add_objects(const struct build_project *project, struct text_list *command)
{
    for (size_t i = 0; i < project->source_count; i++)
        if (project->sources[i].status == 0)
            text_list_add(command, project->sources[i].object);
}

static bool is_sanitizer_name(const char *name)
{
    return !strncmp(name, "__asan_", 7) || !strncmp(name, "__ubsan_", 8) ||
           !strncmp(name, "__tsan_", 7) || !strncmp(name, "__sanitizer_", 12) ||
           !strncmp(name, "__sancov_", 9);
}

/* A stub library for the sanitizer's names; its SONAME is one that is always loaded, and
 * not the C library's: the linker takes only the first of several libraries with one SONAME. NULL:
 * none wanted. */
static const char *sanitizer_stub(const struct build_options *options,
                                  const struct build_project *project, const char *work_folder)
{
    struct text_list list_command = {0}, lines = {0}, names = {0}, make = {0};
    const char *listing = text_format("%s/undefined.txt", work_folder);
    const char *source = text_format("%s/sanitizer.s", work_folder);
    const char *library = text_format("%s/libsanitizer.so", work_folder);
    text_list_split(&list_command, "nm -u -P", ' ');
    add_objects(project, &list_command);
    process_run(&list_command, listing);
    char *text = text_read(listing), *code = text_format(".section .note.GNU-stack,\"\"\n.text\n");
    text_list_split(&lines, text ? text : "", '\n');
    for (size_t i = 0; i < lines.count; i++) {
        const char *name = text_copy(lines.items[i], strcspn(lines.items[i], " "));
        if (!is_sanitizer_name(name) || text_list_has(&names, name))
            continue;
        text_list_add(&names, name);
        code = text_format("%s.globl %s\n%s: ud2\n", code, name, name);
    }
    if (names.count == 0 || !text_write(source, code))
        return NULL;
    text_list_add(&make, build_compiler(options, false));
    text_list_split(&make, "-shared -nostdlib -Wl,-soname,ld-linux-x86-64.so.2 -o", ' ');
    text_list_add(&make, library);
    text_list_add(&make, source);
    return process_run(&make, text_format("%s/sanitizer.log", work_folder)) == 0 ? library : NULL;
}

/* build_choice.c has asked the compiler already. */
static const char *compiler_version(const struct build_options *options, const char *work_folder)
{
    const char *text = text_read(text_format("%s/version.txt", work_folder));
    return text ? text_copy(text, strcspn(text, "\n")) : options->compiler;
}

/* Section "weir": lines of KEY=VALUE, ended by a zero byte. */
static const char *make_note(const struct build_options *options, const char *work_folder)
{
    struct text_list command = {0};
    const char *source = text_format("%s/note.s", work_folder);
    const char *object = text_format("%s/note.o", work_folder);
    const char *text =
        text_format(".section weir,\"a\",@progbits\n.ascii \"abi=%d\\ncompiler=%s\\nsanitizer=%s\\n"
                    "configuration=%s\\nplatform=%s\\nflags=%s\\n\\0\"\n.section "
                    ".note.GNU-stack,\"\",@progbits\n",
                    BUILD_ABI, compiler_version(options, work_folder),
                    *options->sanitize ? options->sanitize : "none", options->configuration,
                    options->platform, options->debug ? "-O0 -g" : "-O2 -g");
    text_list_add(&command, build_compiler(options, false));
    text_list_add(&command, "-c");
    text_list_add(&command, "-o");
    text_list_add(&command, object);
    text_list_add(&command, source);
    if (!text_write(source, text) || process_run(&command, text_format("%s/note.log", work_folder)))
        return NULL;
    return object;
}

static void add_kit(const struct build_kit *kit, struct text_list *command)
{
    text_list_add(command, "-Wl,--as-needed,--start-group");
    text_list_add_all(command, &kit->libraries);
    text_list_add(command, "-Wl,--end-group");
    text_list_add(command, "-lgcc");
}

/* gcov writes its files when the driver is unloaded; for that it brings the C library along, in
 * such builds alone. */
static void add_coverage(const struct build_options *options, struct text_list *command)
{
    if (text_list_has(&options->flags, "--coverage"))
        text_list_split(command, "-lgcov -lc", ' ');
}

/* -Wl would take a path apart at its commas. */
static void add_for_linker(struct text_list *command, const char *option, const char *value)
{
    text_list_add(command, "-Xlinker");
    text_list_add(command, option);
    text_list_add(command, "-Xlinker");
    text_list_add(command, value);
}

void build_link(const struct build_options *options, const struct build_project *project,
                const struct build_kit *kit, const char *work_folder, const char *out,
                struct findings *findings)
{
    struct text_list command = {0};
    const char *log = text_format("%s/link.log", work_folder);
    const char *unfinished = text_format("%s/unfinished.so", work_folder);
    const char *script = text_format("%s/driver.map", work_folder);
    const char *note = make_note(options, work_folder);
    const char *stub = *options->sanitize ? sanitizer_stub(options, project, work_folder) : NULL;
    size_t before = findings->count;
    if (!note || !text_write(script, "{ global: DriverEntry; local: *; };\n")) {
        findings_add(findings, FINDING_LINK, "the note section could not be made", work_folder, 0);
        return;
    }
    text_list_add(&command, build_compiler(options, false));
    text_list_split(&command,
                    "-shared -nostdlib -Wl,-Bsymbolic -Wl,-z,now -Wl,-z,defs "
                    "-Wl,--exclude-libs,ALL -Wl,--build-id=sha1 "
                    "-Wl,--require-defined=DriverEntry -Wl,-u,__cxa_pure_virtual",
                    ' ');
    add_for_linker(&command, "-soname", path_base(out));
    add_for_linker(&command, "--version-script", script);
    text_list_add(&command, "-o");
    text_list_add(&command, unfinished);
    add_objects(project, &command);
    text_list_add(&command, note);
    if (stub)
        text_list_add(&command, stub);
    add_kit(kit, &command);
    add_coverage(options, &command);
    if (options->verbose)
        fprintf(stderr, "%s\n", text_list_join(&command, " "));
    tool_progress("linking");
    int status = process_run(&command, log);
    tool_progress(NULL);
    findings_from_linker(findings, project, log);
    if (status != 0 && before == 0) {
        const char *text = text_read(log);
        fputs(text ? text : "", stderr);
        if (findings->count == 0)
            findings_add(findings, FINDING_LINK, "the linker failed; its words are above", out, 0);
    }
    if (findings->count == 0 && rename(unfinished, out) != 0)
        findings_add(findings, FINDING_LINK, "the result could not be moved to its place", out, 0);
}
