/* Findings: what stands between the source and a driver, out of what compiler and linker say.
 *
 * The messages are those of gcc 12 and clang 19 under LC_ALL=C. An error that is not known by its
 * words is a finding too, with its own text: nothing that made a compiler fail gets lost. */
#include "tool/build.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_SHOWN_MAX = 32 };

const char *finding_kind_words(enum finding_kind kind)
{
    static const char *const words[] = {"missing DDI", "missing header", "undeclared name", "error",
                                        "link error"};
    return words[kind];
}

static struct finding *finding_of(struct findings *findings, enum finding_kind kind,
                                  const char *name)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].kind == kind && !strcmp(findings->items[i].name, name))
            return &findings->items[i];
    if (findings->count == findings->room) {
        size_t room = findings->room ? 2 * findings->room : 16;
        struct finding *items = text_alloc(room * sizeof *items);
        if (findings->count)
            memcpy(items, findings->items, findings->count * sizeof *items);
        findings->items = items;
        findings->room = room;
    }
    struct finding *finding = &findings->items[findings->count++];
    *finding = (struct finding){.kind = kind, .name = name};
    return finding;
}

void findings_add(struct findings *findings, enum finding_kind kind, const char *name,
                  const char *file, unsigned line)
{
    struct finding *finding = finding_of(findings, kind, name);
    for (size_t i = 0; i < finding->count; i++)
        if (finding->places[i].line == line && !strcmp(finding->places[i].file, file))
            return;
    if (finding->count == finding->room) {
        size_t room = finding->room ? 2 * finding->room : 4;
        struct finding_place *places = text_alloc(room * sizeof *places);
        if (finding->count)
            memcpy(places, finding->places, finding->count * sizeof *places);
        finding->places = places;
        finding->room = room;
    }
    finding->places[finding->count++] = (struct finding_place){file, line};
}

/* CamelCase after a prefix of the kernel's own: KeSetEvent, _KsEdit, RtlCompareMemory. */
bool finding_is_ddi_name(const char *name)
{
    static const char *const prefixes[] = {
        "Ks",
        "Ke",
        "Kf",
        "Ki",
        "Exp",
        "Ex",
        "Iof",
        "Io",
        "Mm",
        "Ob",
        "Ps",
        "PoFx",
        "Po",
        "Rtl",
        "Zw",
        "Nt",
        "Hal",
        "Se",
        "Cm",
        "Cc",
        "Dbg",
        "Etw",
        "Wmi",
        "Tm",
        "FsRtl",
        "Flt",
        "BCrypt",
        "Csq",
        "Pc",
        "READ_REGISTER_",
        "WRITE_REGISTER_",
        "READ_PORT_",
        "WRITE_PORT_",
    };
    if (*name == '_')
        name++;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], length) || !isupper((unsigned char)name[length]))
            continue;
        if (prefixes[i][length - 1] == '_' || islower((unsigned char)name[length + 1]))
            return true;
    }
    return false;
}

/* --- compilers -------------------------------------------------------------------------------- */

/* The n-th 'quoted' part of a message, "" if none. */
static const char *quoted(const char *message)
{
    const char *start = strchr(message, '\'');
    const char *end = start ? strchr(start + 1, '\'') : NULL;
    return end ? text_copy(start + 1, (size_t)(end - start - 1)) : "";
}

static bool says_undeclared(const char *message)
{
    static const char *const words[] = {
        "was not declared in this scope",
        "has not been declared",
        "does not name a type",
        "undeclared (first use",
        "undeclared here",
        "use of undeclared identifier",
        "unknown type name",
        "call to undeclared function",
        "implicit declaration of function",
        "there are no arguments to",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(message, words[i]))
            return true;
    return false;
}

static const char *missing_header(const char *message)
{
    const char *end = strstr(message, ": No such file or directory");
    if (end)
        return text_copy(message, (size_t)(end - message));
    return strstr(message, "' file not found") ? quoted(message) : NULL;
}

static void take_message(struct findings *findings, const char *message, const char *file,
                         unsigned line)
{
    const char *header = missing_header(message);
    const char *name = says_undeclared(message) ? quoted(message) : "";
    if (header)
        findings_add(findings, FINDING_MISSING_HEADER, header, file, line);
    else if (*name)
        findings_add(findings, finding_is_ddi_name(name) ? FINDING_MISSING_DDI : FINDING_UNDECLARED,
                     name, file, line);
    else
        findings_add(findings, FINDING_ERROR, message, file, line);
}

/* FILE:LINE[:COLUMN]: [fatal ]error: MESSAGE */
static void take_compiler_line(struct findings *findings, char *text)
{
    char *mark = strstr(text, ": error: "), *fatal = strstr(text, ": fatal error: ");
    const char *message = mark ? mark + 9 : NULL;
    if (fatal && (!mark || fatal < mark)) {
        mark = fatal;
        message = fatal + 15;
    }
    if (!mark)
        return;
    char *place = text_copy(text, (size_t)(mark - text));
    char *numbers = place;
    while ((numbers = strchr(numbers, ':')) && !isdigit((unsigned char)numbers[1]))
        numbers++;
    unsigned line = numbers ? (unsigned)strtoul(numbers + 1, NULL, 10) : 0;
    if (numbers)
        *numbers = 0;
    take_message(findings, message, place, line);
}

