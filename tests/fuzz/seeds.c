/* Writes the seeds of the targets whose input is binary: `fuzz-seeds FOLDER` makes
 * FOLDER/{request,stream,connect,text,media}/NAME, in folders that are there. Text seeds lie in
 * corpus/.
 * A seed is a plain, working request of its kind: mutation does the rest. */
#include "machine.h"

#include "grammar.h"

struct seed {
    const char *path;
    UCHAR data[1024];
    size_t bytes;
};
static struct seed seed;
static const char *folder;

static void begin(const char *path)
{
    memset(&seed, 0, sizeof(seed));
    seed.path = path;
}

static void put(const void *data, size_t bytes)
{
    FUZZ_CHECK(seed.bytes + bytes <= sizeof(seed.data));
    memcpy(seed.data + seed.bytes, data, bytes);
    seed.bytes += bytes;
}
#define PUT(type, ...) put(&(type){__VA_ARGS__}, sizeof(type))

static void end(void)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", folder, seed.path);
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file && fwrite(seed.data, 1, seed.bytes, file) == seed.bytes);
    FUZZ_CHECK(fclose(file) == 0);
}

/* --- request_fuzz.c: data behind the 24 bytes of the identifier ----------------------- */

enum { FUZZED, GENERAL, PIN, TOPOLOGY, CONNECTION, STREAM, ALLOCATOR, CLOCK }; /* sets */
enum {
    GET,
    SET,
    BASIC,
    SETS,
    RELATIONS,
    SERIALIZE,
    UNSERIALIZE,
    RAW,
    NODE_GET = 11,
    BUFFERED = 16
};

static void property(UCHAR object, UCHAR set, UCHAR id, UCHAR type, UCHAR more, UCHAR out_bytes)
{
    const ULONG data[64] = {0};

    PUT(struct request_record, object, REQUEST_PROPERTY, 0, set, id, type, (UCHAR)(24 + more),
        out_bytes);
    put(data, (size_t)more + out_bytes);
}

static void request_seeds(void)
{
    begin("request/own_set");
    property(REQUEST_FILTER, FUZZED, FUZZED_LEVEL, GET, 0, 4);
    property(REQUEST_FILTER, FUZZED, FUZZED_LEVEL, SET, 0, 4);
    property(REQUEST_FILTER, FUZZED, FUZZED_LEVEL, BASIC, 0, 200);
    property(REQUEST_FILTER, FUZZED, FUZZED_BLOB, SET, 0, 20);
    property(REQUEST_FILTER, FUZZED, FUZZED_BLOB, RELATIONS, 0, 64);
    property(REQUEST_FILTER, FUZZED, 0, SETS, 0, 128);
    property(REQUEST_FILTER, FUZZED, FUZZED_LEVEL, NODE_GET, 8, 4);
    end();
    begin("request/serialize");
    property(REQUEST_FILTER, FUZZED, 0, SERIALIZE, 0, 200);
    property(REQUEST_FILTER, FUZZED, 0, UNSERIALIZE, 0, 200);
    property(REQUEST_FILTER, FUZZED, FUZZED_LEVEL, RAW, 0, 64);
    end();
    begin("request/pins");
    for (UCHAR id = 0; id < 14; id++)
        property(REQUEST_FILTER, PIN, id, GET, 8, 48);
    end();
    begin("request/intersection");
    PUT(struct request_record, REQUEST_FILTER, REQUEST_PROPERTY, 0, PIN,
        KSPROPERTY_PIN_DATAINTERSECTION, GET, 24 + 8 + 72, 64);
    PUT(ULONG, FUZZED_OUT);
    PUT(ULONG, 0);
    PUT(KSMULTIPLE_ITEM, 72, 1);
    PUT(KSDATARANGE,
        {64, 0, 64, 0, FUZZED_MAJOR, FUZZED_SUB, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}});
    end();
    begin("request/topology");
    for (UCHAR id = 0; id < 4; id++)
        property(REQUEST_FILTER, TOPOLOGY, id, GET, 8, 64);
    end();
    begin("request/connection");
    for (UCHAR id = 0; id < 8; id++)
        property(REQUEST_OUT, CONNECTION, id, GET, 0, 80);
    property(REQUEST_OUT, CONNECTION, KSPROPERTY_CONNECTION_STATE, SET, 0, 4);
    end();
    begin("request/stream");
    for (UCHAR id = 0; id < 10; id++)
        property(REQUEST_IN, STREAM, id, GET, 0, 32);
    end();
    begin("request/allocator_and_clock");
    for (UCHAR id = 0; id < 3; id++) {
        property(REQUEST_ALLOCATOR, ALLOCATOR, id, GET, 0, 32);
        property(REQUEST_CLOCK, CLOCK, id, GET, 0, 32);
    }
    end();
}

