/* weir run with several instances of a splitter pin: each file gets every frame. */
#include "../tool/tool.h"
#include "weir_test.h"

#include <string.h>

static void instances_of_a_splitter_write_the_same_file(void **state)
{
    (void)state;
    assert_int_equal(
        tool_weir("run '{splitting} name=s ! a.raw s.pin0 ! b.raw s.pin0 ! c.raw' --frames 12"), 0);
    assert_int_equal(tool_weir("run '{splitting} ! whole.raw' --frames 12"), 0);
    for (const char *name = "abc"; *name; name++) {
        char file[] = "a.raw", first[12 * 64];
        file[0] = *name;
        memcpy(first, tool_content("whole.raw"), sizeof(first));
        assert_memory_equal(tool_content(file), first, 12 * 64);
    }
}

static void plan_of_a_splitter_says_who_is_copied_and_why(void **state)
{
    (void)state;
    assert_int_equal(tool_weir("inspect --allocators '{splitting} name=s ! {splitter_reader} "
                               "s.pin0 ! {splitter_modifier}'"),
                     0);
    tool_says("splitting pin 0 (instance 2) has frames of its own: frames are copied from "
              "splitting pin 0: splitter_modifier pin 0 may change them");
    assert_int_equal(tool_weir("inspect --allocators '{splitting} name=s ! {splitter_reader} "
                               "s.pin0 ! {splitter_reader}'"),
                     0);
    tool_says_not("copied");
}

WEIR_TESTS(splitter_run, TEST(instances_of_a_splitter_write_the_same_file),
           TEST(plan_of_a_splitter_says_who_is_copied_and_why));
