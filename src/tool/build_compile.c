/* Compile every source to its end, several at a time.
 *
 * A compiler stops at the first header it cannot find. So that all of them are told, each missing
 * header is noted, an empty one is put into a folder of its own, and the source is compiled again;
 * the build has failed all the same. */
#include "tool/build.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_ROUNDS_MAX = 64 };

struct round {
    const struct build_options *options;
    struct build_project *project;
    const struct build_kit *kit;
    const char *work_folder;
    const bool *wanted;
};

static int compile_start(const struct round *round, struct build_source *source)
{
    struct text_list command = {0};
    build_flags(round->options, round->project, round->kit, source, round->work_folder, &command);
    if (round->options->verbose)
        fprintf(stderr, "%s\n", text_list_join(&command, " "));
    return process_start(&command, source->log);
}

/* Will another compiler be taken because of what this one said? */
static bool refused(const struct round *round, const struct build_source *source)
{
    struct findings found = {0};
    if (!round->options->choose || source->status == 0)
        return false;
    findings_from_compiler(&found, source->log);
    return choice_refusal(round->options, &found) != NULL;
}

/* @return false: ended early, at a refusal. */
static bool compile_round(const struct round *round)
{
    size_t next = 0, done = 0, total = 0;
    int running = 0;
    bool ended = false;
    int *children = text_alloc(round->project->source_count * sizeof *children);
    for (size_t i = 0; i < round->project->source_count; i++)
        total += round->wanted[i];
    while (ended ? running > 0 : done < total) {
        for (; !ended && running < round->options->jobs && next < round->project->source_count;
             next++) {
            if (!round->wanted[next])
                continue;
            children[next] = compile_start(round, &round->project->sources[next]);
            running++;
            tool_progress(text_format("compiling %zu of %zu: %s", done + 1, total,
                                      path_base(round->project->sources[next].path)));
        }
        int status, child = process_wait(&status);
        for (size_t i = 0; i < round->project->source_count; i++) {
            if (children[i] != child)
                continue;
            round->project->sources[i].status = status;
            children[i] = 0;
            ended = ended || refused(round, &round->project->sources[i]);
        }
        running--;
        done++;
    }
    tool_progress(NULL);
    return !ended;
}

static const char *missing_path(const char *work_folder, const char *name)
{
    return text_format("%s/missing/1/2/3/4/5/%s", work_folder, path_slashes(name));
}

/* Put an empty file where each newly missing header would be. */
static void supply_headers(const struct findings *findings, size_t from, const char *work_folder)
{
    for (size_t i = from; i < findings->count; i++) {
        if (findings->items[i].kind != FINDING_MISSING_HEADER)
            continue;
        const char *path = missing_path(work_folder, findings->items[i].name);
        path_make_folders(path_folder(path));
        text_write(path, "");
    }
}

/* Does it lack a header that was not supplied before? */
static bool lacks_header(const struct build_source *source, const char *work_folder)
{
    struct findings found = {0};
    findings_from_compiler(&found, source->log);
    for (size_t i = 0; i < found.count; i++)
        if (found.items[i].kind == FINDING_MISSING_HEADER &&
            !path_is_file(missing_path(work_folder, found.items[i].name)))
            return true;
    return false;
}

static void print_log(const struct build_source *source)
{
    const char *text = text_read(source->log);
    if (text && *text)
        fputs(text, stderr);
}

void build_compile(const struct build_options *options, struct build_project *project,
                   const struct build_kit *kit, const char *work_folder, struct findings *findings)
{
    bool *wanted = text_alloc(project->source_count * sizeof *wanted);
    struct round round = {options, project, kit, work_folder, wanted};
    bool again = true;
    memset(wanted, true, project->source_count);
    for (int count = 0; again && count < HEADER_ROUNDS_MAX; count++) {
        size_t before = findings->count;
        bool whole = compile_round(&round);
        again = false;
        for (size_t i = 0; i < project->source_count; i++) {
            struct build_source *source = &project->sources[i];
            if (!wanted[i])
                continue;
            if (whole && (source->status != 0 || options->warnings))
                print_log(source);
            size_t known = findings->count;
            findings_from_compiler(findings, source->log);
            wanted[i] = source->status != 0 && lacks_header(source, work_folder);
            again = whole && (again || wanted[i]);
            if (source->status != 0 && findings->count == known && known == 0)
                findings_add(findings, FINDING_ERROR,
                             text_format("the compiler ended with %d", source->status),
                             source->path, 0);
        }
        supply_headers(findings, before, work_folder);
    }
}
