/* Include names as Windows takes them: of any case, with either slash.
 *
 * Every #include of the project's files is looked up as written; where no such file is, it is
 * looked up again without case, and a file of the written name that includes the found one is put
 * into a generated folder. The folder lies five levels deep, so that "..\Inc\x.h" has a place too.
 * Deviation: two files that spell one wrong name and mean different headers get the first one; this
 * is told. */
#include "tool/build.h"

#include <stdio.h>
#include <string.h>

struct scan {
    const struct text_list *folders; /* the compiler's search path, in order */
    const char *folder;              /* generated */
    struct text_list seen, names, targets;
    struct text_list *project_folders;
};

static void scan_file(struct scan *scan, const char *path);

static char *find_exact(const struct scan *scan, const char *from, const char *name, bool quoted)
{
    char *path = path_join(from, name);
    if (quoted && path_is_file(path))
        return path;
    for (size_t i = 0; i < scan->folders->count; i++) {
        path = path_join(scan->folders->items[i], name);
        if (path_is_file(path))
            return path;
    }
    return NULL;
}

static char *find_folded(const struct scan *scan, const char *from, const char *name, bool quoted)
{
    char *path = quoted ? path_find(from, name) : NULL;
    for (size_t i = 0; !path && i < scan->folders->count; i++)
        path = path_find(scan->folders->items[i], name);
    return path;
}

static void generate(struct scan *scan, const char *name, const char *target)
{
    for (size_t i = 0; i < scan->names.count; i++) {
        if (strcmp(scan->names.items[i], name))
            continue;
        if (strcmp(scan->targets.items[i], target))
            tool_error("#include of \"%s\" means both %s and %s; the first is used for both", name,
                       scan->targets.items[i], target);
        return;
    }
    text_list_add(&scan->names, name);
    text_list_add(&scan->targets, target);
    /* gcc keeps a backslash in the file's name, clang makes it a slash. */
    const char *const paths[] = {path_join(scan->folder, name),
                                 path_join(scan->folder, path_slashes(name))};
    for (int i = 0; i < 2; i++) {
        path_make_folders(path_folder(paths[i]));
        text_write(paths[i], text_format("#include \"%s\"\n", target));
    }
}

static void take_include(struct scan *scan, const char *from, const char *name, bool quoted)
{
    char *path = find_exact(scan, from, name, quoted);
    if (!path) {
        path = find_folded(scan, from, name, quoted);
        if (path)
            generate(scan, name, path_absolute(path));
    }
    if (path)
        scan_file(scan, path);
}

static void scan_line(struct scan *scan, const char *from, const char *line)
{
    line += strspn(line, " \t");
    if (*line++ != '#')
        return;
    line += strspn(line, " \t");
    if (strncmp(line, "include", 7))
        return;
    line += 7 + strspn(line + 7, " \t");
    char close = *line == '<' ? '>' : '"';
    const char *end = *line == '<' || *line == '"' ? strchr(line + 1, close) : NULL;
    if (end && end > line + 1)
        take_include(scan, from, text_copy(line + 1, (size_t)(end - line - 1)), close == '"');
}

static bool in_kit(const struct scan *scan, const char *path)
{
    size_t first = scan->project_folders->count;
    for (size_t i = first; i < scan->folders->count; i++)
        if (!strncmp(path, scan->folders->items[i], strlen(scan->folders->items[i])))
            return true;
    return false;
}

static void scan_file(struct scan *scan, const char *path)
{
    if (in_kit(scan, path) || text_list_has(&scan->seen, path))
        return;
    text_list_add(&scan->seen, path);
    char *text = text_read(path);
    for (char *line = text; line && *line;) {
        char *end = strchrnul(line, '\n');
        bool last = !*end;
        *end = 0;
        scan_line(scan, path_folder(path), line);
        line = last ? end : end + 1;
    }
}

void build_include_names(const struct build_project *project, const struct build_options *options,
                         const struct build_kit *kit, const char *folder)
{
    struct text_list own = {0}, all = {0};
    for (size_t i = 0; i < project->source_count; i++) {
        const char *from = path_folder(project->sources[i].path);
        if (!text_list_has(&own, from))
            text_list_add(&own, from);
        text_list_add_all(&own, &project->sources[i].includes);
    }
    text_list_add_all(&own, &options->includes);
    text_list_add_all(&all, &own);
    text_list_add_all(&all, &kit->includes);
    struct scan scan = {.folders = &all, .folder = folder, .project_folders = &own};
    path_make_folders(folder);
    for (size_t i = 0; i < project->source_count; i++)
        scan_file(&scan, project->sources[i].path);
    for (size_t i = 0; i < options->shims.count; i++)
        scan_file(&scan, options->shims.items[i]);
}
