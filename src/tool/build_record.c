/* What a build leaves for other tools: compile_commands.json beside OUT, and a make-style depfile.
 */
#include "tool/build.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <jansson.h>

static json_t *command_entry(const struct text_list *command, const struct build_source *source,
                             const char *folder)
{
    json_t *arguments = json_array();
    for (size_t i = 0; i < command->count; i++)
        json_array_append_new(arguments, json_string(command->items[i]));
    return json_pack("{s:s, s:s, s:o, s:s}", "directory", folder, "file", source->path, "arguments",
                     arguments, "output", source->object);
}

/* Entries of other drivers that are built into the same folder stay. */
static json_t *others(const char *path, const char *work_folder)
{
    json_t *kept = json_array(), *entry, *old = json_load_file(path, 0, NULL);
    size_t index;
    json_array_foreach(old, index, entry)
    {
        const char *output = json_string_value(json_object_get(entry, "output"));
        if (output && strncmp(output, work_folder, strlen(work_folder)))
            json_array_append(kept, entry);
    }
    json_decref(old);
    return kept;
}

bool build_write_commands(const struct build_options *options, const struct build_project *project,
                          const struct build_kit *kit, const char *work_folder, const char *out)
{
    char here[4096];
    const char *folder = path_folder(out);
    const char *path = path_join(folder, "compile_commands.json");
    const char *unfinished = text_format("%s/compile_commands.json", work_folder);
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!getcwd(here, sizeof here))
        return false;
    if (lock >= 0)
        flock(lock, LOCK_EX);
    json_t *entries = others(path, work_folder);
    for (size_t i = 0; i < project->source_count; i++) {
        struct text_list command = {0};
        build_flags(options, project, kit, &project->sources[i], work_folder, &command);
        json_array_append_new(entries, command_entry(&command, &project->sources[i], here));
    }
    bool well =
        json_dump_file(entries, unfinished, JSON_INDENT(1)) == 0 && rename(unfinished, path) == 0;
    json_decref(entries);
    if (lock >= 0)
        close(lock);
    return well;
}

/* Every compile's depfile, joined to one rule for OUT; stubs and runtime too. */
bool build_write_depfile(const struct build_options *options, const struct build_project *project,
                         const struct build_kit *kit, const char *out)
{
    struct text_list parts = {0};
    for (size_t i = 0; i < project->source_count; i++) {
        const char *text = text_read(project->sources[i].depfile);
        const char *colon = text ? strstr(text, ": ") : NULL;
        if (colon)
            text_list_add(
                &parts,
                text_copy(colon + 2, strcspn(colon + 2, "\n") == 0 ? 0 : strlen(colon + 2) - 1));
    }
    text_list_add_all(&parts, &kit->libraries);
    return text_write(options->depfile,
                      text_format("%s: %s\n", out, text_list_join(&parts, " \\\n ")));
}
