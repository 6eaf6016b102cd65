/* Random graphs: every one gets a plan or a reasoned refusal, the same one each time, and what is
 * agreed is what every pin wants. The judge reads what the pins declare, not how it was found. */
#include <windef.h>
#include <ks.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/plan.h"
#include "weir_test.h"

enum { GRAPHS = 20000, FILTERS = 5, PINS = 2 * (FILTERS - 1) };

static const GUID memories[] = {
    {STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED}, {STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED},
    {STATIC_KSMEMORY_TYPE_KERNEL_PAGED},    {STATIC_KSMEMORY_TYPE_SYSTEM},
    {STATIC_KSMEMORY_TYPE_DEVICE_UNKNOWN},  {0, 0, 0, {0}}};
static const ULONG flags[] = {
    KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER, KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER,
    KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY,  KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE,
    KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY, KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY};

struct graph {
    struct plan_pin pin[PINS];
    struct {
        KSALLOCATOR_FRAMING_EX head;
        KS_FRAMING_ITEM more;
    } framing[PINS];
    unsigned pins;
    char name[PINS][16];
};

static uint64_t state_of_random;
static unsigned draw(unsigned below)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state_of_random >> 33) % below;
}

static void item_draw(KS_FRAMING_ITEM *item)
{
    ULONG least = draw(200);

    *item = (KS_FRAMING_ITEM){.MemoryType = memories[draw(6)],
                              .Flags = draw(2) ? 0 : flags[draw(6)],
                              .Frames = draw(6),
                              .FileAlignment = (1u << draw(8)) - 1,
                              .MemoryTypeWeight = draw(3),
                              .PhysicalRange = {0, draw(4) ? MAXULONG : 150, 1},
                              .FramingRange = {{least, least + draw(300), 1 + draw(24)}, 0, 0}};
    if (draw(50) == 0)
        item->FileAlignment = 5;
    if (draw(50) == 0)
        item->FramingRange.Range.MaxFrameSize = 1;
}

/* A chain of two to five filters: pin 2k sends to pin 2k + 1. */
static void graph_draw(struct graph *graph)
{
    unsigned links = 1 + draw(FILTERS - 1);

    memset(graph, 0, sizeof(*graph));
    graph->pins = 2 * links;
    for (unsigned i = 0; i < graph->pins; i++) {
        bool source = i % 2 == 0;
        snprintf(graph->name[i], sizeof(graph->name[i]), "pin %u", i);
        graph->pin[i] = (struct plan_pin){.name = graph->name[i],
                                          .filter = "filter",
                                          .filter_index = (i + 1) / 2,
                                          .depth = (i + 1) / 2,
                                          .source = source,
                                          .output = source,
                                          .peer = (int)(i ^ 1),
                                          .sample_bytes = draw(8) ? 100 : 120,
                                          .own = draw(4) == 0,
                                          .wish = draw(20) == 0};
        graph->framing[i].head.CountItems = 1 + draw(2);
        graph->framing[i].head.OutputCompression = (KS_COMPRESSION){1, 1 + draw(16) / 15, 0};
        item_draw(&graph->framing[i].head.FramingItem[0]);
        item_draw(&graph->framing[i].more);
        graph->pin[i].framing = draw(6) ? &graph->framing[i].head : NULL;
    }
}

static void plan_of(const struct graph *graph, struct plan *plan)
{
    assert_true(plan_new(plan, graph->pins));
    memcpy(plan->pins, graph->pin, graph->pins * sizeof(*graph->pin));
    assert_true(plan_make(plan));
}

/* Does this frame meet the item? Preferences bind nobody. */
static bool meets(const struct plan_pin *pin, const KS_FRAMING_ITEM *item,
                  const KSALLOCATOR_FRAMING *framing)
{
    const KS_FRAMING_RANGE *range = &item->FramingRange.Range;

    if (item->Flags & KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY)
        return true;
    return framing->FrameSize >= range->MinFrameSize &&
           (!range->MaxFrameSize || framing->FrameSize <= range->MaxFrameSize) &&
           (range->Stepping <= 1 || range->MinFrameSize == range->MaxFrameSize ||
            (framing->FrameSize - range->MinFrameSize) % range->Stepping == 0) &&
           (!pin->output || !item->PhysicalRange.MaxFrameSize ||
            framing->FrameSize <= item->PhysicalRange.MaxFrameSize) &&
           !(item->FileAlignment & ~framing->FileAlignment) && framing->Frames >= item->Frames;
}

static void pin_judge(const struct plan_pin *pin, const struct plan_pipe *pipe)
{
    bool met = !pin->framing;

    assert_true(pipe->framing.FrameSize >= pin->sample_bytes);
    for (ULONG i = 0; pin->framing && i < pin->framing->CountItems; i++)
        met |= meets(pin, &pin->framing->FramingItem[i], &pipe->framing);
    if (!met)
        fail_msg("%s: nothing that it declares is met by %u frames of %u bytes", pin->name,
                 pipe->framing.Frames, pipe->framing.FrameSize);
}

static void pipe_judge(const struct plan *plan, const struct plan_pipe *pipe)
{
    unsigned chosen = 0;

    assert_true((pipe->place != PLAN_NONE) == (pipe->refused[0] == 0));
    for (unsigned i = 0; i < pipe->candidates; i++) {
        bool won = pipe->candidate[i].pin == pipe->place;
        chosen += won;
        assert_true(won || pipe->candidate[i].lost[0] || pipe->refused[0]);
    }
    assert_int_equal(chosen, pipe->place != PLAN_NONE);
    for (unsigned i = 0; pipe->place != PLAN_NONE && i < pipe->pins; i++) {
        const struct plan_pin *pin = &plan->pins[pipe->pin[i]];
        pin_judge(pin, pipe);
        assert_true(pipe->pin[i] == pipe->place || !plan_must_allocate(pin));
    }
}

static void every_graph_gets_a_plan_or_a_reasoned_refusal(void **state)
{
    static struct graph graph;
    unsigned refused = 0, joined = 0, own = 0;

    (void)state;
    state_of_random = weir_test_seed;
    for (unsigned n = 0; n < GRAPHS; n++) {
        struct plan plan, again;
        unsigned covered[PINS] = {0};
        graph_draw(&graph);
        plan_of(&graph, &plan);
        plan_of(&graph, &again);
        assert_int_equal(plan.pipe_count, again.pipe_count);
        assert_memory_equal(plan.pipes, again.pipes, plan.pipe_count * sizeof(*plan.pipes));
        for (unsigned i = 0; i < plan.pipe_count; i++) {
            pipe_judge(&plan, &plan.pipes[i]);
            refused += plan.pipes[i].place == PLAN_NONE;
            joined += plan.pipes[i].pins > 2;
            own += plan.pipes[i].own && plan.pipes[i].place != PLAN_NONE;
            for (unsigned j = 0; j < plan.pipes[i].pins; j++)
                covered[plan.pipes[i].pin[j]]++;
        }
        for (unsigned i = 0; i < graph.pins; i++)
            assert_int_equal(covered[i], 1);
        plan_free(&plan);
        plan_free(&again);
    }
    assert_in_range(refused, 1000, GRAPHS * PINS);
    assert_in_range(joined, 200, GRAPHS * PINS);
    assert_in_range(own, 1000, GRAPHS * PINS);
}

WEIR_TESTS(graph_plan_random, TEST(every_graph_gets_a_plan_or_a_reasoned_refusal));
