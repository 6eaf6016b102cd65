/* The spec of `weir run`: any words, one a line, are refused with a sentence or give what spec.h
 * promises. */
#include "fuzz.h"

#include "forget.h"
#include "tool/spec.h"
#include "tool/text.h"

enum { WORDS_MAX = 128 };

static void check(const struct spec *spec)
{
    unsigned drivers = 0;

    FUZZ_CHECK(spec->elements <= SPEC_ELEMENTS_MAX && spec->links <= SPEC_LINKS_MAX);
    for (unsigned i = 0; i < spec->links; i++)
        FUZZ_CHECK(spec->link[i].from < spec->elements && spec->link[i].to < spec->elements);
    for (unsigned i = 0; i < spec->elements; i++) {
        const struct spec_element *element = &spec->element[i];
        drivers += element->kind == SPEC_DRIVER;
        FUZZ_CHECK(element->path && element->name);
        if (element->kind != SPEC_DRIVER)
            FUZZ_CHECK(element->links_in + element->links_out == 1);
        for (unsigned j = 0; j < i; j++)
            FUZZ_CHECK(!element->named || !spec->element[j].named ||
                       strcmp(spec->element[j].name, element->name));
    }
    FUZZ_CHECK(drivers > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct spec spec;
    char *words[WORDS_MAX];
    size_t count = 0;

    for (size_t at = 0, start = 0; at <= bytes && count < WORDS_MAX; at++) {
        if (at < bytes && data[at] != '\n' && data[at] != 0)
            continue;
        words[count++] = text_copy((const char *)data + start, at - start);
        start = at + 1;
    }
    if (spec_parse(&spec, words, count))
        check(&spec);
    else
        FUZZ_CHECK(spec.error && *spec.error);
    fuzz_forget();
    return 0;
}
