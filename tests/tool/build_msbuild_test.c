/* MSBuild's properties and conditions, as far as driver projects use them. */
#include "tool/build.h"
#include "weir_test.h"

#include <string.h>

static struct build_project project;

static struct msbuild *evaluator(void)
{
    struct msbuild *made = msbuild_create(&project);
    msbuild_set(made, "Configuration", "Debug");
    msbuild_set(made, "Platform", "x64");
    msbuild_set(made, "Version", "10");
    return made;
}

static bool holds(const char *condition)
{
    return msbuild_condition(evaluator(), condition, "p:1");
}

static void properties_expand_without_case(void **state)
{
    (void)state;
    assert_string_equal(msbuild_expand(evaluator(), "a$(configuration)-$(PLATFORM)b", "p:1"),
                        "aDebug-x64b");
}

static void unknown_property_is_empty_and_told_with_its_place(void **state)
{
    (void)state;
    assert_string_equal(msbuild_expand(evaluator(), "a$(Nobody)b", "p.vcxproj:7"), "ab");
    assert_int_equal(project.unknown_properties.count, 1);
    assert_string_equal(project.unknown_properties.items[0], "Nobody\tp.vcxproj:7");
}

static void kits_own_properties_are_empty_and_not_told(void **state)
{
    (void)state;
    assert_string_equal(msbuild_expand(evaluator(), "$(DDK_INC_PATH)", "p:1"), "");
    assert_int_equal(project.unknown_properties.count, 0);
}

static void unknown_property_in_a_condition_is_not_told(void **state)
{
    (void)state;
    assert_true(holds("'$(Nobody)' == ''"));
    assert_int_equal(project.unknown_properties.count, 0);
}

static void last_value_of_a_property_counts(void **state)
{
    (void)state;
    struct msbuild *made = evaluator();
    msbuild_set(made, "platform", "ARM64");
    assert_string_equal(msbuild_get(made, "Platform"), "ARM64");
}

static void comparison_ignores_case(void **state)
{
    (void)state;
    assert_true(holds("'$(Configuration)|$(Platform)'=='debug|X64'"));
    assert_true(holds("'$(Configuration)|$(Platform)' != 'Release|x64'"));
    assert_false(holds("'$(Configuration)|$(Platform)'=='Release|x64'"));
}

static void and_binds_closer_than_or(void **state)
{
    (void)state;
    assert_true(holds("'a'=='a' or 'a'=='b' and 'a'=='b'"));
    assert_false(holds("('a'=='a' or 'a'=='b') and 'a'=='b'"));
    assert_true(holds("!('a'=='b') And 'x'=='x'"));
}

static void numbers_compare_by_value(void **state)
{
    (void)state;
    assert_true(holds("$(Version) >= 9"));
    assert_true(holds("'$(Version)' < '10.5'"));
    assert_false(holds("$(Version) > 10"));
}

static void exists_looks_below_the_projects_folder(void **state)
{
    (void)state;
    struct msbuild *made = evaluator();
    msbuild_base(made, weir_test_folder());
    assert_false(msbuild_condition(made, "exists('some.props')", "p:1"));
    assert_true(text_write(path_join(weir_test_folder(), "Some.Props"), ""));
    assert_true(msbuild_condition(made, "Exists('some.props')", "p:1"));
    assert_false(msbuild_condition(made, "exists('')", "p:1"));
}

static void empty_condition_holds(void **state)
{
    (void)state;
    assert_true(holds(""));
    assert_true(holds("  "));
}

static void broken_conditions_end_without_harm(void **state)
{
    (void)state;
    static const char *const broken[] = {"(",  ")",  "'",     "==",   "'a' ==", "exists(",    "!",
                                         "$(", "or", "a b c", "''''", "((((((", "'a'=='a' or"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        (void)holds(broken[i]);
}

WEIR_TESTS(build_msbuild, TEST(properties_expand_without_case),
           TEST(unknown_property_is_empty_and_told_with_its_place),
           TEST(kits_own_properties_are_empty_and_not_told),
           TEST(unknown_property_in_a_condition_is_not_told), TEST(last_value_of_a_property_counts),
           TEST(comparison_ignores_case), TEST(and_binds_closer_than_or),
           TEST(numbers_compare_by_value), TEST(exists_looks_below_the_projects_folder),
           TEST(empty_condition_holds), TEST(broken_conditions_end_without_harm));