static void event_seeds(void)
{
    const ULONG data[16] = {1, 2};

    begin("request/events");
    for (UCHAR id = FUZZED_PLAIN; id <= FUZZED_ADDED; id++) {
        PUT(struct request_record, REQUEST_FILTER, REQUEST_ENABLE, REQUEST_HANDLE, FUZZED, id,
            BUFFERED, 24, sizeof(KSEVENTDATA));
        put(data, sizeof(KSEVENTDATA));
    }
    PUT(struct request_record, REQUEST_FILTER, REQUEST_PROPERTY, 0, FUZZED, FUZZED_FIRE, SET, 24,
        4);
    PUT(ULONG, FUZZED_ADDED);
    PUT(struct request_record, REQUEST_FILTER, REQUEST_DISABLE, 0, 0, 0, 0, 0, 0);
    end();
    begin("request/methods");
    PUT(struct request_record, REQUEST_FILTER, REQUEST_METHOD, 0, FUZZED, FUZZED_SUM, 17, 24, 12);
    put(data, 12);
    PUT(struct request_record, REQUEST_FILTER, REQUEST_METHOD, FUZZ_KERNEL, FUZZED, FUZZED_ECHO, 18,
        24, 12);
    put(data, 12);
    PUT(struct request_record, REQUEST_OUT, REQUEST_RESET, 0, 0, 0, 0, 0, 4);
    end();
    begin("request/other");
    PUT(struct request_record, REQUEST_IN, REQUEST_OTHER, 0, 0, 0, 0, 24, 56);
    PUT(ULONG, IOCTL_KS_WRITE_STREAM);
    end();
}

/* --- stream_fuzz.c ------------------------------------------------------------------- */

static void state(UCHAR to)
{
    PUT(struct stream_record, STREAM_STATE, 0, to, 0);
}

static void header(ULONG extent, ULONG used)
{
    PUT(KSSTREAM_HEADER, .Size = sizeof(KSSTREAM_HEADER), .PresentationTime = {0, 1, 1},
        .FrameExtent = extent, .DataUsed = used);
}

static void stream_seeds(void)
{
    begin("stream/write");
    PUT(UCHAR, 0);
    state(KSSTATE_RUN);
    PUT(struct stream_record, STREAM_SEND, 0, 0, sizeof(KSSTREAM_HEADER));
    header(64, 64);
    PUT(struct stream_record, STREAM_SEND, FUZZ_KERNEL, 0, 2 * sizeof(KSSTREAM_HEADER));
    header(64, 0);
    header(4096, 4096);
    end();
    begin("stream/read");
    PUT(UCHAR, 1);
    state(KSSTATE_PAUSE);
    PUT(struct stream_record, STREAM_SEND, 0, 0, sizeof(KSSTREAM_HEADER));
    header(64, 0);
    state(KSSTATE_RUN);
    PUT(struct stream_record, STREAM_SEND, STREAM_AS_INPUT, 0, 2 * sizeof(KSSTREAM_HEADER));
    header(64, 0);
    header(8192, 0);
    end();
    begin("stream/cancel_and_reset");
    PUT(UCHAR, 0);
    state(KSSTATE_ACQUIRE);
    for (unsigned i = 0; i < 2; i++) {
        PUT(struct stream_record, STREAM_SEND, 0, 0, sizeof(KSSTREAM_HEADER));
        header(64, 8);
        PUT(struct stream_record, i ? STREAM_RESET : STREAM_CANCEL, 0, 1, 0);
    }
    PUT(struct stream_record, STREAM_RESET, 0, 0, 0);
    end();
    begin("stream/type_change");
    PUT(UCHAR, 0);
    state(KSSTATE_ACQUIRE);
    PUT(struct stream_record, STREAM_SEND, STREAM_FORMAT, 0, sizeof(KSSTREAM_HEADER));
    PUT(KSSTREAM_HEADER, .Size = sizeof(KSSTREAM_HEADER), .FrameExtent = sizeof(KSDATAFORMAT),
        .DataUsed = sizeof(KSDATAFORMAT), .OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED);
    end();
}

/* --- connect_fuzz.c ------------------------------------------------------------------ */

static void connect(UCHAR flags, ULONG pin, ULONG more)
{
    const UCHAR tail[88] = {0};

    PUT(struct connect_record, CONNECT_PIN, flags, 0,
        (UCHAR)(sizeof(KSPIN_CONNECT) + sizeof(KSDATAFORMAT) + more));
    PUT(KSPIN_CONNECT, .PinId = pin, .Priority = {KSPRIORITY_NORMAL, 1});
    PUT(KSDATAFORMAT, {sizeof(KSDATAFORMAT) + more, 0, 64, 0, {0}, {0}, {0}});
    put(tail, more);
}

