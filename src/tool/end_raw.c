/* .raw and the standard output: the bytes of the frames, nothing else. */
#include "tool/end.h"

static bool frame(struct sink *sink, const unsigned char *data, size_t bytes)
{
    return sink_write(sink, data, bytes);
}

const struct sink_kind sink_raw = {.frame = frame};
