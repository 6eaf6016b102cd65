/* Who allocates: the rule of docs/allocator-selection.md, and its explanations. A reason is proved
 * by its counterfactual: the one field that it names is changed, and the reason is gone. */
#include <windef.h>
#include <ks.h>
#include <stdio.h>
#include <string.h>

#include "graph/plan.h"
#include "weir_test.h"

enum { A, B, C, D, PINS }; /* source ! transform ! sink: a -> b, c -> d */

static struct plan_pin pin[PINS];
static KSALLOCATOR_FRAMING_EX framing[PINS];
static struct plan plan;

static const GUID nonpaged = {STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED};
static const GUID device = {STATIC_KSMEMORY_TYPE_DEVICE_UNKNOWN};

static KS_FRAMING_ITEM *item(int i)
{
    pin[i].framing = &framing[i];
    return &framing[i].FramingItem[0];
}

/* Every pin takes 64 to 128 bytes of non-paged memory, two frames, unaligned; in place. */
static void graph_set(void)
{
    static const char *const names[] = {"source pin 0", "through pin 0", "through pin 1",
                                        "sink pin 0"};
    static const char *const filters[] = {"source", "through", "through", "sink"};
    static const unsigned filter[] = {0, 1, 1, 2};

    for (int i = 0; i < PINS; i++) {
        pin[i] = (struct plan_pin){.name = names[i],
                                   .filter = filters[i],
                                   .filter_index = filter[i],
                                   .depth = filter[i],
                                   .source = i == A || i == C,
                                   .output = i == A || i == C,
                                   .peer = i ^ 1,
                                   .sample_bytes = 100};
        framing[i] = (KSALLOCATOR_FRAMING_EX){.CountItems = 1, .OutputCompression = {1, 1, 0}};
        *item(i) = (KS_FRAMING_ITEM){.MemoryType = nonpaged,
                                     .Frames = 2,
                                     .PhysicalRange = {0, MAXULONG, 1},
                                     .FramingRange = {{64, 128, 1}, 0, 0}};
    }
    item(B)->Flags = KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER;
}

static void plan_again(unsigned pins)
{
    plan_free(&plan);
    assert_true(plan_new(&plan, pins));
    memcpy(plan.pins, pin, pins * sizeof(*pin));
    assert_true(plan_make(&plan));
}

static const struct plan_pipe *pipe_of(int p)
{
    for (unsigned i = 0; i < plan.pipe_count; i++)
        for (unsigned j = 0; j < plan.pipes[i].pins; j++)
            if (plan.pipes[i].pin[j] == p)
                return &plan.pipes[i];
    fail_msg("pin %d lies in no pipe", p);
    return NULL;
}

static const char *lost(int p)
{
    const struct plan_pipe *pipe = pipe_of(p);

    for (unsigned i = 0; i < pipe->candidates; i++)
        if (pipe->candidate[i].pin == p)
            return pipe->candidate[i].lost;
    fail_msg("pin %d is no candidate", p);
    return NULL;
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not say '%s'", text, part);
}

static void place_is(int p, int place)
{
    if (pipe_of(p)->place != place)
        fail_msg("the place is %d, not %d; refused: '%s'", pipe_of(p)->place, place,
                 pipe_of(p)->refused);
}

/* --- pipes -------------------------------------------------------------------------------------
 */

static void head_that_submits_frames_has_no_allocator(void **state)
{
    (void)state;
    graph_set();
    pin[A].injects = true;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 1);
    assert_int_equal(plan.pipes[0].pins, 4);
    assert_true(plan.pipes[0].injected);
    assert_int_equal(plan.pipes[0].candidates, 3);
    assert_string_equal(plan.pipes[0].refused, "");
    place_is(A, PLAN_NONE);
    assert_says(lost(B), "source pin 0 submits frames of its own");
    pin[A].injects = false;
    plan_again(PINS);
    assert_false(plan.pipes[0].injected);
    assert_string_equal(lost(B), "");
    plan_free(&plan);
}

