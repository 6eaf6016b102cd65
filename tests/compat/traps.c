/* The traps of docs/design/porting.md, one check each, in a driver of C and C++ sources (CRLF, a
 * .vcxproj with a .rc), built by both compilers, Debug and Release; each case asks every build. */
#include <ntifs.h>
#include "scene.h"
#include "traps.h"

#include <stdio.h>

static const GUID traps_set = TRAPS_SET_INIT;
static const struct {
    const char *name;
    bool debug;
} builds[] = {
#ifdef TRAPS_GCC
    {"compat_traps_gcc_debug", true},
    {"compat_traps_gcc_release", false},
#endif
#ifdef TRAPS_CLANG
    {"compat_traps_clang_debug", true},
    {"compat_traps_clang_release", false},
#endif
};

static ULONG ask(enum trap trap)
{
    ULONG holds = 0;

    WELL(request_on(weir_filter_handle(s.filter), WEIR_PROPERTY, &traps_set, trap,
                    KSPROPERTY_TYPE_GET, &holds, sizeof(holds), NULL));
    return holds;
}

static void holds_everywhere(enum trap trap)
{
    for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
        scene_start(builds[i].name);
        if (!ask(trap))
            fail_msg("not so in %s\n%s", builds[i].name, s.log);
        scene_stop();
    }
}

#define TRAP(name, check)                                                                          \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        holds_everywhere(TRAP_##check);                                                            \
    }

TRAP(failed_operator_new_runs_no_constructor, NEW_RETURNS_NULL)
TRAP(operator_new_that_zeroes_is_kept, NEW_ZEROES)
TRAP(drivers_own_operator_delete_is_called, OWN_DELETE)
TRAP(virtual_functions_without_a_cpp_library, VIRTUAL_CALLS)
TRAP(initguid_in_every_file, GUID_IN_EVERY_FILE)
TRAP(guidstruct_is_one_guid, GUIDSTRUCT)
TRAP(wide_text_has_16_bit_units, WIDE_LENGTH)
TRAP(wide_text_is_searched, WIDE_SEARCH)
TRAP(formats_of_the_kernel, FORMAT_NARROW)
TRAP(wide_formats_of_the_kernel, FORMAT_WIDE)
TRAP(formatted_text_that_is_cut, FORMAT_TRUNCATES)
TRAP(com_object_of_c_in_cpp, COM_FROM_CPP)
TRAP(com_object_of_cpp_in_c, COM_FROM_C)
TRAP(implicit_int, IMPLICIT_INT)
TRAP(multi_character_pool_tags, POOL_TAG)
TRAP(absolute_timer_of_system_time, ABSOLUTE_TIMER)
TRAP(except_catches_what_its_filter_wants, SEH_EXCEPT)
TRAP(finally_runs_on_each_way_out, SEH_FINALLY)
TRAP(leave_ends_the_block, SEH_LEAVE)
TRAP(exception_of_a_handler_goes_outwards, SEH_NESTED)
TRAP(bad_pointer_is_an_exception, SEH_FAULT)
TRAP(exceptions_in_cpp, SEH_CPP)
TRAP(frame_info_has_a_pitch, FRAME_INFO)
TRAP(lookaside_list_gives_and_takes, LOOKASIDE)
TRAP(zeroed_pool, ZEROED_POOL)
TRAP(spin_lock_raises_irql, IRQL)
TRAP(long_is_32_bits, TYPE_SIZES)
TRAP(unaligned_access, UNALIGNED)
TRAP(guid_to_text_and_back, GUID_TEXT)
TRAP(time_as_a_date, TIME_FIELDS)
TRAP(work_item_at_passive_level, WORK_ITEM)
TRAP(include_name_and_folder_in_another_case, CASE_FOLDING_INCLUDE)
TRAP(include_name_with_backslash, BACKSLASH_INCLUDE)

static void file_of_drive_c_is_read(void **state)
{
    char path[600];

    (void)state;
    snprintf(path, sizeof(path), "%s/tests/compat", weir_test_source_folder());
    for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
        scene_machine();
        WELL(weir_path_map(s.machine, "c:", path));
        scene_device_of(builds[i].name, NULL);
        WELL(weir_filter_open(s.graph, s.device, 0, &s.filter));
        assert_int_equal(ask(TRAP_FILE), 1);
        scene_stop();
    }
}

static void file_of_a_drive_that_is_not_mapped_is_not_found(void **state)
{
    (void)state;
    scene_start(builds[0].name);
    assert_int_equal(ask(TRAP_FILE), 0);
    scene_stop();
}

static void dbg_is_as_the_configuration_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
        scene_start(builds[i].name);
        assert_int_equal(ask(TRAP_DEBUG_BUILD), builds[i].debug);
        scene_stop();
    }
}

WEIR_TESTS(compat_traps, TEST_BOTH(failed_operator_new_runs_no_constructor),
           TEST_BOTH(operator_new_that_zeroes_is_kept),
           TEST_BOTH(drivers_own_operator_delete_is_called),
           TEST_BOTH(virtual_functions_without_a_cpp_library), TEST_BOTH(initguid_in_every_file),
           TEST_BOTH(guidstruct_is_one_guid), TEST_BOTH(wide_text_has_16_bit_units),
           TEST_BOTH(wide_text_is_searched), TEST_BOTH(formats_of_the_kernel),
           TEST_BOTH(wide_formats_of_the_kernel), TEST_BOTH(formatted_text_that_is_cut),
           TEST_BOTH(com_object_of_c_in_cpp), TEST_BOTH(com_object_of_cpp_in_c),
           TEST_BOTH(implicit_int), TEST_BOTH(multi_character_pool_tags),
           TEST_BOTH(absolute_timer_of_system_time),
           TEST_BOTH(except_catches_what_its_filter_wants), TEST_BOTH(finally_runs_on_each_way_out),
           TEST_BOTH(leave_ends_the_block), TEST_BOTH(exception_of_a_handler_goes_outwards),
           TEST_BOTH(bad_pointer_is_an_exception), TEST_BOTH(exceptions_in_cpp),
           TEST_BOTH(frame_info_has_a_pitch), TEST_BOTH(lookaside_list_gives_and_takes),
           TEST_BOTH(zeroed_pool), TEST_BOTH(spin_lock_raises_irql), TEST_BOTH(long_is_32_bits),
           TEST_BOTH(unaligned_access), TEST_BOTH(guid_to_text_and_back), TEST_BOTH(time_as_a_date),
           TEST_BOTH(work_item_at_passive_level),
           TEST_BOTH(include_name_and_folder_in_another_case),
           TEST_BOTH(include_name_with_backslash), TEST_BOTH(file_of_drive_c_is_read),
           TEST_BOTH(file_of_a_drive_that_is_not_mapped_is_not_found),
           TEST_BOTH(dbg_is_as_the_configuration_says));