void findings_from_compiler(struct findings *findings, const char *log)
{
    struct text_list lines = {0};
    const char *text = text_read(log);
    if (text)
        text_list_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.count; i++)
        take_compiler_line(findings, text_copy(lines.items[i], strlen(lines.items[i])));
}

/* --- linker ----------------------------------------------------------------------------------- */

static bool is_word_at(const char *text, const char *at, size_t length)
{
    bool before = at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_');
    bool after = isalnum((unsigned char)at[length]) || at[length] == '_';
    return !before && !after;
}

/* First line of `path` with this identifier; 0: none. */
static unsigned line_of(const char *path, const char *name)
{
    const char *text = text_read(path), *at = text;
    size_t length = strlen(name);
    unsigned line = 1;
    while (at && (at = strstr(at, name))) {
        if (is_word_at(text, at, length)) {
            for (const char *c = text; c < at; c++)
                line += *c == '\n';
            return line;
        }
        at += length;
    }
    return 0;
}

static const struct build_source *source_of_object(const struct build_project *project,
                                                   const char *text)
{
    for (size_t i = 0; i < project->source_count; i++)
        if (strstr(text, path_base(project->sources[i].object)))
            return &project->sources[i];
    return NULL;
}

static bool all_compiled(const struct build_project *project)
{
    for (size_t i = 0; i < project->source_count; i++)
        if (project->sources[i].status != 0)
            return false;
    return true;
}

/* The linker knows absolute paths; the user sees the one that was given. */
static const char *as_given(const struct build_project *project, const char *file)
{
    const char *real = path_absolute(file);
    for (size_t i = 0; i < project->source_count; i++)
        if (!strcmp(path_absolute(project->sources[i].path), real))
            return project->sources[i].path;
    return file;
}

static void take_undefined(struct findings *findings, const struct build_project *project,
                           const char *text, const char *name)
{
    bool ddi = finding_is_ddi_name(name) && !strchr(name, '(');
    if (!ddi && !all_compiled(project)) /* it may be in a source that did not compile */
        return;
    enum finding_kind kind = ddi ? FINDING_MISSING_DDI : FINDING_LINK;
    const char *words = ddi ? name : text_format("undefined: %s", name);
    const struct build_source *source = source_of_object(project, text);
    const char *paren = strstr(text, ":(");
    if (source) {
        findings_add(findings, kind, words, source->path, line_of(source->path, name));
    } else if (paren) {
        findings_add(findings, kind, words, text_copy(text, (size_t)(paren - text)), 0);
    } else {
        const char *colon = strchr(text, ':');
        const char *file = colon ? text_copy(text, (size_t)(colon - text)) : text;
        findings_add(findings, kind, words, as_given(project, file),
                     colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0);
    }
}

static const char *without_prefix(const char *text)
{
    const char *mark = strstr(text, "ld: ");
    return mark && !strchr(text_copy(text, (size_t)(mark - text)), ' ') ? mark + 4 : text;
}

void findings_from_linker(struct findings *findings, const struct build_project *project,
                          const char *log)
{
    struct text_list lines = {0};
    const char *text = text_read(log);
    if (text)
        text_list_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        const char *line = without_prefix(lines.items[i]);
        const char *mark = strstr(line, "undefined reference to `");
        if (mark) {
            const char *name = text_copy(mark + 24, strcspn(mark + 24, "'"));
            take_undefined(findings, project, line, name);
        } else if (strstr(line, "required symbol `DriverEntry' not defined") &&
                   all_compiled(project)) {
            findings_add(findings, FINDING_LINK, "no DriverEntry (in C++ it must be extern \"C\")",
                         project->folder, 0);
        } else if (strstr(line, "multiple definition of")) {
            const char *colon = strchr(line, ':');
            findings_add(findings, FINDING_LINK, strstr(line, "multiple definition of"),
                         text_copy(line, strcspn(line, ":")),
                         colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0);
        }
    }
}

/* --- telling ---------------------------------------------------------------------------------- */

void findings_print(const struct findings *findings)
{
    for (enum finding_kind kind = FINDING_MISSING_DDI; kind <= FINDING_LINK; kind++) {
        for (size_t i = 0; i < findings->count; i++) {
            const struct finding *finding = &findings->items[i];
            if (finding->kind != kind)
                continue;
            printf("%-15s  %s\n", finding_kind_words(kind), finding->name);
            size_t shown = finding->count <= PLACES_SHOWN_MAX ? finding->count : PLACES_SHOWN_MAX;
            for (size_t place = 0; place < shown; place++) {
                printf("                   %s", finding->places[place].file);
                if (finding->places[place].line)
                    printf(":%u", finding->places[place].line);
                putchar('\n');
            }
            if (shown < finding->count)
                printf("                   and %zu more; --json has them all\n",
                       finding->count - shown);
        }
    }
}
