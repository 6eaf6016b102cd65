/* A file of an input's bytes, in memory: see forget.h. */
#include "forget.h"

#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static int descriptor = -1;

const char *fuzz_file(const void *data, size_t bytes)
{
    static char path[64];

    if (descriptor < 0)
        descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_CHECK(descriptor >= 0 && ftruncate(descriptor, 0) == 0);
    FUZZ_CHECK(pwrite(descriptor, data, bytes, 0) == (ssize_t)bytes);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    return path;
}

void fuzz_file_close(void)
{
    FUZZ_CHECK(ftruncate(descriptor, 0) == 0);
}
