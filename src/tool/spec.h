/* What `weir run` is to run: elements and links, parsed from the words of the command line. The
 * grammar stands in docs/spec.md.
 *
 * Invariant of a parsed spec: every link's ends are elements of it; a file is the first or the last
 * element of its chain, and has exactly one link; there is at least one driver; names are unique.
 */
#ifndef WEIR_TOOL_SPEC_H
#define WEIR_TOOL_SPEC_H

#include <stdbool.h>
#include <stddef.h>

enum { SPEC_ELEMENTS_MAX = 32, SPEC_LINKS_MAX = 64, SPEC_ANY = -1 };

enum spec_kind { SPEC_DRIVER, SPEC_Y4M, SPEC_WAV, SPEC_RAW, SPEC_PNG, SPEC_STDOUT };

struct spec_element {
    enum spec_kind kind;
    const char *path;
    const char *name; /* name=, else the file's name without its folder and extension */
    bool named;       /* by name= */
    int in, out; /* pins that its links use where they say none; SPEC_ANY: the first that is free */
    unsigned filter;    /* of the device */
    const char *format; /* a wish for its output; NULL: none */
    unsigned links_in, links_out;
};

struct spec_link {
    unsigned from, to;    /* elements */
    int from_pin, to_pin; /* SPEC_ANY: not said */
};

struct spec {
    struct spec_element element[SPEC_ELEMENTS_MAX];
    unsigned elements;
    struct spec_link link[SPEC_LINKS_MAX];
    unsigned links;
    const char *error; /* a sentence, where spec_parse failed */
};

/* One word that holds blanks is taken apart first, so a quoted spec is the same as an unquoted one.
 */
bool spec_parse(struct spec *spec, char *const *words, size_t count);

#endif
