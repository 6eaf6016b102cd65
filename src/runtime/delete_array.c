/* operator delete[] as the language defines it: operator delete. */
void operator_delete(void *block) __asm__("_ZdlPv");
void operator_delete_array(void *block) __asm__("_ZdaPv");

void operator_delete_array(void *block)
{
    operator_delete(block);
}
