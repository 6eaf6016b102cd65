/* A .vcxproj: its ClCompile items with their defines, include paths and forced includes.
 *
 * Read as MSBuild does, in three passes over the file and what it imports: properties, then item
 * definitions, then items. An import that is not there (Visual Studio's and the WDK's own) is
 * passed over: the flags in build_flags.c stand in its place. Settings of other tools (Link, Midl,
 * resources) are not for us. */
#include "tool/build.h"

#include <errno.h>
#include <fnmatch.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

enum { IMPORT_DEPTH_MAX = 16 };

enum pass { PASS_PROPERTIES, PASS_DEFINITIONS, PASS_ITEMS };

/* Metadata of ClCompile; the definition group's values are each item's start. */
struct metadata {
    const char *defines, *undefines, *includes, *forced, *standard, *standard_c, *compile_as,
        *excluded;
};

struct vcxproj {
    struct build_project *project;
    struct msbuild *evaluator;
    struct metadata definition;
    const char *file; /* being read */
    enum pass pass;
    unsigned depth;
};

static void read_file(struct vcxproj *vcxproj, const char *path);

static const char *attribute(xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
    const char *copy = value ? text_copy((const char *)value, strlen((const char *)value)) : "";
    xmlFree(value);
    return copy;
}

static const char *content(xmlNode *node)
{
    xmlChar *value = xmlNodeGetContent(node);
    const char *copy = value ? text_trim((const char *)value) : "";
    xmlFree(value);
    return copy;
}

static bool is(const xmlNode *node, const char *name)
{
    return !strcmp((const char *)node->name, name);
}

static const char *place_of(const struct vcxproj *vcxproj, xmlNode *node)
{
    return text_format("%s:%ld", vcxproj->file, xmlGetLineNo(node));
}

static bool holds(struct vcxproj *vcxproj, xmlNode *node)
{
    return msbuild_condition(vcxproj->evaluator, attribute(node, "Condition"),
                             place_of(vcxproj, node));
}

