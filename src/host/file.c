/* Files: the few calls that drivers' file DDIs and the registry need, with one set of answers.
 * Lock: none; a file may be used by several threads, every transfer names its offset.
 * Invariant: no call changes the process's own position in a file. */
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct host_file {
    int descriptor;
    bool append;
};

static enum host_file_status status_of(int error)
{
    switch (error) {
    case ENOENT:
        return HOST_FILE_NOT_FOUND;
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return HOST_FILE_PATH_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
    case ETXTBSY:
    case EBADF: /* not opened for this */
        return HOST_FILE_DENIED;
    case EEXIST:
        return HOST_FILE_EXISTS;
    case EISDIR:
        return HOST_FILE_IS_DIRECTORY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return HOST_FILE_FULL;
    default:
        return HOST_FILE_IO_ERROR;
    }
}

/* ENOENT says the same of a missing file and a missing folder; the caller wants to know. */
static enum host_file_status status_of_path(int error, const char *path)
{
    char *copy;
    bool folder;

    if (error != ENOENT)
        return status_of(error);
    copy = strdup(path);
    folder = copy && access(dirname(copy), F_OK) == 0;
    free(copy);
    return folder ? HOST_FILE_NOT_FOUND : HOST_FILE_PATH_NOT_FOUND;
}

enum host_file_status host_file_open(const char *path, unsigned flags, struct host_file **file)
{
    int mode = flags & HOST_OPEN_WRITE ? (flags & HOST_OPEN_READ ? O_RDWR : O_WRONLY) : O_RDONLY;
    struct host_file *made = malloc(sizeof *made);

    *file = NULL;
    if (!made)
        return HOST_FILE_IO_ERROR;
    mode |= flags & HOST_OPEN_CREATE ? O_CREAT : 0;
    mode |= flags & HOST_OPEN_CREATE && flags & HOST_OPEN_EXCLUSIVE ? O_EXCL : 0;
    mode |= flags & HOST_OPEN_TRUNCATE ? O_TRUNC : 0;
    made->append = flags & HOST_OPEN_APPEND;
    made->descriptor = open(path, mode | O_CLOEXEC | O_NOCTTY, 0666);
    if (made->descriptor < 0) {
        int error = errno;
        free(made);
        return status_of_path(error, path);
    }
    *file = made;
    return HOST_FILE_OK;
}

enum host_file_status host_file_read(struct host_file *file, uint64_t offset, void *buffer,
                                     size_t bytes, size_t *done)
{
    ssize_t got;

    *done = 0;
    if (offset > INT64_MAX)
        return HOST_FILE_OK; /* past every end */
    do
        got = pread(file->descriptor, buffer, bytes, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return status_of(errno);
    *done = (size_t)got;
    return HOST_FILE_OK;
}

enum host_file_status host_file_write(struct host_file *file, uint64_t offset, const void *buffer,
                                      size_t bytes, size_t *done)
{
    struct stat facts;
    ssize_t put;

    *done = 0;
    if (file->append) {
        if (fstat(file->descriptor, &facts) != 0)
            return status_of(errno);
        offset = (uint64_t)facts.st_size;
    }
    if (offset > INT64_MAX)
        return HOST_FILE_FULL;
    do
        put = pwrite(file->descriptor, buffer, bytes, (off_t)offset);
    while (put < 0 && errno == EINTR);
    if (put < 0)
        return status_of(errno);
    *done = (size_t)put;
    return HOST_FILE_OK;
}

enum host_file_status host_file_facts(struct host_file *file, struct host_file_facts *facts)
{
    struct stat found;

    if (fstat(file->descriptor, &found) != 0)
        return status_of(errno);
    facts->is_directory = S_ISDIR(found.st_mode);
    facts->bytes = facts->is_directory ? 0 : (uint64_t)found.st_size;
    return HOST_FILE_OK;
}

enum host_file_status host_file_delete(const char *path)
{
    return unlink(path) == 0 ? HOST_FILE_OK : status_of_path(errno, path);
}

void host_file_close(struct host_file *file)
{
    if (!file)
        return;
    close(file->descriptor);
    free(file);
}
