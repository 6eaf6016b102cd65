/* MSBuild's small language: $(Property) and conditions, as far as driver projects use them.
 *
 * An unknown property is told once per name and place and counts as empty; %(X) is left to the
 * caller. Names are compared without case, as are both sides of == and !=. Property functions,
 * $([MSBuild]::...), are unknown. */
#include "tool/build.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct msbuild {
    struct build_project *project;
    const char *folder;
    struct text_list names, values;
};

/* Known, and empty here: weir's own headers and tools stand in their place. */
static const char *const replaced[] = {
    "DDK_INC_PATH",
    "DDK_LIB_PATH",
    "SDK_INC_PATH",
    "SDK_LIB_PATH",
    "KM_IncludePath",
    "VCTargetsPath",
    "UserRootDir",
    "KMDF_INC_PATH",
    "WDKContentRoot",
    "WindowsSdkDir",
    "UM_IncludePath",
    "CRT_IncludePath",
    "KIT_SHARED_INC_PATH",
    "SHARED_INC_PATH",
    "IncludePath",
    "LibraryPath",
    "KernelBufferOverflowLib",
    "NTDRIVERSDKLIBPATH",
    "UniversalCRT_IncludePath",
};

struct msbuild *msbuild_create(struct build_project *project)
{
    struct msbuild *evaluator = text_alloc(sizeof *evaluator);
    evaluator->project = project;
    evaluator->folder = ".";
    for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++)
        msbuild_set(evaluator, replaced[i], "");
    return evaluator;
}

void msbuild_base(struct msbuild *evaluator, const char *folder)
{
    evaluator->folder = folder;
}

void msbuild_set(struct msbuild *evaluator, const char *name, const char *value)
{
    for (size_t i = 0; i < evaluator->names.count; i++) {
        if (!strcasecmp(evaluator->names.items[i], name)) {
            evaluator->values.items[i] = value;
            return;
        }
    }
    text_list_add(&evaluator->names, name);
    text_list_add(&evaluator->values, value);
}

const char *msbuild_get(const struct msbuild *evaluator, const char *name)
{
    for (size_t i = 0; i < evaluator->names.count; i++)
        if (!strcasecmp(evaluator->names.items[i], name))
            return evaluator->values.items[i];
    return NULL;
}

static const char *property_value(struct msbuild *evaluator, const char *name, const char *place)
{
    const char *value = msbuild_get(evaluator, name);
    if (!value) {
        const char *entry = text_format("%s\t%s", name, place);
        if (!text_list_has(&evaluator->project->unknown_properties, entry))
            text_list_add(&evaluator->project->unknown_properties, entry);
        value = "";
    }
    return value;
}

/* The ')' that closes the '(' at `open`, or NULL. */
static const char *closing(const char *open)
{
    int depth = 0;
    for (const char *at = open; *at; at++) {
        if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at;
    }
    return NULL;
}

static char *expand(struct msbuild *evaluator, const char *text, const char *place, bool tell)
{
    char *result = text_format("%s", "");
    while (*text) {
        const char *mark = strstr(text, "$(");
        const char *end = mark ? closing(mark + 1) : NULL;
        if (!end)
            return text_format("%s%s", result, text);
        const char *name = text_trim(text_copy(mark + 2, (size_t)(end - mark - 2)));
        const char *value =
            tell ? property_value(evaluator, name, place) : msbuild_get(evaluator, name);
        result = text_format("%s%.*s%s", result, (int)(mark - text), text, value ? value : "");
        text = end + 1;
    }
    return result;
}

char *msbuild_expand(struct msbuild *evaluator, const char *text, const char *place)
{
    return expand(evaluator, text, place, true);
}

/* --- conditions: or, and, !, ==, !=, <, <=, >, >=, exists(), hastrailingslash() ------ */

struct reader {
    struct msbuild *evaluator;
    const char *at, *place;
};

static bool read_or(struct reader *reader);

static void skip_space(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool take(struct reader *reader, const char *word)
{
    skip_space(reader);
    size_t length = strlen(word);
    if (strncasecmp(reader->at, word, length))
        return false;
    if (isalpha((unsigned char)word[0]) &&
        (isalnum((unsigned char)reader->at[length]) || reader->at[length] == '_'))
        return false;
    reader->at += length;
    return true;
}

/* A condition asks whether a property is there: an unknown one is simply empty, and not told. */
static char *read_operand(struct reader *reader)
{
    skip_space(reader);
    const char *start = reader->at;
    if (*start == '\'') {
        const char *end = strchrnul(start + 1, '\'');
        reader->at = *end ? end + 1 : end;
        return expand(reader->evaluator, text_copy(start + 1, (size_t)(end - start - 1)),
                      reader->place, false);
    }
    while (*reader->at && !isspace((unsigned char)*reader->at) && !strchr("=!<>)'", *reader->at)) {
        const char *end = !strncmp(reader->at, "$(", 2) ? closing(reader->at + 1) : NULL;
        reader->at = end ? end + 1 : reader->at + 1;
    }
    if (reader->at == start && *reader->at)
        reader->at++;
    return expand(reader->evaluator, text_copy(start, (size_t)(reader->at - start)), reader->place,
                  false);
}

static bool exists(struct reader *reader, const char *operand)
{
    char *path = path_slashes(operand);
    if (!*path)
        return false;
    return path_find(reader->evaluator->folder, path) != NULL ||
           path_is_folder(path_join(reader->evaluator->folder, path));
}

static bool read_comparison(struct reader *reader)
{
    char *left = read_operand(reader);
    if (take(reader, "=="))
        return !strcasecmp(left, read_operand(reader));
    if (take(reader, "!="))
        return strcasecmp(left, read_operand(reader)) != 0;
    if (take(reader, "<="))
        return strtod(left, NULL) <= strtod(read_operand(reader), NULL);
    if (take(reader, ">="))
        return strtod(left, NULL) >= strtod(read_operand(reader), NULL);
    if (take(reader, "<"))
        return strtod(left, NULL) < strtod(read_operand(reader), NULL);
    if (take(reader, ">"))
        return strtod(left, NULL) > strtod(read_operand(reader), NULL);
    return !strcasecmp(left, "true");
}

static bool read_factor(struct reader *reader)
{
    bool value;
    if (take(reader, "!"))
        return !read_factor(reader);
    if (take(reader, "(")) {
        value = read_or(reader);
        take(reader, ")");
        return value;
    }
    if (take(reader, "exists")) {
        take(reader, "(");
        value = exists(reader, read_operand(reader));
        take(reader, ")");
        return value;
    }
    if (take(reader, "hastrailingslash")) {
        take(reader, "(");
        const char *operand = read_operand(reader);
        size_t length = strlen(operand);
        take(reader, ")");
        return length && strchr("/\\", operand[length - 1]);
    }
    return read_comparison(reader);
}

static bool read_and(struct reader *reader)
{
    bool value = read_factor(reader);
    while (take(reader, "and"))
        value = read_factor(reader) && value;
    return value;
}

static bool read_or(struct reader *reader)
{
    bool value = read_and(reader);
    while (take(reader, "or"))
        value = read_and(reader) || value;
    return value;
}

bool msbuild_condition(struct msbuild *evaluator, const char *text, const char *place)
{
    struct reader reader = {evaluator, text, place};
    skip_space(&reader);
    return !*reader.at || read_or(&reader);
}
