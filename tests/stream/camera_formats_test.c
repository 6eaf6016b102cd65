/* What the camera answers to a client's ranges and formats, asked as a client does. */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "scene.h"

enum { FORMAT_BYTES = sizeof(KS_DATAFORMAT_VIDEOINFOHEADER) };

static weir_graph *graph;
static weir_filter *filter;

static void camera_start(void)
{
    scene_start();
    weir_device *camera = scene_device("camera", true);
    OK(weir_graph_create(scene_machine, &graph));
    filter = scene_filter(graph, camera);
}

struct question {
    KSP_PIN pin;
    KSMULTIPLE_ITEM ranges;
    KS_DATARANGE_VIDEO range;
};

static struct question question_of(unsigned index)
{
    struct question question = {
        .pin = {.Property = {.Set = KSPROPSETID_Pin,
                             .Id = KSPROPERTY_PIN_DATAINTERSECTION,
                             .Flags = KSPROPERTY_TYPE_GET}},
        .ranges = {.Size = sizeof(KSMULTIPLE_ITEM) + sizeof(KS_DATARANGE_VIDEO), .Count = 1}};
    struct weir_format range;

    OK(weir_pin_range(filter, 0, index, &range));
    assert_int_equal(range.bytes, sizeof(question.range));
    memcpy(&question.range, range.data, range.bytes);
    return question;
}

/* The NTSTATUS of the answer; *bytes: how many bytes it has or wants. */
static NTSTATUS ask(const struct question *question, void *answer, size_t room, size_t *bytes)
{
    weir_status status = weir_ioctl(scene_machine, weir_filter_handle(filter), WEIR_PROPERTY,
                                    question, sizeof(*question), answer, room, bytes);
    return status == WEIR_OK ? STATUS_SUCCESS : (NTSTATUS)weir_ntstatus(scene_machine);
}

