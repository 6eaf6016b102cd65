/* The readers of .y4m and .wav: any file is refused with a sentence, or read to its end, in each
 * layout that it offers. The first byte says which reader. */
#include "fuzz.h"

#include "forget.h"
#include "tool/end.h"

enum { FRAMES_MAX = 16 };

static void read_all(struct source *source)
{
    const void *data;
    size_t bytes;
    volatile uint8_t sum = 0;

    for (unsigned i = 0; i < FRAMES_MAX && source_read(source, &data, &bytes); i++) {
        for (size_t j = 0; j < bytes; j++)
            sum ^= ((const uint8_t *)data)[j];
        if (source->media.kind == MEDIA_PICTURE && source->layouts[i % 8] != LAYOUT_OTHER)
            source_choose(source, source->layouts[i % 8]);
    }
    FUZZ_CHECK(!source->error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct source source;

    if (!bytes)
        return 0;
    if (source_open(&source, data[0] & 1 ? SPEC_WAV : SPEC_Y4M, fuzz_file(data + 1, bytes - 1))) {
        FUZZ_CHECK(source.frames > 0 && source.media.kind != MEDIA_OTHER);
        read_all(&source);
        source_close(&source);
    } else {
        FUZZ_CHECK(source.error && !source.file);
    }
    fuzz_file_close();
    fuzz_forget();
    return 0;
}
