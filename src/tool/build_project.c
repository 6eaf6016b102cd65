/* A project from what the user named: a .vcxproj, a folder, or sources. */
#include "tool/build.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_cpp(const char *path)
{
    const char *extension = path_extension(path);
    return !strcasecmp(extension, ".cpp") || !strcasecmp(extension, ".cxx") ||
           !strcasecmp(extension, ".cc");
}

static bool is_source(const char *path)
{
    return is_cpp(path) || !strcasecmp(path_extension(path), ".c");
}

struct build_source *build_project_add(struct build_project *project, const char *path)
{
    if (!project->sources)
        project->sources = text_alloc(BUILD_SOURCES_MAX * sizeof *project->sources);
    if (project->source_count == BUILD_SOURCES_MAX)
        return NULL;
    for (size_t i = 0; i < project->source_count; i++)
        if (!strcmp(project->sources[i].path, path))
            return NULL;
    struct build_source *source = &project->sources[project->source_count++];
    source->path = path;
    source->cpp = is_cpp(path);
    source->standard = "";
    source->status = -1;
    return source;
}

static bool read_folder(const char *folder, const struct build_options *options,
                        struct build_project *project)
{
    struct dirent **entries;
    const char *vcxproj = NULL;
    bool several = false;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        tool_error("%s: %s", folder, strerror(errno));
        return false;
    }
    project->folder = folder;
    project->name = path_base(path_absolute(folder));
    for (int i = 0; i < count; i++) {
        const char *path = path_join(folder, entries[i]->d_name);
        if (!strcasecmp(path_extension(path), ".vcxproj")) {
            several = vcxproj != NULL;
            vcxproj = path;
        } else if (is_source(path)) {
            build_project_add(project, path);
        }
        free(entries[i]);
    }
    free(entries);
    if (vcxproj && !several) {
        project->source_count = 0;
        text_list_add(&project->notes,
                      text_format("%s: used, as the one project in its folder", vcxproj));
        return build_vcxproj_read(vcxproj, options, project);
    }
    if (project->source_count == 0)
        tool_error("%s: no .c, .cpp, .cxx or .cc file and no single .vcxproj in it", folder);
    return project->source_count > 0;
}

static bool read_sources(const struct build_options *options, struct build_project *project)
{
    const char *first = path_base(options->paths.items[0]);
    project->folder = path_folder(options->paths.items[0]);
    project->name = text_copy(first, strlen(first) - strlen(path_extension(first)));
    for (size_t i = 0; i < options->paths.count; i++) {
        const char *path = options->paths.items[i];
        if (!path_is_file(path)) {
            tool_error("%s: no such file", path);
            return false;
        }
        if (!is_source(path)) {
            tool_error("%s: neither C nor C++ source (.c, .cpp, .cxx, .cc)", path);
            return false;
        }
        build_project_add(project, path);
    }
    return true;
}

bool build_project_read(const struct build_options *options, struct build_project *project)
{
    const char *first = options->paths.items[0];
    if (options->paths.count > 1)
        return read_sources(options, project);
    if (path_is_folder(first))
        return read_folder(first, options, project);
    if (!strcasecmp(path_extension(first), ".vcxproj")) {
        if (!path_is_file(first)) {
            tool_error("%s: no such file", first);
            return false;
        }
        return build_vcxproj_read(first, options, project);
    }
    return read_sources(options, project);
}
