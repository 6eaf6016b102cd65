/* The grammar of `weir run` (docs/spec.md). */
#include "weir_test.h"

#include "tool/spec.h"

#include <string.h>

static struct spec spec;

static bool parse(const char *text)
{
    char *words[] = {(char *)(uintptr_t)text};

    return spec_parse(&spec, words, 1);
}

static void refused(const char *text, const char *why)
{
    if (parse(text))
        fail_msg("'%s' was taken", text);
    if (!strstr(spec.error, why))
        fail_msg("'%s': said \"%s\", not \"%s\"", text, spec.error, why);
}

static void one_driver_is_a_spec(void **state)
{
    char *words[] = {"some folder/camera.so", "name=x"};

    (void)state;
    assert_true(spec_parse(&spec, words, 2));
    assert_int_equal(spec.elements, 1);
    assert_int_equal(spec.links, 0);
    assert_string_equal(spec.element[0].path, "some folder/camera.so");
    assert_string_equal(spec.element[0].name, "x");
}

static void chain_links_left_to_right(void **state)
{
    (void)state;
    assert_true(parse("in.y4m ! invert.so ! out.y4m"));
    assert_int_equal(spec.elements, 3);
    assert_int_equal(spec.links, 2);
    assert_int_equal(spec.link[0].from, 0);
    assert_int_equal(spec.link[0].to, 1);
    assert_int_equal(spec.link[1].from, 1);
    assert_int_equal(spec.link[1].to, 2);
    assert_int_equal(spec.element[0].kind, SPEC_Y4M);
    assert_int_equal(spec.element[1].kind, SPEC_DRIVER);
}

static void words_and_one_quoted_word_mean_the_same(void **state)
{
    char *words[] = {"camera.so", "!", "out.y4m"};

    (void)state;
    assert_true(spec_parse(&spec, words, 3));
    assert_int_equal(spec.links, 1);
    assert_true(parse("  camera.so\t!  out.y4m "));
    assert_int_equal(spec.links, 1);
}

static void reference_branches_from_a_pin(void **state)
{
    (void)state;
    assert_true(parse("camera.so name=cam ! invert.so ! out.y4m  cam.pin1 ! other.y4m"));
    assert_int_equal(spec.elements, 4);
    assert_int_equal(spec.links, 3);
    assert_int_equal(spec.link[2].from, 0);
    assert_int_equal(spec.link[2].from_pin, 1);
    assert_int_equal(spec.link[2].to, 3);
    assert_int_equal(spec.element[0].links_out, 2);
}

static void reference_joins_at_a_pin_before_its_element(void **state)
{
    (void)state;
    assert_true(parse("a.so ! mix.3  b.so ! mixer.so name=mix"));
    assert_int_equal(spec.link[0].to, 2);
    assert_int_equal(spec.link[0].to_pin, 3);
    assert_int_equal(spec.link[1].to, 2);
}

static void file_name_is_a_name_while_it_is_the_only_one(void **state)
{
    (void)state;
    assert_true(parse("camera.so ! a.y4m camera.pin1 ! b.y4m"));
    assert_int_equal(spec.link[1].from, 0);
    refused("camera.so ! a.y4m x/camera.so camera.1 ! b.y4m", "several elements");
}

static void properties_belong_to_their_element(void **state)
{
    (void)state;
    assert_true(parse("a.so out=2 in=1 filter=3 format=yuy2 ! b.so pin=4 ! -"));
    assert_int_equal(spec.element[0].out, 2);
    assert_int_equal(spec.element[0].in, 1);
    assert_int_equal(spec.element[0].filter, 3);
    assert_string_equal(spec.element[0].format, "yuy2");
    assert_int_equal(spec.element[1].out, 4);
    assert_int_equal(spec.element[1].in, SPEC_ANY);
    assert_int_equal(spec.element[2].kind, SPEC_STDOUT);
}

static void what_is_no_spec_is_refused_with_a_reason(void **state)
{
    (void)state;
    refused("camera.so !", "ends with '!'");
    refused("! camera.so", "begins with '!'");
    refused("a.so ! ! b.so", "two '!'");
    refused("name=x camera.so", "must follow the element");
    refused("camera.so colour=red", "no such property");
    refused("camera.so out=many", "is no number");
    refused("camera.so name=3", "a letter first");
    refused("camera.so nobody.pin1 ! out.y4m", "no element has name=nobody");
    refused("a.so name=x b.so name=x", "two elements have name=x");
    refused("camera.so name=c c.", "stands alone");
    refused("camera.so name=c ! c.pin0", "linked with itself");
    refused("camera.sys", "Windows binary");
    refused("camera.vcxproj", "build it first");
    refused("camera.mp4", "is no element");
}

static void files_stand_at_ends_only(void **state)
{
    (void)state;
    refused("out.y4m", "there is no driver");
    refused("in.y4m ! out.y4m", "there is no driver");
    refused("a.so ! x.y4m ! b.so", "one link");
    refused("x.raw ! a.so", "cannot be read from");
    refused("x.png ! a.so", "cannot be read from");
    refused("- ! a.so", "can only end a chain");
    refused("a.so x.y4m", "linked with no driver");
    refused("a.so ! - b.so ! -", "only one chain");
    refused("a.so ! x.y4m in=1", "is a file");
}

static void too_many_elements_are_refused(void **state)
{
    static char *words[2 * SPEC_ELEMENTS_MAX + 3];

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        words[i] = i % 2 ? "!" : "a.so";
    assert_false(spec_parse(&spec, words, sizeof words / sizeof words[0]));
    assert_non_null(strstr(spec.error, "more than"));
}

static void nothing_is_refused(void **state)
{
    (void)state;
    assert_false(spec_parse(&spec, NULL, 0));
    assert_non_null(strstr(spec.error, "nothing to run"));
}

WEIR_TESTS(run_spec, TEST(one_driver_is_a_spec), TEST(chain_links_left_to_right),
           TEST(words_and_one_quoted_word_mean_the_same), TEST(reference_branches_from_a_pin),
           TEST(reference_joins_at_a_pin_before_its_element),
           TEST(file_name_is_a_name_while_it_is_the_only_one),
           TEST(properties_belong_to_their_element), TEST(what_is_no_spec_is_refused_with_a_reason),
           TEST(files_stand_at_ends_only), TEST(too_many_elements_are_refused),
           TEST(nothing_is_refused));