static void a_query_without_room_gives_the_size(void **state)
{
    struct question question;
    KS_DATAFORMAT_VIDEOINFOHEADER format;
    size_t bytes = 0;

    (void)state;
    camera_start();
    question = question_of(0);
    assert_int_equal(ask(&question, NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, FORMAT_BYTES);
    assert_int_equal(ask(&question, &format, FORMAT_BYTES - 1, &bytes), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(ask(&question, &format, FORMAT_BYTES, &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, FORMAT_BYTES);
    assert_int_equal(format.DataFormat.FormatSize, FORMAT_BYTES);
    assert_int_equal(format.DataFormat.SampleSize, format.VideoInfoHeader.bmiHeader.biSizeImage);
    scene_stop();
}

static void the_rate_that_is_asked_for_is_answered(void **state)
{
    static const struct {
        LONGLONG interval;
        NTSTATUS status;
    } cases[] = {
        {333333, STATUS_SUCCESS},   {400000, STATUS_SUCCESS},  {166666, STATUS_SUCCESS},
        {666667, STATUS_SUCCESS},   {166665, STATUS_NO_MATCH}, {666668, STATUS_NO_MATCH},
        {-333333, STATUS_NO_MATCH},
    };

    (void)state;
    camera_start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct question question = question_of(2);
        KS_DATAFORMAT_VIDEOINFOHEADER format;
        size_t bytes = 0;
        question.range.VideoInfoHeader.AvgTimePerFrame = cases[i].interval;
        assert_int_equal(ask(&question, &format, sizeof(format), &bytes), cases[i].status);
        if (NT_SUCCESS(cases[i].status))
            assert_int_equal(format.VideoInfoHeader.AvgTimePerFrame, cases[i].interval);
    }
    scene_stop();
}

static void the_size_that_is_asked_for_is_answered(void **state)
{
    struct question question;
    KS_DATAFORMAT_VIDEOINFOHEADER format;
    size_t bytes = 0;

    (void)state;
    camera_start();
    question = question_of(0);
    question.range.VideoInfoHeader.bmiHeader.biWidth = 1280;
    question.range.VideoInfoHeader.bmiHeader.biHeight = 720;
    assert_int_equal(ask(&question, &format, sizeof(format), &bytes), STATUS_SUCCESS);
    assert_int_equal(format.VideoInfoHeader.bmiHeader.biWidth, 1280);
    assert_int_equal(format.VideoInfoHeader.bmiHeader.biHeight, 720);
    assert_int_equal(format.DataFormat.SampleSize, 1280 * 720 * 2);
    question.range.VideoInfoHeader.bmiHeader.biHeight = 721;
    assert_int_equal(ask(&question, &format, sizeof(format), &bytes), STATUS_NO_MATCH);
    scene_stop();
}

static NTSTATUS open_with(const KS_DATAFORMAT_VIDEOINFOHEADER *format)
{
    struct weir_format wanted = {format, format->DataFormat.FormatSize};
    weir_pin *pin;
    weir_status status = weir_pin_open(filter, 0, &wanted, &pin);

    if (status != WEIR_OK)
        return (NTSTATUS)weir_ntstatus(scene_machine);
    OK(weir_pin_close(pin));
    return STATUS_SUCCESS;
}

static void a_pin_opens_with_formats_of_its_ranges_alone(void **state)
{
    KS_DATAFORMAT_VIDEOINFOHEADER good, bad;
    struct question question;
    size_t bytes = 0;

    (void)state;
    camera_start();
    question = question_of(1);
    assert_int_equal(ask(&question, &good, sizeof(good), &bytes), STATUS_SUCCESS);
    assert_int_equal(open_with(&good), STATUS_SUCCESS);
    bad = good;
    bad.VideoInfoHeader.bmiHeader.biWidth++;
    assert_int_equal(open_with(&bad), STATUS_NO_MATCH);
    bad = good;
    bad.VideoInfoHeader.AvgTimePerFrame = 1;
    assert_int_equal(open_with(&bad), STATUS_NO_MATCH);
    bad = good;
    bad.VideoInfoHeader.bmiHeader.biBitCount = 24;
    assert_int_equal(open_with(&bad), STATUS_NO_MATCH);
    bad = good;
    bad.VideoInfoHeader.bmiHeader.biSizeImage--;
    assert_int_equal(open_with(&bad), STATUS_INVALID_PARAMETER);
    bad = good;
    bad.VideoInfoHeader.bmiHeader.biSize = 4;
    assert_int_equal(open_with(&bad), STATUS_INVALID_PARAMETER);
    assert_int_equal(open_with(&good), STATUS_SUCCESS);
    scene_stop();
}

static void dropped_frames_are_a_property_of_the_pin(void **state)
{
    KSPROPERTY property = {.Set = PROPSETID_VIDCAP_DROPPEDFRAMES,
                           .Id = KSPROPERTY_DROPPEDFRAMES_CURRENT,
                           .Flags = KSPROPERTY_TYPE_GET};
    KSPROPERTY_DROPPEDFRAMES_CURRENT_S current;
    struct weir_frame frame;
    size_t bytes = 0;
    weir_pin *pin;

    (void)state;
    camera_start();
    OK(weir_pin_open(filter, 0, NULL, &pin));
    OK(weir_graph_state(graph, WEIR_RUN));
    for (int i = 0; i < 3; i++)
        OK(weir_pin_read(pin, 10 * WEIR_SECOND, &frame));
    OK(weir_ioctl(scene_machine, weir_pin_handle(pin), WEIR_PROPERTY, &property, sizeof(property),
                  &current, sizeof(current), &bytes));
    assert_int_equal(bytes, sizeof(current));
    assert_true(current.PictureNumber >= frame.picture_number);
    assert_true(current.DropCount >= frame.drop_count);
    assert_int_equal(current.AverageFrameSize, 640 * 480 * 2);
    scene_stop();
}

WEIR_TESTS(camera_formats, TEST_SIM(a_query_without_room_gives_the_size),
           TEST_SIM(the_rate_that_is_asked_for_is_answered),
           TEST_SIM(the_size_that_is_asked_for_is_answered),
           TEST_SIM(a_pin_opens_with_formats_of_its_ranges_alone),
           TEST_BOTH(dropped_frames_are_a_property_of_the_pin));
