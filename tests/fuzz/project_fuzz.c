/* The reader of .vcxproj: any file is refused with a sentence or gives a project with sources. */
#include "fuzz.h"

#include "forget.h"
#include "tool/build.h"

#include <stdarg.h>

static unsigned told;

void tool_error(const char *format, ...)
{
    va_list arguments;
    char sentence[4096];

    va_start(arguments, format);
    FUZZ_CHECK(vsnprintf(sentence, sizeof(sentence), format, arguments) > 0);
    va_end(arguments);
    told++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const struct build_options options = {.configuration = "Release", .platform = "x64"};
    struct build_project project = {0};

    told = 0;
    if (build_vcxproj_read(fuzz_file(data, bytes), &options, &project))
        FUZZ_CHECK(project.source_count > 0 && project.name && project.folder);
    else
        FUZZ_CHECK(told > 0);
    for (size_t i = 0; i < project.source_count; i++)
        FUZZ_CHECK(project.sources[i].path && project.sources[i].standard);
    fuzz_file_close();
    fuzz_forget();
    return 0;
}
