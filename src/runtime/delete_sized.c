/* Sized operator delete as the language defines it: the plain one, which a driver may have of its
 * own. */
#include <stddef.h>

void operator_delete(void *block) __asm__("_ZdlPv");
void operator_delete_sized(void *block, size_t bytes) __asm__("_ZdlPvm");

void operator_delete_sized(void *block, size_t bytes)
{
    (void)bytes;
    operator_delete(block);
}
