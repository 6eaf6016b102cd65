/* ks.h and ksmedia.h as C sees them: layouts, GUID objects, macros, COM between C and C++.
 * The layouts are checked by the compiler; the cases check what only a run shows. */
#include <wdm.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "weir_test.h"

#include "wdk_layout_ks.h"
#include "wdk_layout_ks.inc"

struct clock {
    IKsReferenceClock com;
    ULONG references;
};

static NTSTATUS NTAPI clock_query(IKsReferenceClock *This, REFIID InterfaceId, PVOID *Interface)
{
    (void)This;
    *Interface = NULL;
    return IsEqualGUID(InterfaceId, &IID_IKsControl) ? STATUS_NOT_SUPPORTED
                                                     : STATUS_INVALID_PARAMETER;
}

static ULONG NTAPI clock_add(IKsReferenceClock *This)
{
    return ++CONTAINING_RECORD(This, struct clock, com)->references;
}

static ULONG NTAPI clock_release(IKsReferenceClock *This)
{
    return --CONTAINING_RECORD(This, struct clock, com)->references;
}

static LONGLONG NTAPI clock_time(IKsReferenceClock *This)
{
    (void)This;
    return 11;
}

static LONGLONG NTAPI clock_physical(IKsReferenceClock *This)
{
    (void)This;
    return 22;
}

static LONGLONG NTAPI clock_correlated(IKsReferenceClock *This, PLONGLONG SystemTime)
{
    (void)This;
    *SystemTime = 4400;
    return 33;
}

static NTSTATUS NTAPI clock_resolution(IKsReferenceClock *This, PKSRESOLUTION Resolution)
{
    (void)This;
    Resolution->Granularity = 1;
    Resolution->Error = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI clock_state(IKsReferenceClock *This, PKSSTATE State)
{
    (void)This;
    *State = KSSTATE_RUN;
    return STATUS_SUCCESS;
}

static const IKsReferenceClockVtbl clock_vtable = {
    clock_query,      clock_add,        clock_release,    clock_time,  clock_physical,
    clock_correlated, clock_correlated, clock_resolution, clock_state,
};

static void interface_made_in_c_is_called_from_cxx(void **state)
{
    struct clock clock = {.com = {&clock_vtable}, .references = 1};
    LONGLONG system_time = 0;
    PVOID control = &clock;

    (void)state;
    assert_true(cxx_reads_clock(&clock.com, &system_time) == 11 + 22 + 33);
    assert_true(system_time == 4400);
    assert_int_equal(cxx_asks_for_control(&clock.com, &control), STATUS_NOT_SUPPORTED);
    assert_null(control);
    assert_int_equal(clock.references, 1);
}

static void interface_made_in_cxx_is_called_from_c(void **state)
{
    PIKSCONTROL control = cxx_makes_control();
    KSPROPERTY property = {.Set = KSPROPSETID_Pin, .Id = 7, .Flags = KSPROPERTY_TYPE_GET};
    ULONG data = 0;
    ULONG returned = 0;

    (void)state;
    assert_int_equal(control->lpVtbl->AddRef(control), 2);
    assert_int_equal(control->lpVtbl->KsProperty(control, &property, sizeof(property), &data,
                                                 sizeof(data), &returned),
                     STATUS_SUCCESS);
    assert_int_equal(data, 7);
    assert_int_equal(returned, sizeof(data));
    assert_int_equal(control->lpVtbl->KsEvent(control, NULL, 0, NULL, 0, NULL),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(control->lpVtbl->Release(control), 1);
}

static void guid_object_holds_the_value_of_its_name(void **state)
{
    static const GUID filter = {
        0x9b365890, 0x165f, 0x11d0, {0xa1, 0x95, 0, 0x20, 0xaf, 0xd1, 0x56, 0xe4}};
    static const GUID pcm = {1, 0, 0x10, {0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71}};

    (void)state;
    assert_true(IsEqualGUID(&KSNAME_Filter, &filter));
    assert_true(IsEqualGUID(&KSDATAFORMAT_SUBTYPE_PCM, &pcm));
    assert_true(IsEqualGUID(&KSDATAFORMAT_TYPE_WILDCARD, &GUID_NULL));
}

static void guid_object_is_one_for_c_and_cxx(void **state)
{
    (void)state;
    assert_ptr_equal(cxx_guid_of_filter_name(), &KSNAME_Filter);
    assert_true(cxx_size_of_pin() == sizeof(KSPIN));
}

static DECLARE_SIMPLE_FRAMING_EX(framing, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 3, 63, 4096, 8192);

static void simple_framing_macro_fills_every_member(void **state)
{
    KSALLOCATOR_FRAMING_EX made;
    PKSALLOCATOR_FRAMING_EX at = &made;

    (void)state;
    INITIALIZE_SIMPLE_FRAMING_EX(at, KSMEMORY_TYPE_KERNEL_NONPAGED,
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 3, 63, 4096, 8192);
    assert_memory_equal(&made, &framing, sizeof(made));
    assert_int_equal(framing.FramingItem[0].FramingRange.Range.MaxFrameSize, 8192);
}

static void and_gate_opens_when_its_last_closed_input_opens(void **state)
{
    KSGATE gate;

    (void)state;
    KsGateInitializeAnd(&gate, NULL);
    KsGateAddOffInputToAnd(&gate);
    KsGateAddOffInputToAnd(&gate);
    KsGateTurnInputOn(&gate);
    assert_false(KsGateGetStateUnsafe(&gate));
    KsGateTurnInputOn(&gate);
    assert_true(KsGateGetStateUnsafe(&gate));
}

static void or_gate_passes_its_first_open_input_on(void **state)
{
    KSGATE next;
    KSGATE gate;

    (void)state;
    KsGateInitializeAnd(&next, NULL);
    KsGateInitializeOr(&gate, &next);
    assert_false(KsGateGetStateUnsafe(&next));
    KsGateTurnInputOn(&gate);
    assert_true(KsGateGetStateUnsafe(&next));
    KsGateTurnInputOn(&gate);
    KsGateTurnInputOff(&gate);
    assert_true(KsGateGetStateUnsafe(&next));
    KsGateTurnInputOff(&gate);
    assert_false(KsGateGetStateUnsafe(&next));
}

static void gate_is_captured_at_the_threshold_only(void **state)
{
    KSGATE gate;

    (void)state;
    KsGateInitialize(&gate, 2, NULL, FALSE);
    assert_false(KsGateCaptureThreshold(&gate));
    KsGateTurnInputOff(&gate);
    assert_true(KsGateCaptureThreshold(&gate));
    assert_false(KsGateGetStateUnsafe(&gate));
}

WEIR_TESTS(wdk_layout_ks, TEST(interface_made_in_c_is_called_from_cxx),
           TEST(interface_made_in_cxx_is_called_from_c),
           TEST(guid_object_holds_the_value_of_its_name), TEST(guid_object_is_one_for_c_and_cxx),
           TEST(simple_framing_macro_fills_every_member),
           TEST(and_gate_opens_when_its_last_closed_input_opens),
           TEST(or_gate_passes_its_first_open_input_on),
           TEST(gate_is_captured_at_the_threshold_only));