static void wish_in_a_pipe_of_submitted_frames_is_refused(void **state)
{
    (void)state;
    graph_set();
    pin[A].injects = true;
    pin[B].wish = true;
    plan_again(PINS);
    assert_says(plan.pipes[0].refused, "source pin 0 submits frames of its own");
    pin[B].wish = false;
    plan_again(PINS);
    assert_string_equal(plan.pipes[0].refused, "");
    plan_free(&plan);
}

static void output_that_submits_frames_heads_a_pipe(void **state)
{
    (void)state;
    graph_set();
    pin[C].injects = true;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 2);
    assert_false(pipe_of(A)->injected);
    assert_true(pipe_of(C)->injected);
    assert_says(pipe_of(C)->begins, "through pin 1 submits frames of its own");
    plan_free(&plan);
}

static void submitted_frames_end_where_an_output_has_an_allocator_of_its_own(void **state)
{
    (void)state;
    graph_set();
    pin[A].injects = true;
    pin[C].own = true;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 2);
    assert_true(pipe_of(A)->injected);
    assert_false(pipe_of(C)->injected);
    place_is(C, C);
    plan_free(&plan);
}

static void in_place_transform_shares_one_pipe(void **state)
{
    (void)state;
    graph_set();
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 1);
    assert_int_equal(plan.pipes[0].pins, 4);
    place_is(A, B);
    assert_false(plan.pipes[0].own);
    assert_int_equal(plan.pipes[0].framing.FrameSize, 100);
    assert_int_equal(plan.pipes[0].framing.Frames, 3);
    assert_int_equal(plan.pipes[0].framing.OptionsFlags, KSALLOCATOR_OPTIONF_SYSTEM_MEMORY);
    plan_free(&plan);
}

struct cut {
    const char *says;
    void (*make)(void), (*undo)(void);
};

static void flag_none(void)
{
    item(B)->Flags = 0;
}
static void flag_back(void)
{
    item(B)->Flags = KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER;
}
static void ratio_half(void)
{
    framing[C].OutputCompression = (KS_COMPRESSION){1, 2, 0};
}
static void ratio_one(void)
{
    framing[C].OutputCompression = (KS_COMPRESSION){1, 1, 0};
}
static void sample_other(void)
{
    pin[C].sample_bytes = pin[D].sample_bytes = 80;
}
static void sample_same(void)
{
    pin[C].sample_bytes = pin[D].sample_bytes = 100;
}
static void integrity(void)
{
    item(A)->Flags = KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY;
}
static void no_integrity(void)
{
    item(A)->Flags = 0;
}
static void sizes_apart(void)
{
    item(C)->FramingRange.Range = item(D)->FramingRange.Range = (KS_FRAMING_RANGE){200, 300, 1};
}
static void sizes_meet(void)
{
    item(C)->FramingRange.Range = item(D)->FramingRange.Range = (KS_FRAMING_RANGE){64, 128, 1};
}
static void memory_apart(void)
{
    pin[D].own = true;
    item(D)->MemoryType = device;
    item(C)->MemoryType = device;
}
static void memory_meets(void)
{
    pin[D].own = false;
    item(D)->MemoryType = nonpaged;
    item(C)->MemoryType = nonpaged;
}
static void both_must(void)
{
    item(A)->Flags = item(D)->MemoryFlags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
}
static void none_must(void)
{
    item(A)->Flags = item(D)->MemoryFlags = 0;
}
static void own_wants_less(void)
{
    pin[A].own = true;
    item(D)->FileAlignment = 63;
}
static void own_wants_nothing(void)
{
    pin[A].own = false;
    item(D)->FileAlignment = 0;
}

static void pipe_ends_where_in_place_is_impossible_and_says_why(void **state)
{
    static const struct cut cuts[] = {
        {"KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER", flag_none, flag_back},
        {"OutputCompression of through pin 1 is 1:2", ratio_half, ratio_one},
        {"SampleSize is 100 at through pin 0 and 80", sample_other, sample_same},
        {"FRAME_INTEGRITY", integrity, no_integrity},
        {"MaxFrameSize of", sizes_apart, sizes_meet},
        {"does not take DEVICE_UNKNOWN memory", memory_apart, memory_meets},
        {"MUST_ALLOCATE", both_must, none_must},
        {"sink pin 0 wants 64-byte alignment (FileAlignment), source pin 0's framing allows 1",
         own_wants_less, own_wants_nothing}};

    (void)state;
    graph_set();
    for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
        cuts[i].make();
        plan_again(PINS);
        assert_int_equal(plan.pipe_count, 2);
        assert_says(pipe_of(C)->begins, cuts[i].says);
        assert_true(pipe_of(A)->place != PLAN_NONE && pipe_of(C)->place != PLAN_NONE);
        cuts[i].undo();
        plan_again(PINS);
        assert_int_equal(plan.pipe_count, 1);
    }
    plan_free(&plan);
}