static void connect_seeds(void)
{
    begin("connect/pins");
    connect(CONNECT_PLAIN, FUZZED_IN, 0);
    connect(CONNECT_PLAIN | CONNECT_PEER, FUZZED_OUT, 0);
    end();
    begin("connect/video");
    connect(CONNECT_VIDEO, FUZZED_IN, 88);
    end();
    begin("connect/attributes");
    PUT(struct connect_record, CONNECT_PIN, CONNECT_PLAIN, 0,
        sizeof(KSPIN_CONNECT) + sizeof(KSDATAFORMAT) + 32);
    PUT(KSPIN_CONNECT, .PinId = FUZZED_IN, .Priority = {KSPRIORITY_NORMAL, 1});
    PUT(KSDATAFORMAT, {sizeof(KSDATAFORMAT), KSDATAFORMAT_ATTRIBUTES, 64, 0, {0}, {0}, {0}});
    PUT(KSMULTIPLE_ITEM, 32, 1);
    PUT(KSATTRIBUTE, sizeof(KSATTRIBUTE), KSATTRIBUTE_REQUIRED, FUZZED_ATTRIBUTE);
    end();
    begin("connect/children");
    connect(CONNECT_PLAIN, FUZZED_IN, 0);
    PUT(struct connect_record, CONNECT_ALLOCATOR, 0, 1, sizeof(KSALLOCATOR_FRAMING));
    PUT(KSALLOCATOR_FRAMING, .PoolType = NonPagedPool, .Frames = 2, .FrameSize = 64);
    PUT(struct connect_record, CONNECT_CLOCK, 0, 1, 0);
    PUT(struct connect_record, CONNECT_NODE, FUZZ_KERNEL, 0, 8);
    PUT(uint64_t, 0);
    end();
    begin("connect/name");
    PUT(struct connect_record, CONNECT_PIN, FUZZ_RAW, 0, 20);
    put(L"{146F1A80-", 20);
    end();
}

/* --- text_fuzz.c, media_fuzz.c ------------------------------------------------------- */

static void text_seeds(void)
{
    begin("text/guid");
    PUT(UCHAR, 0);
    PUT(UCHAR, 76);
    put(L"{146F1A80-4791-11D0-A5D6-28DB04C10000}", 76);
    PUT(UCHAR, 8);
    put(L"{146", 8);
    end();
    begin("text/utf8");
    PUT(UCHAR, 1);
    PUT(UCHAR, 12);
    PUT(UCHAR, 8);
    put("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z!", 12);
    end();
    begin("text/formats");
    for (UCHAR letter = 0; letter < 13; letter++) {
        const UCHAR conversion[] = {2, letter, 8 | 16, 0, 12, 5, 40, 8};
        put(conversion, sizeof(conversion));
        put(L"abcd", 8);
        PUT(uint64_t, 0x12345678);
    }
    end();
}

static void media_seeds(void)
{
    const struct {
        char riff[4];
        ULONG bytes;
        char wave[8];
        ULONG format_bytes;
        USHORT tag, channels;
        ULONG rate, bytes_a_second;
        USHORT block, bits;
        char data[4];
        ULONG data_bytes;
        SHORT samples[4];
    } wav = {"RIFF", 44, "WAVEfmt ", 16, 1, 2, 48000, 192000, 4, 16, "data", 8, {1, 2, 3, 4}};
    static const char *const chroma[] = {"420", "422", "mono"};

    begin("media/wav");
    PUT(UCHAR, 1);
    put(&wav, sizeof(wav));
    end();
    for (unsigned i = 0; i < 3; i++) {
        char path[32], text[64];
        snprintf(path, sizeof(path), "media/y4m_%s", chroma[i]);
        begin(path);
        PUT(UCHAR, 0);
        put(text, (size_t)snprintf(text, sizeof(text), "YUV4MPEG2 W4 H2 F30:1 C%s\n", chroma[i]));
        for (unsigned frame = 0; frame < 2; frame++) {
            put("FRAME\n", 6);
            put("abcdefghijklmnop", i == 0 ? 12 : i == 1 ? 16 : 8);
        }
        end();
    }
}

int main(int argc, char **argv)
{
    FUZZ_CHECK(argc == 2);
    folder = argv[1];
    request_seeds();
    event_seeds();
    stream_seeds();
    connect_seeds();
    text_seeds();
    media_seeds();
    return 0;
}
