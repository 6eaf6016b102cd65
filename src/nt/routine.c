/* DDIs found by name at run time.
 * Lock: none. Interface: only what drivers may call is found.
 * Invariant: a name has the same address as a driver that is linked against it gets. */
#include "nt/io.h"

enum { NAME_BYTES_MAX = 128 };

/** The address of a DDI by its name.
 *  @param SystemRoutineName  exactly as it is spelled
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return its address; NULL: weir does not have it
 *  @source wdm.h, MmGetSystemRoutineAddress */
PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    KE_REQUIRE_IRQL_MAX(PASSIVE_LEVEL);
    host_point();
    char name[NAME_BYTES_MAX];
    ke_unicode_text(SystemRoutineName, name, sizeof name);
    /* Ours are weir_* and lower case; what drivers know begins with a capital letter. */
    return name[0] >= 'A' && name[0] <= 'Z' ? host_own_symbol(name) : NULL;
}
