/* What compilers name a shared object by. */
extern void *__dso_handle;
void *__dso_handle = &__dso_handle;
