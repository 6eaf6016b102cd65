/* Names in sentences of nt and ks, which know numbers only: they write "status 0x" and the value.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* false: no status stands here, or one without a name. */
static bool status_here(const char *at, const char **end, unsigned long *status)
{
    static const char lead[] = "status 0x";
    char *rest;

    if (strncmp(at, lead, sizeof(lead) - 1))
        return false;
    *status = strtoul(at + sizeof(lead) - 1, &rest, 16);
    *end = rest;
    return strncmp(weir_ntstatus_name((NTSTATUS)*status), "0x", 2) != 0;
}

void machine_status_words(const char *in, char *out, size_t out_bytes)
{
    size_t used = 0;

    while (*in && used + 1 < out_bytes) {
        size_t room = out_bytes - used;
        unsigned long status;
        const char *end;
        if (!status_here(in, &end, &status)) {
            out[used++] = *in++;
            continue;
        }
        int bytes = snprintf(out + used, room, "%s (0x%08lX)", weir_ntstatus_name((NTSTATUS)status),
                             status);
        used += (size_t)bytes < room ? (size_t)bytes : room - 1;
        in = end;
    }
    out[used] = 0;
}