static void pin_of_a_program_has_no_allocator(void **state)
{
    (void)state;
    graph_set();
    pin[C].peer = PLAN_NONE;
    pin[C].source = false;
    pin[C].own = true;
    plan_again(3);
    assert_int_equal(plan.pipe_count, 2);
    assert_true(pipe_of(C)->client);
    assert_int_equal(pipe_of(C)->place, PLAN_NONE);
    assert_says(lost(C), "user mode");
    plan_free(&plan);
}

/* --- places ------------------------------------------------------------------------------------
 */

static void own_allocator_goes_before_the_pool(void **state)
{
    (void)state;
    graph_set();
    pin[D].own = true;
    plan_again(PINS);
    place_is(A, D);
    assert_true(plan.pipes[0].own);
    assert_int_equal(plan.pipes[0].framing.Frames, 2); /* as many as it has */
    assert_says(lost(B), "sink pin 0 has one (KSPIN_DISPATCH.Allocator)");
    pin[A].own = true;
    plan_again(PINS);
    place_is(A, A);
    assert_says(lost(D), "nearer to the head");
    plan_free(&plan);
}

/* Two framing items of one pin. */
static struct {
    KSALLOCATOR_FRAMING_EX head;
    KS_FRAMING_ITEM more;
} two;

static void two_items(int p)
{
    two.head = framing[p];
    two.head.CountItems = 2;
    two.more = framing[p].FramingItem[0];
    pin[p].framing = &two.head;
}

static void heavier_memory_goes_before_the_place_nearer_to_the_head(void **state)
{
    (void)state;
    graph_set();
    pin[A].own = pin[B].own = true;
    item(A)->MemoryType = GUID_NULL; /* offers non-paged memory, takes any */
    two_items(B);
    two.head.FramingItem[0].MemoryType = device;
    plan_again(2);
    place_is(A, A);
    two.head.FramingItem[0].MemoryTypeWeight = 7;
    plan_again(2);
    place_is(A, B);
    assert_says(lost(A), "MemoryTypeWeight: through pin 0 reaches 7, source pin 0 only 0");
    plan_free(&plan);
}

static void pin_that_must_allocate_does(void **state)
{
    (void)state;
    graph_set();
    pin[A].own = true;
    item(D)->MemoryFlags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    plan_again(2);
    place_is(A, A);
    pin[A].own = false;
    item(A)->Flags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    plan_again(2);
    place_is(A, A);
    assert_says(lost(B), "source pin 0 must allocate");
    item(A)->Flags = 0;
    plan_again(2);
    place_is(A, B);
    plan_free(&plan);
}

static void wish_is_granted_or_refused_with_the_reason(void **state)
{
    (void)state;
    graph_set();
    pin[A].wish = true;
    pin[D].own = true;
    plan_again(PINS);
    place_is(A, A);
    assert_says(lost(D), "source pin 0 is asked for");
    item(D)->Flags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    item(B)->Flags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    plan_again(2);
    assert_int_equal(pipe_of(A)->place, PLAN_NONE);
    assert_says(pipe_of(A)->refused, "source pin 0 cannot allocate as asked for");
    assert_says(pipe_of(A)->refused, "through pin 0 must allocate");
    pin[A].wish = false;
    plan_again(2);
    place_is(A, B);
    plan_free(&plan);
}

/* --- what does not fit, on one connection with an own allocator at its head ----------------------
 */

