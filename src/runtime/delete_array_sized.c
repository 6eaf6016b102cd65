/* Sized operator delete[] as the language defines it: the plain one. */
#include <stddef.h>

void operator_delete_array(void *block) __asm__("_ZdaPv");
void operator_delete_array_sized(void *block, size_t bytes) __asm__("_ZdaPvm");

void operator_delete_array_sized(void *block, size_t bytes)
{
    (void)bytes;
    operator_delete_array(block);
}
