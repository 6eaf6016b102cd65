/* KsValidateAllocatorFramingEx: a client's framing against a pin's. */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include "weir_test.h"

static DECLARE_SIMPLE_FRAMING_EX(declared, STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED,
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 3, 15, 64, 128);
static KSALLOCATOR_FRAMING_EX framing;

static NTSTATUS validate(void)
{
    return KsValidateAllocatorFramingEx(&framing, sizeof(framing),
                                        (const KSALLOCATOR_FRAMING_EX *)&declared);
}

static KS_FRAMING_ITEM *fresh(void)
{
    memcpy(&framing, &declared, sizeof(framing));
    return &framing.FramingItem[0];
}

static void framing_of_the_pin_itself_is_accepted(void **state)
{
    (void)state;
    fresh();
    assert_int_equal(validate(), 0);
    fresh()->MemoryType = (GUID){STATIC_KSMEMORY_TYPE_DONT_CARE};
    assert_int_equal(validate(), 0);
}

static void framing_that_the_pin_cannot_live_with_is_no_match(void **state)
{
    (void)state;
    fresh()->MemoryType = (GUID){STATIC_KSMEMORY_TYPE_USER};
    assert_int_equal(validate(), STATUS_NO_MATCH);
    fresh()->FileAlignment = 7;
    assert_int_equal(validate(), STATUS_NO_MATCH);
    fresh()->FramingRange.Range.MinFrameSize = 129;
    framing.FramingItem[0].FramingRange.Range.MaxFrameSize = 200;
    assert_int_equal(validate(), STATUS_NO_MATCH);
    assert_int_equal(KsValidateAllocatorFramingEx(&framing, sizeof(framing), NULL), 0);
}

static void framing_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    fresh()->FileAlignment = 6;
    assert_int_equal(validate(), STATUS_INVALID_PARAMETER);
    fresh()->FramingRange.Range.MinFrameSize = 129;
    assert_int_equal(validate(), STATUS_INVALID_PARAMETER);
    fresh();
    framing.CountItems = 0;
    assert_int_equal(validate(), STATUS_INVALID_PARAMETER);
}

static void framing_that_is_cut_is_refused(void **state)
{
    (void)state;
    fresh();
    for (ULONG bytes = 0; bytes < sizeof(framing); bytes++)
        assert_int_equal(KsValidateAllocatorFramingEx(&framing, bytes,
                                                      (const KSALLOCATOR_FRAMING_EX *)&declared),
                         STATUS_INVALID_BUFFER_SIZE);
    framing.CountItems = 0xffffffff;
    assert_int_equal(validate(), STATUS_INVALID_BUFFER_SIZE);
}

WEIR_TESTS(framing, TEST(framing_of_the_pin_itself_is_accepted),
           TEST(framing_that_the_pin_cannot_live_with_is_no_match),
           TEST(framing_that_contradicts_itself_is_refused), TEST(framing_that_is_cut_is_refused));
