/* Data ranges with attributes, as weir.h sees them; on the driver of tests/fuzz, whose pins have
 * one of those and a plain one behind it. */
#include <ntifs.h>
#include "../compat/scene.h"
#include "../fuzz/fuzzed.h"

CASE(attributes_are_no_range)
{
    struct weir_pin_facts facts;
    struct weir_format range;
    scene_start("fuzzed");
    WELL(weir_filter_pin(s.filter, FUZZED_OUT, &facts));
    assert_int_equal(facts.ranges, 2);
    WELL(weir_pin_range(s.filter, FUZZED_OUT, 1, &range));
    assert_memory_equal(&((const KSDATARANGE *)range.data)->MajorFormat, &KSDATAFORMAT_TYPE_VIDEO,
                        sizeof(GUID));
    REFUSED(weir_pin_range(s.filter, FUZZED_OUT, 2, &range), STATUS_NOT_FOUND, "number 2");
}

CASE(a_range_with_attributes_gives_a_format_without)
{
    struct weir_format format;
    weir_pin *pin;
    scene_start("fuzzed");
    WELL(weir_pin_intersect(s.filter, FUZZED_OUT, NULL, 0, NULL, &format));
    assert_int_equal(((const KSDATAFORMAT *)format.data)->Flags, 0);
    WELL(weir_pin_open(s.filter, FUZZED_OUT, NULL, &pin));
}

WEIR_TESTS(range_attributes, TEST_BOTH(attributes_are_no_range),
           TEST_BOTH(a_range_with_attributes_gives_a_format_without));