static void align(void)
{
    item(B)->FileAlignment = 63;
}
static void align_not(void)
{
    item(B)->FileAlignment = 0;
}
static void frames(void)
{
    item(B)->Frames = 5;
}
static void frames_not(void)
{
    item(B)->Frames = 2;
}
static void memory(void)
{
    item(A)->MemoryType = device;
}
static void memory_not(void)
{
    item(A)->MemoryType = nonpaged;
}
static void least(void)
{
    item(B)->FramingRange.Range.MinFrameSize = 129;
    item(B)->FramingRange.Range.MaxFrameSize = 500;
}
static void least_not(void)
{
    item(B)->FramingRange.Range.MinFrameSize = 64;
    item(B)->FramingRange.Range.MaxFrameSize = 128;
}
static void most(void)
{
    item(A)->FramingRange.Range.MaxFrameSize = 99;
}
static void most_not(void)
{
    item(A)->FramingRange.Range.MaxFrameSize = 128;
}
static void physical(void)
{
    item(A)->PhysicalRange.MaxFrameSize = 99;
}
static void physical_not(void)
{
    item(A)->PhysicalRange.MaxFrameSize = MAXULONG;
}
static void stepping(void)
{
    item(A)->FramingRange.Range.Stepping = 64;
    item(B)->FramingRange.Range = (KS_FRAMING_RANGE){65, 128, 60};
}
static void stepping_not(void)
{
    item(A)->FramingRange.Range.Stepping = 1;
    item(B)->FramingRange.Range = (KS_FRAMING_RANGE){64, 128, 1};
}
static void mask(void)
{
    item(B)->FileAlignment = 5;
}
static void upside(void)
{
    item(B)->FramingRange.Range = (KS_FRAMING_RANGE){128, 64, 1};
}
static void upside_not(void)
{
    item(B)->FramingRange.Range = (KS_FRAMING_RANGE){64, 128, 1};
}
static void system_memory(void)
{
    memory();
    item(B)->MemoryType = GUID_NULL;
    item(B)->Flags = KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY;
}
static void system_memory_not(void)
{
    item(B)->Flags = 0;
}
static void unsaid(void)
{
    pin[A].sample_bytes = pin[B].sample_bytes = 0;
    item(A)->FramingRange.Range.MinFrameSize = item(B)->FramingRange.Range.MinFrameSize = 0;
}
static void unsaid_not(void)
{
    pin[A].sample_bytes = 100;
}

static void own_allocator_that_does_not_fit_is_told_which_field(void **state)
{
    static const struct cut cuts[] = {
        {"through pin 0 wants 64-byte alignment (FileAlignment), source pin 0's framing allows 1",
         align, align_not},
        {"through pin 0 wants 5 frames (Frames), source pin 0's framing allows 2", frames,
         frames_not},
        {"through pin 0 does not take DEVICE_UNKNOWN memory (FramingItem.MemoryType)", memory,
         memory_not},
        {"through pin 0 wants 129 bytes, but FramingRange.Range.MaxFrameSize of source pin 0 "
         "allows 128",
         least, least_not},
        {"the format (SampleSize) wants 100 bytes, but FramingRange.Range.MaxFrameSize of source "
         "pin 0 allows 99",
         most, most_not},
        {"PhysicalRange.MaxFrameSize of source pin 0 allows 99", physical, physical_not},
        {"Stepping", stepping, stepping_not},
        {"FileAlignment 0x5 is no mask", mask, align_not},
        {"MinFrameSize 128 is above MaxFrameSize 64", upside, upside_not},
        {"through pin 0 wants system memory", system_memory, system_memory_not},
        {"neither the format's SampleSize nor a FramingRange", unsaid, unsaid_not}};

    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
        graph_set();
        item(B)->Flags = 0;
        pin[A].own = true;
        plan_again(2);
        place_is(A, A);
        cuts[i].make();
        plan_again(2);
        assert_says(lost(A), cuts[i].says);
        cuts[i].undo();
        plan_again(2);
        place_is(A, A);
        assert_string_equal(lost(A), "");
    }
    plan_free(&plan);
}

static void nobody_who_fits_is_a_refusal(void **state)
{
    (void)state;
    graph_set();
    item(A)->FramingRange.Range.MaxFrameSize = 80;
    item(B)->FramingRange.Range.MinFrameSize = 90;
    plan_again(2);
    assert_int_equal(pipe_of(A)->place, PLAN_NONE);
    assert_says(pipe_of(A)->refused, "nobody can allocate");
    assert_says(pipe_of(A)->refused, "MaxFrameSize of source pin 0 allows 80");
    plan_free(&plan);
}

