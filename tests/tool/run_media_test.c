/* Files at the ends of a chain: what is written, what is read, what is refused. */
#include "weir_test.h"

#include "tool.h"
#include "tool/end.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sink sink;
static struct source source;

static const char *path_of(const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", weir_test_folder(), name);
    return path;
}

static struct media picture(enum layout layout, unsigned width, unsigned height)
{
    return (struct media){.kind = MEDIA_PICTURE,
                          .layout = layout,
                          .width = width,
                          .height = height,
                          .interval = 333667,
                          .frame_bytes = layout_bytes(layout, width, height)};
}

static void bytes_put(const char *name, const void *data, size_t bytes)
{
    FILE *file = fopen(path_of(name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    fclose(file);
}

static size_t bytes_get(const char *name, void *data, size_t room)
{
    FILE *file = fopen(path_of(name), "rb");

    assert_non_null(file);
    size_t got = fread(data, 1, room, file);
    fclose(file);
    return got;
}

/* Every byte of a packed picture of an even width is in the file, so the same bytes come back;
 * padding of odd widths is not. */
static void round_trip(enum layout layout, unsigned width, unsigned height)
{
    struct media media = picture(layout, width, height);
    unsigned char frame[2][4096];
    const void *back;
    size_t bytes;

    for (size_t i = 0; i < media.frame_bytes; i++) {
        frame[0][i] = (unsigned char)(i * 7 + 1);
        frame[1][i] = (unsigned char)(i * 13 + 5);
    }
    assert_true(sink_open(&sink, SPEC_Y4M, path_of("x.y4m"), &media));
    assert_true(sink_frame(&sink, frame[0], media.frame_bytes));
    assert_true(sink_frame(&sink, frame[1], media.frame_bytes));
    assert_true(sink_close(&sink, true));
    assert_true(source_open(&source, SPEC_Y4M, path_of("x.y4m")));
    assert_int_equal(source.frames, 2);
    assert_int_equal(source.media.width, width);
    assert_int_equal(source.media.height, height);
    assert_int_equal(source.media.interval, 333667);
    source_choose(&source, layout);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(source_read(&source, &back, &bytes));
        assert_int_equal(bytes, media.frame_bytes);
        if (width % 2 == 0)
            assert_memory_equal(back, frame[i], bytes);
    }
    assert_false(source_read(&source, &back, &bytes));
    assert_null(source.error);
    source_close(&source);
}

static void y4m_gives_back_every_layout_without_loss(void **state)
{
    (void)state;
    for (enum layout layout = LAYOUT_YUY2; layout <= LAYOUT_Y8; layout++) {
        round_trip(layout, 6, 4);
        round_trip(layout, 2, 2);
    }
}

static void y4m_planes_of_yuy2_are_y_u_v(void **state)
{
    static const unsigned char frame[] = {1, 101, 2, 201, 3, 102, 4, 202};
    static const unsigned char expected[] =
        "YUV4MPEG2 W4 H1 F30000:1001 Ip A0:0 C422\nFRAME\n\1\2\3\4\145\146\311\312";
    struct media media = picture(LAYOUT_YUY2, 4, 1);
    unsigned char got[128];

    (void)state;
    assert_true(sink_open(&sink, SPEC_Y4M, path_of("x.y4m"), &media));
    assert_true(sink_frame(&sink, frame, sizeof frame));
    assert_true(sink_close(&sink, true));
    assert_int_equal(bytes_get("x.y4m", got, sizeof got), sizeof expected - 1);
    assert_memory_equal(got, expected, sizeof expected - 1);
}

static void y4m_of_nv12_with_odd_sides_has_whole_chroma(void **state)
{
    static const unsigned char frame[] = {1,  2,  3,  4,  5,  6,  7,  8, 9,
                                          10, 20, 11, 21, 12, 22, 13, 23};
    static const unsigned char planes[] = {1,  2,  3,  4,  5,  6,  7,  8, 9,
                                           10, 11, 12, 13, 20, 21, 22, 23};
    struct media media = picture(LAYOUT_NV12, 3, 3);
    unsigned char got[128];

    (void)state;
    assert_int_equal(media.frame_bytes, sizeof frame);
    assert_true(sink_open(&sink, SPEC_Y4M, path_of("x.y4m"), &media));
    assert_true(sink_frame(&sink, frame, sizeof frame));
    assert_true(sink_close(&sink, true));
    size_t bytes = bytes_get("x.y4m", got, sizeof got);
    assert_memory_equal(got + bytes - sizeof planes, planes, sizeof planes);
}

static void sink_refuses(enum spec_kind kind, struct media media, const char *why)
{
    assert_false(sink_open(&sink, kind, path_of("no"), &media));
    if (!strstr(sink.error, why))
        fail_msg("said \"%s\", not \"%s\"", sink.error, why);
    assert_false(tool_has("no"));
    assert_false(tool_has("no.part"));
}

static void sink_refuses_what_it_cannot_hold_and_says_what_can(void **state)
{
    struct media sound = {.kind = MEDIA_SOUND, .rate = 48000, .channels = 2, .bits = 16};
    struct media other = {.kind = MEDIA_OTHER, .name = "MJPG"};

    (void)state;
    sink_refuses(SPEC_Y4M, picture(LAYOUT_RGB24, 4, 4), ".png");
    sink_refuses(SPEC_Y4M, sound, ".wav");
    sink_refuses(SPEC_Y4M, other, ".raw");
    sink_refuses(SPEC_WAV, picture(LAYOUT_YUY2, 4, 4), ".y4m");
    sink_refuses(SPEC_PNG, sound, ".wav");
    sink_refuses(SPEC_PNG, other, "MJPG");
}

static void short_frame_stops_the_file_before_it(void **state)
{
    struct media media = picture(LAYOUT_YUY2, 4, 4);
    unsigned char frame[32] = {0};

    (void)state;
    assert_true(sink_open(&sink, SPEC_Y4M, path_of("x.y4m"), &media));
    assert_true(sink_frame(&sink, frame, sizeof frame));
    assert_false(sink_frame(&sink, frame, sizeof frame - 1));
    assert_non_null(strstr(sink.error, "frame 1 has 31 bytes"));
    assert_true(sink_close(&sink, true));
    assert_true(source_open(&source, SPEC_Y4M, path_of("x.y4m")));
    assert_int_equal(source.frames, 1);
    source_close(&source);
}

static void dropped_sink_leaves_the_old_file(void **state)
{
    struct media media = picture(LAYOUT_YUY2, 4, 4);

    (void)state;
    tool_file("x.y4m", "old");
    assert_true(sink_open(&sink, SPEC_Y4M, path_of("x.y4m"), &media));
    assert_true(sink_close(&sink, false));
    assert_string_equal(tool_content("x.y4m"), "old");
    assert_false(tool_has("x.y4m.part"));
}

static void y4m_refused(const void *data, size_t bytes, const char *why)
{
    bytes_put("bad.y4m", data, bytes);
    assert_false(source_open(&source, SPEC_Y4M, path_of("bad.y4m")));
    if (!strstr(source.error, why))
        fail_msg("said \"%s\", not \"%s\"", source.error, why);
    assert_null(source.file);
}

static void bad_y4m_is_refused_with_a_reason(void **state)
{
    static const char cut[] = "YUV4MPEG2 W2 H2 F25:1 C420\nFRAME\n123456FRAME\n12345";
    static const char size[] = "YUV4MPEG2 W2 H2 F25:1 C420\nFRAME\n12345678FRAME\n";

    (void)state;
    y4m_refused("", 0, "no header line");
    y4m_refused("RIFF....\n", 9, "does not begin with YUV4MPEG2");
    y4m_refused("YUV4MPEG2 W2\n", 13, "width and height");
    y4m_refused("YUV4MPEG2 W2 Hx\n", 16, "no size");
    y4m_refused("YUV4MPEG2 W2 H99999999\n", 23, "no size");
    y4m_refused("YUV4MPEG2 W2 H2 F25\n", 20, "no rate");
    y4m_refused("YUV4MPEG2 W2 H2 C444\n", 21, "C444");
    y4m_refused("YUV4MPEG2 W2 H2 C420p10\n", 24, "C420p10");
    y4m_refused("YUV4MPEG2 W2 H2\n", 16, "has no frames");
    y4m_refused(cut, sizeof cut - 1, "frame 1 has 5 of 6 bytes");
    y4m_refused(size, sizeof size - 1, "should begin frame 1");
}

static void y4m_frame_parameters_are_passed_over(void **state)
{
    static const char text[] =
        "YUV4MPEG2 W2 H2 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG\nFRAME Ip\n123456FRAME\nabcdef";
    const void *data;
    size_t bytes;

    (void)state;
    bytes_put("x.y4m", text, sizeof text - 1);
    assert_true(source_open(&source, SPEC_Y4M, path_of("x.y4m")));
    assert_int_equal(source.media.interval, 400000);
    assert_true(source_read(&source, &data, &bytes));
    assert_memory_equal(data, "123456", 6);
    assert_true(source_read(&source, &data, &bytes));
    assert_memory_equal(data, "abcdef", 6);
    source_close(&source);
}

static void wav_gives_back_its_sound(void **state)
{
    struct media media = {.kind = MEDIA_SOUND, .rate = 8000, .channels = 1, .bits = 24};
    unsigned char sound[729], back[729];
    const void *data;
    size_t bytes, got = 0;

    (void)state;
    for (size_t i = 0; i < sizeof sound; i++)
        sound[i] = (unsigned char)(i * 3);
    assert_true(sink_open(&sink, SPEC_WAV, path_of("x.wav"), &media));
    assert_true(sink_frame(&sink, sound, sizeof sound));
    assert_true(sink_close(&sink, true));
    assert_true(source_open(&source, SPEC_WAV, path_of("x.wav")));
    assert_int_equal(source.media.rate, 8000);
    assert_int_equal(source.media.channels, 1);
    assert_int_equal(source.media.bits, 24);
    assert_int_equal(source.frames, 4); /* 240 + 240 + 240 + 9 bytes: 10 ms each */
    while (source_read(&source, &data, &bytes)) {
        assert_true(got + bytes <= sizeof back);
        memcpy(back + got, data, bytes);
        got += bytes;
    }
    assert_int_equal(got, sizeof sound);
    assert_memory_equal(back, sound, sizeof sound);
    source_close(&source);
}

static void wav_refused(const void *data, size_t bytes, const char *why)
{
    bytes_put("bad.wav", data, bytes);
    assert_false(source_open(&source, SPEC_WAV, path_of("bad.wav")));
    if (!strstr(source.error, why))
        fail_msg("said \"%s\", not \"%s\"", source.error, why);
}

static void bad_wav_is_refused_with_a_reason(void **state)
{
    unsigned char wav[] =
        "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\1\0\100\37\0\0\200\76\0\0\2\0\20\0data\4\0\0\0abcd";
    size_t bytes = sizeof wav - 1;

    (void)state;
    bytes_put("good.wav", wav, bytes);
    assert_true(source_open(&source, SPEC_WAV, path_of("good.wav")));
    source_close(&source);
    wav_refused("RIFFxxxxAVI ", 12, "no .wav file");
    wav_refused(wav, bytes - 1, "says 4 bytes, and 3 are there");
    wav_refused(wav, 36, "no 'data' chunk");
    wav[32] = 3;
    wav_refused(wav, bytes, "contradicts itself");
    wav[32] = 2;
    wav[20] = 2;
    wav_refused(wav, bytes, "format tag 2");
    wav[20] = 1;
    wav[40] = 3;
    wav_refused(wav, bytes, "no whole number of samples");
    memcpy(wav + 12, "data", 4);
    wav_refused(wav, bytes, "before any 'fmt '");
}

static void raw_is_the_bytes_of_the_frames(void **state)
{
    struct media media = {.kind = MEDIA_OTHER};

    (void)state;
    assert_true(sink_open(&sink, SPEC_RAW, path_of("x.raw"), &media));
    assert_true(sink_frame(&sink, "ab", 2));
    assert_true(sink_frame(&sink, "cde", 3));
    assert_true(sink_close(&sink, true));
    assert_string_equal(tool_content("x.raw"), "abcde");
}

/* 40 grey frames of 2 x 2, each lighter: 10 of them, every fourth, in 4 columns. */
static void png_is_a_grid_of_evenly_chosen_frames(void **state)
{
    struct media media = picture(LAYOUT_GREY, 2, 2);
    png_image image = {.version = PNG_IMAGE_VERSION};
    unsigned char frame[4], pixel[22 * 16 * 3];

    (void)state;
    assert_true(sink_open(&sink, SPEC_PNG, path_of("x.png"), &media));
    for (int i = 0; i < 40; i++) {
        memset(frame, i * 5, sizeof frame);
        assert_true(sink_frame(&sink, frame, sizeof frame));
    }
    assert_true(sink_close(&sink, true));
    assert_true(png_image_begin_read_from_file(&image, path_of("x.png")));
    image.format = PNG_FORMAT_RGB;
    assert_int_equal(image.width, 4 * 2 + 3 * 4);
    assert_int_equal(image.height, 3 * 2 + 2 * 4);
    assert_true(PNG_IMAGE_SIZE(image) <= sizeof pixel);
    assert_true(png_image_finish_read(&image, NULL, pixel, 0, NULL));
    for (unsigned cell = 0; cell < 10; cell++) {
        unsigned x = cell % 4 * 6, y = cell / 4 * 6;
        assert_int_equal(pixel[(y * image.width + x) * 3], cell * 4 * 5);
    }
}

static void rgb_is_turned_the_right_way_up(void **state)
{
    static const unsigned char rgb24[] = {1, 2, 3, 0,
                                          4, 5, 6, 0}; /* B G R and padding; the lower row first */
    struct media media = picture(LAYOUT_RGB24, 1, 2);
    unsigned char row[3];

    (void)state;
    media.bottom_up = true;
    assert_true(repack_row_rgb(&media, rgb24, 0, row));
    assert_memory_equal(row, "\6\5\4", 3);
    assert_true(repack_row_rgb(&media, rgb24, 1, row));
    assert_memory_equal(row, "\3\2\1", 3);
}

static void rates_are_the_usual_fractions(void **state)
{
    static const struct {
        int64_t interval;
        unsigned numerator, denominator;
    } rates[] = {{333333, 30, 1}, {333334, 30, 1},  {333667, 30000, 1001},
                 {400000, 25, 1}, {416667, 24, 1},  {417083, 24000, 1001},
                 {166667, 60, 1}, {10000000, 1, 1}, {3000001, 10000000, 3000001}};
    unsigned numerator, denominator;

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        media_rate(rates[i].interval, &numerator, &denominator);
        assert_int_equal(numerator, rates[i].numerator);
        assert_int_equal(denominator, rates[i].denominator);
    }
}

WEIR_TESTS(run_media, TEST(y4m_gives_back_every_layout_without_loss),
           TEST(y4m_planes_of_yuy2_are_y_u_v), TEST(y4m_of_nv12_with_odd_sides_has_whole_chroma),
           TEST(sink_refuses_what_it_cannot_hold_and_says_what_can),
           TEST(short_frame_stops_the_file_before_it), TEST(dropped_sink_leaves_the_old_file),
           TEST(bad_y4m_is_refused_with_a_reason), TEST(y4m_frame_parameters_are_passed_over),
           TEST(wav_gives_back_its_sound), TEST(bad_wav_is_refused_with_a_reason),
           TEST(raw_is_the_bytes_of_the_frames), TEST(png_is_a_grid_of_evenly_chosen_frames),
           TEST(rgb_is_turned_the_right_way_up), TEST(rates_are_the_usual_fractions));
