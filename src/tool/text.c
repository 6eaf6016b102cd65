/* Text, lists of text and small files for the tool; see text.h. */
#include "tool/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct block {
    struct block *next;
    max_align_t bytes[];
};
static struct block *blocks; /* keeps everything reachable for leak checkers */

void *text_alloc(size_t bytes)
{
    struct block *block = calloc(1, sizeof *block + bytes);
    if (!block) {
        fputs("weir: out of memory\n", stderr);
        exit(1);
    }
    block->next = blocks;
    blocks = block;
    return block->bytes;
}

char *text_copy(const char *text, size_t length)
{
    char *copy = text_alloc(length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = text_alloc((size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

char *text_lower(const char *text)
{
    char *lower = text_copy(text, strlen(text));
    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return lower;
}

char *text_trim(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    return text_copy(text, length);
}

void text_list_add(struct text_list *list, const char *item)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 8;
        const char **items = text_alloc(room * sizeof *items);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}

void text_list_add_all(struct text_list *list, const struct text_list *more)
{
    for (size_t i = 0; i < more->count; i++)
        text_list_add(list, more->items[i]);
}

bool text_list_has(const struct text_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->items[i], item))
            return true;
    return false;
}

void text_list_split(struct text_list *list, const char *text, char separator)
{
    while (*text) {
        const char *end = strchrnul(text, separator);
        char *item = text_trim(text_copy(text, (size_t)(end - text)));
        if (*item)
            text_list_add(list, item);
        text = *end ? end + 1 : end;
    }
}

char *text_list_join(const struct text_list *list, const char *separator)
{
    size_t bytes = 1;
    for (size_t i = 0; i < list->count; i++)
        bytes += strlen(list->items[i]) + strlen(separator);
    char *text = text_alloc(bytes), *at = text;
    for (size_t i = 0; i < list->count; i++)
        at = stpcpy(stpcpy(at, i ? separator : ""), list->items[i]);
    return text;
}

char *text_read(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    size_t length = 0, room = 1 << 16;
    char *text = malloc(room);
    for (size_t got; text && (got = fread(text + length, 1, room - length - 1, file)) > 0;) {
        length += got;
        if (room - length < 2)
            text = realloc(text, room *= 2);
    }
    bool bad = !text || ferror(file);
    fclose(file);
    char *copy = bad ? NULL : text_copy(text, length);
    free(text);
    return copy;
}

bool text_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    bool well = fputs(text, file) >= 0;
    return fclose(file) == 0 && well;
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return text_copy(".", 1);
    return text_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

char *path_join(const char *folder, const char *name)
{
    if (name[0] == '/' || !strcmp(folder, "."))
        return text_copy(name, strlen(name));
    size_t length = strlen(folder);
    return text_format("%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name);
}

char *path_absolute(const char *path)
{
    char *real = realpath(path, NULL), *result;
    if (real) {
        result = text_copy(real, strlen(real));
        free(real);
        return result;
    }
    if (path[0] == '/')
        return text_copy(path, strlen(path));
    char *folder = realpath(path_folder(path), NULL);
    result = folder ? path_join(folder, path_base(path)) : text_copy(path, strlen(path));
    free(folder);
    return result;
}

char *path_slashes(const char *path)
{
    char *copy = text_copy(path, strlen(path));
    for (char *at = copy; *at; at++)
        if (*at == '\\')
            *at = '/';
    return copy;
}

const char *path_extension(const char *path)
{
    const char *dot = strrchr(path_base(path), '.');
    return dot ? dot : "";
}

bool path_is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool path_is_file(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

bool path_make_folders(const char *path)
{
    char *copy = text_copy(path, strlen(path));
    for (char *at = copy + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        mkdir(copy, 0777);
        *at = '/';
    }
    return mkdir(copy, 0777) == 0 || errno == EEXIST;
}

static char *find_entry(const char *folder, const char *name)
{
    char *exact = path_join(folder, name), *found = NULL;
    if (access(exact, F_OK) == 0)
        return exact;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && !found && (entry = readdir(entries));)
        if (!strcasecmp(entry->d_name, name))
            found = path_join(folder, text_copy(entry->d_name, strlen(entry->d_name)));
    if (entries)
        closedir(entries);
    return found;
}

static const char *find_path(const char *folder, const char *name)
{
    char *rest = path_slashes(name);
    const char *at = folder;
    if (rest[0] == '/')
        at = "/";
    while (at && *rest) {
        char *slash = strchr(rest, '/');
        if (slash)
            *slash = 0;
        if (*rest)
            at = find_entry(at, rest);
        if (!slash)
            break;
        rest = slash + 1;
    }
    return at;
}

char *path_find(const char *folder, const char *name)
{
    const char *at = find_path(folder, name);
    return at && path_is_file(at) ? text_copy(at, strlen(at)) : NULL;
}

char *path_find_folder(const char *folder, const char *name)
{
    const char *at = find_path(folder, name);
    return at && path_is_folder(at) ? text_copy(at, strlen(at)) : NULL;
}
