/* Names of NTSTATUS values, for messages. The list is made from <ntstatus.h> when weir is built. */
#include "inside.h"

#include <stdio.h>

static const struct {
    NTSTATUS status;
    const char *name;
} names[] = {
#define X(status) {status, #status},
#include "status_names.inc"
#undef X
};

/* Where a value has several names, the first of the header is its name. */
const char *weir_ntstatus_name(int32_t status)
{
    static _Thread_local char unknown[16];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].status == status)
            return names[i].name;
    }
    snprintf(unknown, sizeof(unknown), "0x%08X", (unsigned)status);
    return unknown;
}
