/* Driver images: open, symbols, sections, close. */
#include "host_scene.h"

static char path[512];

static void begin(void)
{
    snprintf(path, sizeof path, "%s/tests/host_images_object.so", weir_test_build_folder());
    scene_start();
}

static void an_image_opens_answers_and_closes(void **state)
{
    char error[HOST_ERROR_BYTES] = "";
    size_t bytes = 0;
    bool same = false;

    (void)state;
    begin();
    struct host_image *image = host_image_open(path, error);
    if (!image)
        fail_msg("%s", error);
    int (*seven)(void) = (int (*)(void))(uintptr_t)host_image_symbol(image, "seven");
    int answer = seven();
    bool none = host_image_symbol(image, "eight") == NULL;
    const char *note = host_image_section(image, "weir_test_note", &bytes);
    same = note && bytes == 6 && memcmp(note, "noted", 6) == 0;
    bool no_section = host_image_section(image, "weir_test_nothing", &bytes) == NULL;
    bool contains = host_image_contains(image, (void *)(uintptr_t)seven) &&
                    !host_image_contains(image, &bytes) &&
                    !host_image_contains(image, (void *)(uintptr_t)host_stop);
    struct host_place place;
    bool placed = host_symbolise((void *)(uintptr_t)seven, &place);
    bool unloaded = host_image_close(image);
    bool gone = !host_readable((void *)(uintptr_t)seven, 1);
    host_stop();
    assert_int_equal(answer, 7);
    assert_true(none && same && no_section && contains && placed);
    assert_string_equal(place.function, "seven");
    assert_string_equal(place.module, "host_images_object.so");
    assert_non_null(strstr(place.file, "host_images_object.c"));
    assert_true(unloaded && gone);
}

static void an_image_that_stays_is_noticed(void **state)
{
    char error[HOST_ERROR_BYTES];

    (void)state;
    begin();
    struct host_image *one = host_image_open(path, error), *two = host_image_open(path, error);
    bool unloaded = host_image_close(one), then = host_image_close(two);
    host_stop();
    assert_false(unloaded);
    assert_true(then);
}

static void what_is_no_image_is_refused_with_a_sentence(void **state)
{
    char error[3][HOST_ERROR_BYTES] = {"", "", ""}, file[512];

    (void)state;
    begin();
    snprintf(file, sizeof file, "%s/text.so", weir_test_folder());
    FILE *text = fopen(file, "w");
    fputs("This is long enough to hold the head of an ELF file, but it is none of that kind.",
          text);
    fclose(text);
    bool any = host_image_open("/nowhere/driver.so", error[0]) || host_image_open("/", error[1]) ||
               host_image_open(file, error[2]);
    host_stop();
    assert_false(any);
    assert_non_null(strstr(error[0], "No such file"));
    assert_non_null(strstr(error[1], "not a file"));
    assert_non_null(strstr(error[2], "not a 64-bit ELF file"));
}

WEIR_TESTS(host_images, TEST_BOTH(an_image_opens_answers_and_closes),
           TEST_BOTH(an_image_that_stays_is_noticed),
           TEST_BOTH(what_is_no_image_is_refused_with_a_sentence));