static xmlNode *next_element(xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

#define FOR_CHILDREN(child, node)                                                                  \
    for (xmlNode *child = next_element((node)->children); child; child = next_element(child->next))

static void read_properties(struct vcxproj *vcxproj, xmlNode *group)
{
    FOR_CHILDREN(property, group)
    {
        if (holds(vcxproj, property))
            msbuild_set(
                vcxproj->evaluator, text_format("%s", (const char *)property->name),
                msbuild_expand(vcxproj->evaluator, content(property), place_of(vcxproj, property)));
    }
}

static const char **metadata_field(struct metadata *metadata, const char *name)
{
    const struct {
        const char *name, **field;
    } fields[] = {
        {"PreprocessorDefinitions", &metadata->defines},
        {"UndefinePreprocessorDefinitions", &metadata->undefines},
        {"AdditionalIncludeDirectories", &metadata->includes},
        {"ForcedIncludeFiles", &metadata->forced},
        {"LanguageStandard", &metadata->standard},
        {"LanguageStandard_C", &metadata->standard_c},
        {"CompileAs", &metadata->compile_as},
        {"ExcludedFromBuild", &metadata->excluded},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (!strcasecmp(fields[i].name, name))
            return fields[i].field;
    return NULL;
}

/* %(Name) is the value so far. */
static const char *with_previous(const char *text, const char *previous)
{
    char *result = text_format("%s", "");
    for (const char *mark; (mark = strstr(text, "%("));) {
        const char *end = strchr(mark, ')');
        if (!end)
            break;
        result = text_format("%s%.*s%s", result, (int)(mark - text), text, previous);
        text = end + 1;
    }
    return text_format("%s%s", result, text);
}

static void read_metadata(struct vcxproj *vcxproj, xmlNode *node, struct metadata *metadata)
{
    FOR_CHILDREN(setting, node)
    {
        const char **field = metadata_field(metadata, (const char *)setting->name);
        if (!holds(vcxproj, setting))
            continue;
        if (field) {
            const char *value = with_previous(content(setting), *field ? *field : "");
            *field = msbuild_expand(vcxproj->evaluator, value, place_of(vcxproj, setting));
        } else if (is(setting, "AdditionalOptions")) {
            text_list_add(
                &vcxproj->project->notes,
                text_format("%s: AdditionalOptions are for Microsoft's compiler, not used: %s",
                            place_of(vcxproj, setting), content(setting)));
        }
    }
}

static void add_includes(const struct vcxproj *vcxproj, struct text_list *list, const char *text)
{
    struct text_list entries = {0};
    text_list_split(&entries, text, ';');
    for (size_t i = 0; i < entries.count; i++) {
        char *path = path_slashes(entries.items[i]);
        if (!strncmp(path, "/ks", 3) || !strcmp(path, "/")) /* what is left of $(SDK_INC_PATH)\ks */
            continue;
        const char *found = path_find_folder(vcxproj->project->folder, path);
        text_list_add(list, found ? found : path_join(vcxproj->project->folder, path));
    }
}

static void add_source(struct vcxproj *vcxproj, const char *path, const struct metadata *metadata)
{
    struct build_source *source = build_project_add(vcxproj->project, path);
    if (!source)
        return;
    if (metadata->defines)
        text_list_split(&source->defines, metadata->defines, ';');
    if (metadata->includes)
        add_includes(vcxproj, &source->includes, metadata->includes);
    if (metadata->forced) {
        struct text_list files = {0};
        text_list_split(&files, path_slashes(metadata->forced), ';');
        for (size_t i = 0; i < files.count; i++) {
            char *found = path_find(vcxproj->project->folder, files.items[i]);
            text_list_add(&source->forced, found ? found : files.items[i]);
        }
    }
    if (metadata->compile_as && !strcasecmp(metadata->compile_as, "CompileAsCpp"))
        source->cpp = true;
    if (metadata->compile_as && !strcasecmp(metadata->compile_as, "CompileAsC"))
        source->cpp = false;
    const char *standard = source->cpp ? metadata->standard : metadata->standard_c;
    if (standard && !strncasecmp(standard, "stdcpp", 6) && strspn(standard + 6, "0123456789") == 2)
        source->standard = text_format("gnu++%.2s", standard + 6);
    else if (standard && !strcasecmp(standard, "stdcpplatest"))
        source->standard = "gnu++20";
    else if (standard && !strncasecmp(standard, "stdc1", 5))
        source->standard = text_format("gnu%s", standard + 4);
}

static void add_matching(struct vcxproj *vcxproj, const char *pattern,
                         const struct metadata *metadata)
{
    char *folder = path_join(vcxproj->project->folder, path_folder(pattern));
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (!fnmatch(path_base(pattern), entries[i]->d_name, FNM_CASEFOLD))
            add_source(vcxproj, path_join(folder, entries[i]->d_name), metadata);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void read_item(struct vcxproj *vcxproj, xmlNode *item)
{
    struct metadata metadata = vcxproj->definition;
    struct text_list names = {0};
    const char *place = place_of(vcxproj, item);
    read_metadata(vcxproj, item, &metadata);
    if (metadata.excluded && !strcasecmp(metadata.excluded, "true"))
        return;
    text_list_split(
        &names, path_slashes(msbuild_expand(vcxproj->evaluator, attribute(item, "Include"), place)),
        ';');
    for (size_t i = 0; i < names.count; i++) {
        if (strpbrk(names.items[i], "*?")) {
            add_matching(vcxproj, names.items[i], &metadata);
            continue;
        }
        char *path = path_find(vcxproj->project->folder, names.items[i]);
        add_source(vcxproj, path ? path : path_join(vcxproj->project->folder, names.items[i]),
                   &metadata);
    }
}

static void read_import(struct vcxproj *vcxproj, xmlNode *import)
{
    const char *name =
        msbuild_expand(vcxproj->evaluator, attribute(import, "Project"), place_of(vcxproj, import));
    const char *file = vcxproj->file;
    char *path = path_find(path_folder(file), name);
    if (!path || strncmp(attribute(import, "Project"), "$(VCTargetsPath)", 16) == 0)
        return;
    read_file(vcxproj, path);
    vcxproj->file = file;
}

static void read_children(struct vcxproj *vcxproj, xmlNode *node);

static void read_choose(struct vcxproj *vcxproj, xmlNode *choose)
{
    FOR_CHILDREN(branch, choose)
    {
        if (is(branch, "Otherwise") || (is(branch, "When") && holds(vcxproj, branch))) {
            read_children(vcxproj, branch);
            return;
        }
    }
}

static void read_group(struct vcxproj *vcxproj, xmlNode *node)
{
    if (is(node, "PropertyGroup") && vcxproj->pass == PASS_PROPERTIES) {
        read_properties(vcxproj, node);
    } else if (is(node, "ItemDefinitionGroup") && vcxproj->pass == PASS_DEFINITIONS) {
        FOR_CHILDREN(kind, node)
        {
            if (is(kind, "ClCompile") && holds(vcxproj, kind))
                read_metadata(vcxproj, kind, &vcxproj->definition);
        }
    } else if (is(node, "ItemGroup") && vcxproj->pass == PASS_ITEMS) {
        FOR_CHILDREN(item, node)
        {
            if (is(item, "ClCompile") && holds(vcxproj, item))
                read_item(vcxproj, item);
        }
    } else if (is(node, "ImportGroup")) {
        read_children(vcxproj, node);
    } else if (is(node, "Import")) {
        read_import(vcxproj, node);
    } else if (is(node, "Choose")) {
        read_choose(vcxproj, node);
    }
}

static void read_children(struct vcxproj *vcxproj, xmlNode *node)
{
    FOR_CHILDREN(child, node)
    {
        if (holds(vcxproj, child))
            read_group(vcxproj, child);
    }
}

static void read_file(struct vcxproj *vcxproj, const char *path)
{
    if (vcxproj->depth >= IMPORT_DEPTH_MAX)
        return;
    xmlDoc *document =
        xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!document)
        return;
    vcxproj->depth++;
    vcxproj->file = path;
    msbuild_set(vcxproj->evaluator, "MSBuildThisFileDirectory",
                text_format("%s/", path_folder(path_absolute(path))));
    xmlNode *root = xmlDocGetRootElement(document);
    if (root)
        read_children(vcxproj, root);
    xmlFreeDoc(document);
    vcxproj->depth--;
}

static void set_well_known(struct vcxproj *vcxproj, const struct build_options *options)
{
    struct msbuild *evaluator = vcxproj->evaluator;
    const char *folder = path_absolute(vcxproj->project->folder);
    const char *with_slash = text_format("%s/", folder);
    const struct {
        const char *name, *value;
    } known[] = {
        {"Configuration", options->configuration},
        {"Platform", options->platform},
        {"ProjectDir", with_slash},
        {"MSBuildProjectDirectory", folder},
        {"ProjectName", vcxproj->project->name},
        {"MSBuildProjectName", vcxproj->project->name},
        {"SolutionDir", with_slash},
        {"MSBuildThisFileDirectory", with_slash},
        {"TargetName", vcxproj->project->name},
        {"IntDir", text_format("%s/", options->platform)},
        {"OutDir", text_format("%s/", options->platform)},
        {"TargetPath", ""},
        {"PlatformTarget", options->platform},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        msbuild_set(evaluator, known[i].name, known[i].value);
    for (size_t i = 0; i < options->properties.count; i++) {
        const char *assignment = options->properties.items[i];
        const char *equals = strchrnul(assignment, '=');
        msbuild_set(evaluator, text_copy(assignment, (size_t)(equals - assignment)),
                    *equals ? equals + 1 : "");
    }
    msbuild_base(evaluator, vcxproj->project->folder);
}

static bool is_project(const char *path)
{
    xmlDoc *document =
        xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    bool project = root && is(root, "Project");
    if (!document) {
        const xmlError *error = xmlGetLastError();
        tool_error("%s: not readable as XML%s%s", path, error && error->message ? ": " : "",
                   error && error->message ? text_trim(error->message) : "");
    } else if (!project) {
        tool_error("%s: not a project: its root element is not <Project>", path);
    }
    xmlFreeDoc(document);
    return project;
}

bool build_vcxproj_read(const char *path, const struct build_options *options,
                        struct build_project *project)
{
    struct vcxproj vcxproj = {.project = project};
    const char *base = path_base(path);
    if (!is_project(path))
        return false;
    project->folder = path_folder(path);
    project->name = text_copy(base, strlen(base) - strlen(path_extension(base)));
    vcxproj.evaluator = msbuild_create(project);
    set_well_known(&vcxproj, options);
    for (vcxproj.pass = PASS_PROPERTIES; vcxproj.pass <= PASS_ITEMS; vcxproj.pass++)
        read_file(&vcxproj, path);
    const char *target = msbuild_get(vcxproj.evaluator, "TargetName");
    if (target && *target)
        project->name = target;
    xmlCleanupParser();
    if (project->source_count == 0) {
        tool_error("%s: no ClCompile item for %s|%s", path, options->configuration,
                   options->platform);
        return false;
    }
    return true;
}
