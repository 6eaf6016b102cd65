/* operator delete and delete[], where the driver has none: a virtual destructor names them even
 * when nobody deletes. Memory of a driver's operator new is pool memory.
 * Undocumented: what a kernel driver without an operator delete of its own gets (on Windows it does
 * not link); here it is ExFreePool. */
void ExFreePool(void *block);
void operator_delete(void *block) __asm__("_ZdlPv");

void operator_delete(void *block)
{
    if (block)
        ExFreePool(block);
}
