/* Text, lists of text and small files for the tool. All memory lives as long as the process: a verb
 * runs once and ends, so nothing here is freed. */
#ifndef WEIR_TOOL_TEXT_H
#define WEIR_TOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text_list {
    const char **items;
    size_t count, room;
};

void *text_alloc(size_t bytes); /* zeroed; never NULL */
char *text_copy(const char *text, size_t length);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_lower(const char *text);
char *text_trim(const char *text);

void text_list_add(struct text_list *list, const char *item);
void text_list_add_all(struct text_list *list, const struct text_list *more);
bool text_list_has(const struct text_list *list, const char *item);
void text_list_split(struct text_list *list, const char *text,
                     char separator); /* skips empty ones */
char *text_list_join(const struct text_list *list, const char *separator);

char *text_read(const char *path); /* NULL: errno says why */
bool text_write(const char *path, const char *text);

/* Paths. */
const char *path_base(const char *path);
char *path_folder(const char *path); /* "." where there is none */
char *path_join(const char *folder, const char *name);
char *path_absolute(const char *path);
char *path_slashes(const char *path); /* \ -> / */
const char *path_extension(const char *path);
bool path_is_folder(const char *path);
bool path_is_file(const char *path);
bool path_make_folders(const char *path);
/* `name` (of any case, either slash) below `folder`; NULL: no such file. */
char *path_find(const char *folder, const char *name);
char *path_find_folder(const char *folder, const char *name); /* likewise */

#endif
