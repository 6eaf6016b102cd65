/* For targets that read what a user gives to the tool. */
#ifndef FUZZ_FORGET_H
#define FUZZ_FORGET_H

#include <stddef.h>

/* Free everything of text.h. */
void fuzz_forget(void);
/* A file with these bytes; the path is good until fuzz_file_close (file.c). */
const char *fuzz_file(const void *data, size_t bytes);
void fuzz_file_close(void);

#endif
