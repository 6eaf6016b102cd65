/* The kit: where weir's own headers, stubs and runtime are, found from where this executable lies.
 *
 * BUILD/bin/weir finds BUILD/lib/weir/kit, PREFIX/bin/weir finds PREFIX/LIBDIR/weir/kit: lines of
 * "include PATH" and "library PATH", relative to the kit file's folder. */
#include "tool/build.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool kit_read(const char *folder, struct build_kit *kit)
{
    char *text = text_read(path_join(folder, "kit"));
    struct text_list lines = {0};
    if (!text)
        return false;
    text_list_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        const char *line = lines.items[i];
        if (!strncmp(line, "include ", 8))
            text_list_add(&kit->includes, path_absolute(path_join(folder, line + 8)));
        else if (!strncmp(line, "library ", 8))
            text_list_add(&kit->libraries, path_absolute(path_join(folder, line + 8)));
    }
    return true;
}

bool build_kit_find(struct build_kit *kit)
{
    static const char *const places[] = {"../lib/weir", WEIR_KIT_INSTALLED};
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = 0;
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            if (kit_read(path_join(path_folder(self), places[i]), kit))
                break;
    }
    if (kit->includes.count == 0) {
        tool_error("the headers and stubs that belong to %s are missing (looked for lib/weir/kit "
                   "beside its bin folder); install weir again",
                   length > 0 ? self : "this program");
        return false;
    }
    for (size_t i = 0; i < kit->libraries.count; i++)
        if (!path_is_file(kit->libraries.items[i])) {
            tool_error("%s is missing; install weir again", kit->libraries.items[i]);
            return false;
        }
    return true;
}
