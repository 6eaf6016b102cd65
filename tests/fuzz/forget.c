/* The tool's text.c, and a way to free all that it gave: a target lives longer than a verb. */
#include "../../src/tool/text.c"

#include "forget.h"

void fuzz_forget(void)
{
    while (blocks) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}
