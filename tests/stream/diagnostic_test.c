/* What a pin tells about itself to whoever explains a stall: counts, its allocator, obstacles. */
#include <ntifs.h>
#include "chain_scene.h"

#include <string.h>

static const GUID set = WEIR_DIAGNOSTIC_SET_INIT;

static NTSTATUS ask(int pin, ULONG id, PVOID to, ULONG bytes, ULONG *returned)
{
    return chain_property(chain_pin[pin], &set, id, KSPROPERTY_TYPE_GET, to, bytes, returned);
}

SCENE(counts_are_those_of_the_queue)
{
    struct weir_diagnostic_counts counts;
    ULONG bytes = 0;
    chain_ready();
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_COUNTS, &counts, sizeof(counts) - 1, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    chain_feed(1);
    chain.hold = true;
    chain_feed(1);
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_COUNTS, &counts, sizeof(counts), &bytes), 0);
    assert_int_equal(bytes, sizeof(counts));
    assert_int_equal(counts.received, 2);
    assert_int_equal(counts.queued, 1);
    assert_int_equal(counts.completed, 1);
    assert_int_equal(counts.cancelled, 0);
    assert_int_equal(counts.clones, 1);
    assert_int_equal(counts.state, KSSTATE_RUN);
    assert_int_equal(chain_all(KSSTATE_STOP), 0);
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_COUNTS, &counts, sizeof(counts), &bytes), 0);
    assert_int_equal(counts.received, counts.completed + counts.cancelled);
    assert_int_equal(counts.cancelled, 1);
    assert_int_equal(counts.queued, 0);
    assert_int_equal(counts.clones, 0);
    assert_int_equal(counts.state, KSSTATE_STOP);
    chain_remove();
}

SCENE(allocator_facts_follow_from_the_descriptor)
{
    struct weir_diagnostic_allocator facts = {7, 7, 7};
    ULONG bytes = 0;
    chain_ready();
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_ALLOCATOR, &facts, sizeof(facts), &bytes), 0);
    assert_int_equal(bytes, sizeof(facts));
    assert_int_equal(facts.own, chain_dispatch_d.Allocator != NULL);
    assert_int_equal(facts.splitter, 0);
    assert_int_equal(facts.injects, 0);
    assert_int_equal(ask(B, WEIR_DIAGNOSTIC_ALLOCATOR, &facts, sizeof(facts), &bytes), 0);
    assert_int_equal(facts.own, chain_dispatch_b.Allocator != NULL);
    chain_remove();
}

static bool says(const char *sentences, const char *words)
{
    for (; *sentences; sentences += strlen(sentences) + 1)
        if (strstr(sentences, words))
            return true;
    return false;
}

SCENE(obstacles_end_with_an_empty_sentence_and_fit_exactly)
{
    char said[512];
    ULONG bytes = 0, needed = 0;
    chain_ready();
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_OBSTACLES, NULL, 0, &needed), STATUS_BUFFER_OVERFLOW);
    assert_true(needed > 2);
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_OBSTACLES, said, needed - 1, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    memset(said, 'x', sizeof(said));
    assert_int_equal(ask(D, WEIR_DIAGNOSTIC_OBSTACLES, said, needed, &bytes), 0);
    assert_int_equal(bytes, needed);
    assert_int_equal(said[needed - 1], 0);
    assert_int_equal(said[needed - 2], 0);
    assert_int_equal(said[needed], 'x');
    assert_int_equal(strlen(said), needed - 2);
    chain_remove();
}

SCENE(pin_that_is_reset_says_so)
{
    char said[512];
    KSRESET value = KSRESET_BEGIN;
    ULONG bytes;
    chain_ready();
    assert_int_equal(chain_all(KSSTATE_RUN), 0);
    assert_int_equal(ask(A, WEIR_DIAGNOSTIC_OBSTACLES, said, sizeof(said), &bytes), 0);
    assert_false(says(said, "is being reset"));
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &value,
                                 sizeof(value), NULL, 0, NULL),
                     0);
    assert_int_equal(ask(A, WEIR_DIAGNOSTIC_OBSTACLES, said, sizeof(said), &bytes), 0);
    assert_true(says(said, "is being reset"));
    assert_false(says(said, "lower state"));
    value = KSRESET_END;
    assert_int_equal(chain_ioctl(chain_pin[A], KernelMode, IOCTL_KS_RESET_STATE, &value,
                                 sizeof(value), NULL, 0, NULL),
                     0);
    chain_remove();
}

WEIR_TESTS(diagnostic, TEST_BOTH(counts_are_those_of_the_queue),
           TEST_BOTH(allocator_facts_follow_from_the_descriptor),
           TEST_BOTH(obstacles_end_with_an_empty_sentence_and_fit_exactly),
           TEST_BOTH(pin_that_is_reset_says_so));