static void preferences_are_met_or_forgotten(void **state)
{
    (void)state;
    graph_set();
    item(B)->Flags = KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY;
    item(B)->FramingRange.Range = (KS_FRAMING_RANGE){120, 128, 1};
    plan_again(2);
    assert_int_equal(pipe_of(A)->framing.FrameSize, 120);
    item(B)->FramingRange.Range = (KS_FRAMING_RANGE){200, 300, 1};
    item(B)->FileAlignment = 4095;
    pin[A].own = true;
    plan_again(2);
    place_is(A, A);
    assert_int_equal(pipe_of(A)->framing.FrameSize, 100);
    plan_free(&plan);
}

/* --- what is agreed ------------------------------------------------------------------------------
 */

static void pool_gives_what_everybody_wants(void **state)
{
    (void)state;
    graph_set();
    item(A)->FileAlignment = 15;
    item(D)->FileAlignment = 4095;
    item(C)->Frames = 7;
    item(A)->FramingRange.Range = (KS_FRAMING_RANGE){4, 1000, 32};
    item(B)->FramingRange.Range = item(C)->FramingRange.Range = item(D)->FramingRange.Range =
        (KS_FRAMING_RANGE){0, 1000, 12};
    plan_again(PINS);
    assert_int_equal(pipe_of(A)->framing.FileAlignment, 4095);
    assert_int_equal(pipe_of(A)->framing.Frames, 7);
    assert_int_equal(pipe_of(A)->framing.FrameSize, 132); /* 4 + 32 k == 12 n >= 100 */
    plan_free(&plan);
}

static void paged_memory_is_taken_where_a_pin_wants_it(void **state)
{
    static const GUID paged = {STATIC_KSMEMORY_TYPE_KERNEL_PAGED};
    (void)state;
    graph_set();
    item(A)->MemoryType = paged;
    item(B)->MemoryType = (GUID){STATIC_KSMEMORY_TYPE_SYSTEM};
    plan_again(2);
    assert_int_equal(pipe_of(A)->framing.PoolType, PagedPool);
    item(A)->MemoryType = nonpaged;
    plan_again(2);
    assert_int_equal(pipe_of(A)->framing.PoolType, NonPagedPool);
    plan_free(&plan);
}

static void second_item_is_used_where_the_first_does_not_fit(void **state)
{
    (void)state;
    graph_set();
    pin[A].own = true;
    two_items(A);
    two.head.FramingItem[0].MemoryType = device;
    plan_again(2);
    place_is(A, A);
    assert_memory_equal(&pipe_of(A)->memory, &nonpaged, sizeof(GUID));
    two.head.FramingItem[0].MemoryTypeWeight = 9;
    item(B)->MemoryType = GUID_NULL;
    plan_again(2);
    assert_memory_equal(&pipe_of(A)->memory, &device, sizeof(GUID)); /* the heavier one */
    assert_int_equal(pipe_of(A)->framing.OptionsFlags, 0);
    plan_free(&plan);
}

static void size_goes_through_a_compressor(void **state)
{
    (void)state;
    graph_set();
    framing[C].OutputCompression = (KS_COMPRESSION){1, 3, 10};
    pin[C].sample_bytes = pin[D].sample_bytes = 0;
    item(C)->FramingRange.Range = item(D)->FramingRange.Range = (KS_FRAMING_RANGE){0, 1000, 1};
    plan_again(PINS);
    assert_int_equal(pipe_of(C)->framing.FrameSize, 44); /* 100 / 3, rounded up, and 10 */
    plan_free(&plan);
}

static void pins_without_framing_take_what_comes(void **state)
{
    (void)state;
    graph_set();
    for (int i = 0; i < PINS; i++)
        pin[i].framing = NULL;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 2);
    place_is(A, B);
    place_is(C, D);
    assert_int_equal(pipe_of(A)->framing.Frames, 3);
    plan_free(&plan);
}

/* --- splitters ---------------------------------------------------------------------------------
 */

