/* The verb `weir build`: arguments, the steps in order, the answer. */
#include "tool/build.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

enum {
    KEY_CONFIGURATION = 256,
    KEY_PLATFORM,
    KEY_COMPILER,
    KEY_INCLUDE,
    KEY_DEBUG,
    KEY_SANITIZE,
    KEY_JSON,
    KEY_FLAG,
    KEY_WARNINGS,
    KEY_PERMISSIVE,
    KEY_DEPFILE,
};

static const struct argp_option option_table[] = {
    {NULL, 'o', "OUT", 0, "write OUT (default: the project's name with .so, here)", 0},
    {"configuration", KEY_CONFIGURATION, "NAME", 0,
     "of the project; Release has DBG=0 (default: Debug)", 0},
    {"platform", KEY_PLATFORM, "NAME", 0, "of the project (default: x64)", 0},
    {"property", 'p', "NAME=VALUE", 0, "set a property of the project", 0},
    {"compiler", KEY_COMPILER, "NAME", 0,
     "g++ or clang-19, or a path (default: g++; clang-19 for source that g++ refuses)", 0},
    {"include", KEY_INCLUDE, "SHIM", 0, "include the file SHIM before each source", 0},
    {NULL, 'I', "FOLDER", 0, "look for headers in FOLDER", 0},
    {NULL, 'D', "NAME[=VALUE]", 0, "define a macro", 0},
    {"flag", KEY_FLAG, "FLAG", 0, "pass FLAG to the compiler", 0},
    {"permissive", KEY_PERMISSIVE, NULL, 0, "let g++ take what it can (-fpermissive)", 0},
    {"debug", KEY_DEBUG, NULL, 0, "do not optimise", 0},
    {"sanitize", KEY_SANITIZE, "LIST", 0, "address, thread, undefined, or several with commas", 0},
    {"warnings", KEY_WARNINGS, NULL, 0, "show the compiler's warnings", 0},
    {"json", KEY_JSON, NULL, 0, "answer in JSON", 0},
    {"depfile", KEY_DEPFILE, "FILE", 0, "write what OUT was made from, as make reads it", 0},
    {NULL, 'j', "N", 0, "compiles at a time (default: one per processor)", 0},
    {"verbose", 'v', NULL, 0, "show the commands", 0},
    {0},
};

static bool sanitizers_known(const char *text)
{
    struct text_list names = {0};
    text_list_split(&names, text, ',');
    bool address = text_list_has(&names, "address"), thread = text_list_has(&names, "thread");
    for (size_t i = 0; i < names.count; i++)
        if (strcmp(names.items[i], "address") && strcmp(names.items[i], "thread") &&
            strcmp(names.items[i], "undefined"))
            return false;
    return names.count && !(address && thread);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct build_options *options = state->input;
    switch (key) {
    case 'o':
        options->out = argument;
        break;
    case 'p':
        text_list_add(&options->properties, argument);
        break;
    case 'I':
        text_list_add(&options->includes, argument);
        break;
    case 'D':
        text_list_add(&options->defines, argument);
        break;
    case 'j':
        options->jobs = atoi(argument);
        break;
    case 'v':
        options->verbose = true;
        break;
    case KEY_CONFIGURATION:
        options->configuration = argument;
        break;
    case KEY_PLATFORM:
        options->platform = argument;
        break;
    case KEY_COMPILER:
        options->compiler = argument;
        break;
    case KEY_INCLUDE:
        text_list_add(&options->shims, argument);
        break;
    case KEY_DEBUG:
        options->debug = true;
        break;
    case KEY_JSON:
        options->json = true;
        break;
    case KEY_FLAG:
        text_list_add(&options->flags, argument);
        break;
    case KEY_WARNINGS:
        options->warnings = true;
        break;
    case KEY_PERMISSIVE:
        options->permissive = true;
        break;
    case KEY_DEPFILE:
        options->depfile = argument;
        break;
    case KEY_SANITIZE:
        if (!sanitizers_known(argument))
            argp_error(state,
                       "--sanitize takes address, thread, undefined; not both address and thread");
        options->sanitize = argument;
        break;
    case ARGP_KEY_ARG:
        text_list_add(&options->paths, argument);
        break;
    case ARGP_KEY_END:
        if (options->paths.count == 0)
            argp_error(state, "what is to be built? A folder, a .vcxproj, or sources");
        if (options->jobs < 1)
            argp_error(state, "-j takes a number from 1");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void name_outputs(struct build_project *project, const char *work_folder)
{
    for (size_t i = 0; i < project->source_count; i++) {
        struct build_source *source = &project->sources[i];
        const char *base = text_format("%s/%03zu-%s", work_folder, i, path_base(source->path));
        source->object = text_format("%s.o", base);
        source->log = text_format("%s.log", base);
        source->depfile = text_format("%s.d", base);
    }
}

static void print_notes(const struct build_project *project)
{
    for (size_t i = 0; i < project->notes.count; i++)
        tool_error("note: %s", project->notes.items[i]);
    for (size_t i = 0; i < project->unknown_properties.count; i++) {
        const char *entry = project->unknown_properties.items[i];
        size_t length = strcspn(entry, "\t");
        tool_error("note: unknown property $(%.*s), taken as empty, at %s; set it with --property",
                   (int)length, entry, entry + length + 1);
    }
}

static json_t *findings_json(const struct findings *findings)
{
    static const char *const kinds[] = {"missing-ddi", "missing-header", "undeclared", "error",
                                        "link"};
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_t *places = json_array();
        for (size_t place = 0; place < finding->count; place++)
            json_array_append_new(places,
                                  json_pack("{s:s, s:i}", "file", finding->places[place].file,
                                            "line", (int)finding->places[place].line));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "kind", kinds[finding->kind],
                                              "name", finding->name, "places", places));
    }
    return list;
}

