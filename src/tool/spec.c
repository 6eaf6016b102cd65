/* The grammar of `weir run`; see spec.h and docs/spec.md.
 *
 *     spec      = chain { chain }
 *     chain     = node { "!" node }
 *     node      = element { property } | reference
 *     reference = NAME "." [ [ "pin" ] NUMBER ]
 *     property  = "name=" NAME | "in=" NUMBER | "out=" NUMBER | "pin=" NUMBER | "filter=" NUMBER |
 * "format=" WISH
 *
 * A reference is known only when all elements are: links carry the reference's words until then. */
#include "tool/spec.h"

#include "tool/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct node {
    bool reference;
    unsigned element; /* where it is none */
    const char *name; /* of a reference */
    int pin;
    bool linked_before, linked_after;
};

struct parser {
    struct spec *spec;
    char *const *words;
    size_t count, at;
    struct node node[SPEC_LINKS_MAX];
    unsigned nodes;
    struct {
        unsigned from, to; /* nodes */
    } link[SPEC_LINKS_MAX];
    unsigned links;
};

static bool refuse(struct parser *parser, const char *sentence)
{
    parser->spec->error = sentence;
    return false;
}

static const struct {
    const char *extension;
    enum spec_kind kind;
} kinds[] = {{".so", SPEC_DRIVER},
             {".y4m", SPEC_Y4M},
             {".wav", SPEC_WAV},
             {".raw", SPEC_RAW},
             {".png", SPEC_PNG}};