/* A and C are instances of one splitter pin, each with a sink of its own. */
static void split_set(void)
{
    graph_set();
    item(B)->Flags = 0;
    pin[B].filter_index = 1;
    pin[C].filter_index = 0;
    pin[C].filter = "source";
    pin[C].name = "source pin 0 again";
    pin[C].depth = 0;
    pin[D].filter_index = 2;
    pin[A].splitter = pin[C].splitter = true;
}

static void instances_of_a_splitter_share_one_pipe(void **state)
{
    (void)state;
    split_set();
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 1);
    assert_int_equal(plan.pipes[0].pins, 4);
    assert_int_equal(plan.pipes[0].pin[2], C);
    place_is(A, B);
    plan_free(&plan);
}

static void modifier_behind_a_splitter_gets_copies(void **state)
{
    (void)state;
    for (int sink = B; sink <= D; sink += 2) {
        split_set();
        item(sink)->Flags = KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER;
        plan_again(PINS);
        assert_int_equal(plan.pipe_count, 2);
        assert_says(pipe_of(C)->begins, "frames are copied from source pin 0");
        assert_says(pipe_of(C)->begins, pin[sink].name);
        place_is(C, D);
        plan_free(&plan);
    }
}

static void splitter_of_two_sizes_gets_copies(void **state)
{
    (void)state;
    split_set();
    pin[C].sample_bytes = pin[D].sample_bytes = 90;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 2);
    assert_says(pipe_of(C)->begins, "SampleSize is 100");
    plan_free(&plan);
}

static void sink_of_a_delegate_may_allocate(void **state)
{
    (void)state;
    split_set();
    pin[D].own = true;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 1);
    place_is(A, D);
    plan_free(&plan);
}

static void instances_that_cannot_agree_get_copies(void **state)
{
    (void)state;
    split_set();
    item(B)->Flags = item(D)->Flags = KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE;
    plan_again(PINS);
    assert_int_equal(plan.pipe_count, 2);
    place_is(A, B);
    place_is(C, D);
    assert_says(pipe_of(C)->begins, "MUST_ALLOCATE");
    plan_free(&plan);
}

static void programs_instance_of_a_splitter_is_a_client_pipe(void **state)
{
    (void)state;
    split_set();
    pin[C].peer = PLAN_NONE;
    pin[C].source = false;
    plan_again(3);
    assert_int_equal(plan.pipe_count, 2);
    assert_true(pipe_of(C)->client);
    assert_says(pipe_of(C)->begins, "frames are copied from source pin 0");
    plan_free(&plan);
}

WEIR_TESTS(graph_plan, TEST(in_place_transform_shares_one_pipe),
           TEST(pipe_ends_where_in_place_is_impossible_and_says_why),
           TEST(pin_of_a_program_has_no_allocator), TEST(own_allocator_goes_before_the_pool),
           TEST(heavier_memory_goes_before_the_place_nearer_to_the_head),
           TEST(pin_that_must_allocate_does), TEST(wish_is_granted_or_refused_with_the_reason),
           TEST(own_allocator_that_does_not_fit_is_told_which_field),
           TEST(nobody_who_fits_is_a_refusal), TEST(preferences_are_met_or_forgotten),
           TEST(pool_gives_what_everybody_wants), TEST(paged_memory_is_taken_where_a_pin_wants_it),
           TEST(second_item_is_used_where_the_first_does_not_fit),
           TEST(size_goes_through_a_compressor), TEST(pins_without_framing_take_what_comes),
           TEST(instances_of_a_splitter_share_one_pipe),
           TEST(modifier_behind_a_splitter_gets_copies), TEST(splitter_of_two_sizes_gets_copies),
           TEST(sink_of_a_delegate_may_allocate), TEST(instances_that_cannot_agree_get_copies),
           TEST(programs_instance_of_a_splitter_is_a_client_pipe),
           TEST(head_that_submits_frames_has_no_allocator),
           TEST(output_that_submits_frames_heads_a_pipe),
           TEST(wish_in_a_pipe_of_submitted_frames_is_refused),
           TEST(submitted_frames_end_where_an_output_has_an_allocator_of_its_own));