static void print_json(const struct build_options *options, const struct build_project *project,
                       const struct findings *findings, const char *out, int code)
{
    json_t *unknown = json_array();
    for (size_t i = 0; i < project->unknown_properties.count; i++) {
        const char *entry = project->unknown_properties.items[i];
        size_t length = strcspn(entry, "\t");
        json_array_append_new(
            unknown, json_pack("{s:s%, s:s}", "name", entry, length, "place", entry + length + 1));
    }
    json_t *answer = json_pack("{s:s, s:b, s:i, s:s, s:i, s:o, s:o}", "output", out, "built",
                               code == TOOL_WELL, "exit", code, "compiler", options->compiler,
                               "sources", (int)project->source_count, "findings",
                               findings_json(findings), "unknown_properties", unknown);
    json_dumpf(answer, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(answer);
}

static int exit_code(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].kind == FINDING_MISSING_DDI)
            return TOOL_MISSING_DDI;
    return findings->count ? TOOL_FINDING : TOOL_WELL;
}

/* Fresh: what an earlier build generated must not answer for a header that is gone. */
static bool prepare_folder(const char *work_folder)
{
    struct text_list remove = {0};
    text_list_add(&remove, "rm");
    text_list_add(&remove, "-rf");
    text_list_add(&remove, "--");
    text_list_add(&remove, text_format("%s/include", work_folder));
    text_list_add(&remove, text_format("%s/missing", work_folder));
    if (!path_make_folders(work_folder)) {
        tool_error("%s: %s", work_folder, strerror(errno));
        return false;
    }
    process_run(&remove, text_format("%s/remove.log", work_folder));
    return true;
}

static int answer(const struct build_options *options, const struct build_project *project,
                  const struct build_kit *kit, const char *work_folder, const char *out,
                  const struct findings *findings)
{
    int code = exit_code(findings);
    if (!build_write_commands(options, project, kit, work_folder, out))
        tool_error("compile_commands.json could not be written beside %s", out);
    if (options->depfile && !build_write_depfile(options, project, kit, out))
        tool_error("%s: %s", options->depfile, strerror(errno));
    choice_hint(options, work_folder, findings);
    if (options->json)
        print_json(options, project, findings, out, code);
    else if (findings->count)
        findings_print(findings);
    else
        printf("%s\n", out);
    return code;
}

/* Everything from the include names to OUT, with the compiler that is chosen. */
static void attempt(const struct build_options *options, struct build_project *project,
                    const struct build_kit *kit, const char *work_folder, const char *out,
                    struct findings *findings)
{
    build_include_names(project, options, kit, text_format("%s/include/1/2/3/4/5", work_folder));
    build_compile(options, project, kit, work_folder, findings);
    if (!options->choose || !choice_refusal(options, findings))
        build_link(options, project, kit, work_folder, out, findings);
}

static int build(struct build_options *options)
{
    struct build_project project = {0};
    struct build_kit kit = {0};
    struct findings findings = {0};
    if (!build_kit_find(&kit) || !build_project_read(options, &project))
        return TOOL_FINDING;
    const char *out = options->out ? options->out : text_format("%s.so", project.name);
    const char *extension = path_extension(out);
    const char *work_folder =
        text_format("%.*s.build", (int)(strlen(out) - strlen(extension)), out);
    if (!prepare_folder(work_folder) || !choice_first(options, work_folder))
        return TOOL_FINDING;
    unlink(out);
    name_outputs(&project, work_folder);
    print_notes(&project);
    attempt(options, &project, &kit, work_folder, out, &findings);
    const char *refusal = options->choose ? choice_refusal(options, &findings) : NULL;
    if (refusal) {
        choice_second(options, work_folder, refusal);
        prepare_folder(work_folder);
        findings = (struct findings){0};
        attempt(options, &project, &kit, work_folder, out, &findings);
    }
    return answer(options, &project, &kit, work_folder, out, &findings);
}

int verb_build(int argc, char **argv)
{
    static const struct argp argp = {
        option_table,
        parse,
        "PATH...",
        "Build an AVStream minidriver's unchanged source into a shared object for weir.\v"
        "PATH is a folder, a .vcxproj, or a list of C and C++ sources. What is missing - headers, "
        "names, "
        "DDIs - is listed on stdout, each with every file and line that wants it. "
        "Exit codes: 0 built, 1 not built, 2 usage, 4 not built: a DDI is missing.",
        NULL,
        NULL,
        NULL};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct build_options options = {
        .configuration = "Debug",
        .platform = "x64",
        .sanitize = "",
        .jobs = processors > 0 ? (int)processors : 1,
    };
    error_t error = argp_parse(&argp, argc, argv, 0, NULL, &options);
    if (error) {
        tool_error("%s", strerror(error));
        return TOOL_USAGE;
    }
    return build(&options);
}