static bool kind_of(const char *word, enum spec_kind *kind)
{
    size_t length = strlen(word);

    if (!strcmp(word, "-")) {
        *kind = SPEC_STDOUT;
        return true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t bytes = strlen(kinds[i].extension);
        if (length > bytes && !strcasecmp(word + length - bytes, kinds[i].extension)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool is_name(const char *text, size_t length)
{
    if (length == 0 || !(isalpha((unsigned char)text[0]) || text[0] == '_'))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
            return false;
    }
    return true;
}

static bool number_of(const char *text, int *number)
{
    char *end;

    if (!isdigit((unsigned char)text[0]) || strlen(text) > 5)
        return false;
    *number = (int)strtol(text, &end, 10);
    return *end == 0;
}

static bool is_property(const char *word)
{
    const char *equals = strchr(word, '=');

    return equals && is_name(word, (size_t)(equals - word));
}

/* NAME. NAME.3 NAME.pin3 */
static bool reference_of(const char *word, struct node *node)
{
    const char *dot = strrchr(word, '.');

    if (!dot || !is_name(word, (size_t)(dot - word)))
        return false;
    node->pin = SPEC_ANY;
    if (dot[1] && !number_of(!strncmp(dot + 1, "pin", 3) ? dot + 4 : dot + 1, &node->pin))
        return false;
    node->name = text_copy(word, (size_t)(dot - word));
    return node->reference = true;
}

static const char *unknown_element(const char *word)
{
    const char *extension = path_extension(word);

    if (!strcasecmp(extension, ".sys") || !strcasecmp(extension, ".dll"))
        return text_format(
            "'%s' is a Windows binary; weir runs what `weir build` makes of a driver's source",
            word);
    if (!strcasecmp(extension, ".vcxproj") || !strcasecmp(extension, ".c") ||
        !strcasecmp(extension, ".cpp"))
        return text_format("'%s' is source: build it first (`weir build %s`), then run the .so",
                           word, word);
    return text_format(
        "'%s' is no element: drivers end in .so, files in .y4m, .wav, .raw or .png, '-' is the "
        "standard output, and NAME.pinN is a pin of an element that has name=NAME",
        word);
}

static bool element_add(struct parser *parser, const char *word, enum spec_kind kind,
                        struct node *node)
{
    struct spec *spec = parser->spec;

    if (spec->elements == SPEC_ELEMENTS_MAX)
        return refuse(parser, text_format("more than %d elements", SPEC_ELEMENTS_MAX));
    const char *base = path_base(word), *dot = strrchr(base, '.');
    node->element = spec->elements;
    spec->element[spec->elements++] = (struct spec_element){
        .kind = kind,
        .path = word,
        .name = dot ? text_copy(base, (size_t)(dot - base)) : base,
        .in = SPEC_ANY,
        .out = SPEC_ANY,
    };
    return true;
}

static bool property_number(struct parser *parser, const char *word, const char *value, int *number)
{
    if (number_of(value, number))
        return true;
    return refuse(parser, text_format("'%s': '%s' is no number", word, value));
}

static bool property_set(struct parser *parser, struct spec_element *element, const char *word)
{
    const char *value = strchr(word, '=') + 1;
    size_t key = (size_t)(value - word);
    int filter = 0;

    if (!strncmp(word, "name=", key)) {
        if (!is_name(value, strlen(value)))
            return refuse(
                parser,
                text_format("'%s': a name is letters, digits, '_' and '-', a letter first", word));
        element->name = value;
        return element->named = true;
    }
    if (element->kind != SPEC_DRIVER)
        return refuse(parser, text_format("'%s': '%s' is a file and has no such property", word,
                                          element->path));
    if (!strncmp(word, "in=", key))
        return property_number(parser, word, value, &element->in);
    if (!strncmp(word, "out=", key) || !strncmp(word, "pin=", key))
        return property_number(parser, word, value, &element->out);
    if (!strncmp(word, "filter=", key)) {
        if (!property_number(parser, word, value, &filter))
            return false;
        element->filter = (unsigned)filter;
        return true;
    }
    if (!strncmp(word, "format=", key)) {
        element->format = value;
        return true;
    }
    return refuse(
        parser,
        text_format(
            "'%s': no such property; there are name=, in=, out= (or pin=), filter= and format=",
            word));
}

static bool node_parse(struct parser *parser, unsigned *node_index)
{
    if (parser->nodes == SPEC_LINKS_MAX)
        return refuse(parser, text_format("more than %d elements and references", SPEC_LINKS_MAX));
    struct node *node = &parser->node[parser->nodes];
    enum spec_kind kind;

    if (parser->at == parser->count)
        return refuse(parser, "the spec ends with '!': a driver or a file must follow it");
    const char *word = parser->words[parser->at++];
    if (!strcmp(word, "!"))
        return refuse(parser,
                      parser->at == 1
                          ? "the spec begins with '!': a driver or a file must come first"
                          : "two '!' follow each other: a driver or a file must stand between");
    if (is_property(word) && !kind_of(word, &kind))
        return refuse(parser, text_format("'%s' must follow the element that it belongs to", word));
    *node_index = parser->nodes++;
    if (!kind_of(word, &kind))
        return reference_of(word, node) || refuse(parser, unknown_element(word));
    if (!element_add(parser, word, kind, node))
        return false;
    while (parser->at < parser->count && is_property(parser->words[parser->at]) &&
           strcmp(parser->words[parser->at], "!")) {
        if (!property_set(parser, &parser->spec->element[node->element],
                          parser->words[parser->at++]))
            return false;
    }
    return true;
}

static bool chain_parse(struct parser *parser)
{
    unsigned before, after;

    if (!node_parse(parser, &before))
        return false;
    while (parser->at < parser->count && !strcmp(parser->words[parser->at], "!")) {
        parser->at++;
        if (!node_parse(parser, &after))
            return false;
        parser->node[before].linked_after = parser->node[after].linked_before = true;
        parser->link[parser->links].from = before;
        parser->link[parser->links++].to = after;
        before = after;
    }
    struct node *last = &parser->node[before];
    if (last->reference && !last->linked_before && !last->linked_after)
        return refuse(parser,
                      text_format("'%s.' stands alone: it must be linked with '!'", last->name));
    return true;
}

/* --- what only the whole can say ----------------------------------------------------- */

static bool names_check(struct parser *parser)
{
    struct spec *spec = parser->spec;

    for (unsigned i = 0; i < spec->elements; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (spec->element[i].named && spec->element[j].named &&
                !strcmp(spec->element[i].name, spec->element[j].name))
                return refuse(parser,
                              text_format("two elements have name=%s", spec->element[i].name));
        }
    }
    return true;
}

/* A name that was given wins over one that a file happens to have; the latter must be the only one.
 */
static bool resolve(struct parser *parser, struct node *node)
{
    const struct spec *spec = parser->spec;
    unsigned found = 0;

    if (!node->reference)
        return true;
    for (unsigned named = 2; named-- > 0 && !found;) {
        for (unsigned i = 0; i < spec->elements; i++) {
            if (spec->element[i].named != named || strcmp(spec->element[i].name, node->name))
                continue;
            node->element = i;
            found++;
        }
    }
    if (found == 1)
        return true;
    return refuse(
        parser, found ? text_format("'%s.': several elements are called so; give the one name=NAME",
                                    node->name)
                      : text_format("'%s.': no element has name=%s", node->name, node->name));
}

static bool link_add(struct parser *parser, const struct node *from, const struct node *to)
{
    struct spec *spec = parser->spec;
    struct spec_element *source = &spec->element[from->element],
                        *sink = &spec->element[to->element];

    spec->link[spec->links++] =
        (struct spec_link){.from = from->element,
                           .to = to->element,
                           .from_pin = from->reference ? from->pin : SPEC_ANY,
                           .to_pin = to->reference ? to->pin : SPEC_ANY};
    source->links_out++;
    sink->links_in++;
    if (from->element == to->element)
        return refuse(parser, text_format("'%s' is linked with itself", source->path));
    return true;
}

static bool file_check(struct parser *parser, const struct spec_element *element)
{
    if (element->links_in + element->links_out == 0)
        return refuse(parser, text_format("'%s' is linked with no driver", element->path));
    if (element->links_in + element->links_out > 1)
        return refuse(parser,
                      text_format("'%s' is a file: it begins or ends a chain and has one link",
                                  element->path));
    if (element->links_out && element->kind == SPEC_STDOUT)
        return refuse(parser, "'-' is the standard output and can only end a chain; frames come "
                              "from a .y4m or .wav file");
    if (element->links_out && element->kind != SPEC_Y4M && element->kind != SPEC_WAV)
        return refuse(
            parser,
            text_format(
                "'%s' cannot be read from: it does not say what its frames are; use .y4m or .wav",
                element->path));
    return true;
}

static bool whole_check(struct parser *parser)
{
    struct spec *spec = parser->spec;
    unsigned drivers = 0, standard_outputs = 0;

    for (unsigned i = 0; i < spec->elements; i++) {
        drivers += spec->element[i].kind == SPEC_DRIVER;
        standard_outputs += spec->element[i].kind == SPEC_STDOUT;
    }
    if (!drivers)
        return refuse(parser, "there is no driver in the spec: put one (a .so made by `weir "
                              "build`) between the files");
    if (standard_outputs > 1)
        return refuse(parser, "only one chain can end at the standard output");
    for (unsigned i = 0; i < spec->elements; i++) {
        if (spec->element[i].kind != SPEC_DRIVER && !file_check(parser, &spec->element[i]))
            return false;
    }
    return true;
}

static char *const *words_split(char *const *words, size_t *count)
{
    struct text_list list = {0};

    if (*count != 1 || !strpbrk(words[0], " \t"))
        return words;
    char *text = text_format("%s", words[0]);
    for (char *at = text; *at; at++)
        *at = *at == '\t' ? ' ' : *at;
    text_list_split(&list, text, ' ');
    *count = list.count;
    return (char *const *)list.items;
}

bool spec_parse(struct spec *spec, char *const *words, size_t count)
{
    struct parser parser = {.spec = spec, .count = count};

    memset(spec, 0, sizeof *spec);
    parser.words = words_split(words, &parser.count);
    if (!parser.count)
        return refuse(&parser,
                      "nothing to run: name a driver, as in `weir run camera.so ! out.y4m`");
    while (parser.at < parser.count) {
        if (!chain_parse(&parser))
            return false;
    }
    if (!names_check(&parser))
        return false;
    for (unsigned i = 0; i < parser.nodes; i++) {
        if (!resolve(&parser, &parser.node[i]))
            return false;
    }
    for (unsigned i = 0; i < parser.links; i++) {
        if (!link_add(&parser, &parser.node[parser.link[i].from], &parser.node[parser.link[i].to]))
            return false;
    }
    return whole_check(&parser);
}
