/* Plan: pipes from the sources on, and a place for each. See plan.h and
 * docs/allocator-selection.md. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Better ones first. NO_PLACE: nobody can. */
enum rank { NO_PLACE, POOL, OWN, MUST, WISH };

bool plan_new(struct plan *plan, unsigned pins)
{
    memset(plan, 0, sizeof(*plan));
    plan->pin_count = pins;
    plan->pins = calloc(pins ? pins : 1, sizeof(*plan->pins));
    plan->pipes = calloc(pins ? pins : 1, sizeof(*plan->pipes));
    if (plan->pins && plan->pipes)
        return true;
    plan_free(plan);
    return false;
}

void plan_free(struct plan *plan)
{
    free(plan->pins);
    free(plan->pipes);
    memset(plan, 0, sizeof(*plan));
}

static struct plan_pin *pin_of(const struct plan *plan, int pin)
{
    return &plan->pins[pin];
}

/* --- places ------------------------------------------------------------------------------------
 */

/* The head, and every sink: a transform's output in the middle only passes frames on. */
static bool may_be_place(unsigned at)
{
    return at == 0 || at % 2 == 1;
}

static enum rank rank_of(const struct plan_pin *pin)
{
    return pin->wish ? WISH : plan_must_allocate(pin) ? MUST : pin->own ? OWN : POOL;
}

/* The head last: sinks allocate, in the documents. */
static unsigned pool_order(unsigned at)
{
    return at == 0 ? PLAN_PIPE_PINS : at;
}

/* Does the candidate at `a` go before the one at `b`? Own allocators by weight, then from the head
 * on: who fills a frame knows its memory best. Pools at the head's sink, whose file the head keeps
 * anyway. */
static bool goes_before(const struct plan *plan, const struct plan_pipe *pipe, unsigned a,
                        const struct plan_fit *fit_a, unsigned b, const struct plan_fit *fit_b)
{
    const struct plan_pin *pin_a = pin_of(plan, pipe->pin[a]), *pin_b = pin_of(plan, pipe->pin[b]);

    if (rank_of(pin_a) != rank_of(pin_b))
        return rank_of(pin_a) > rank_of(pin_b);
    if (pin_a->own != pin_b->own)
        return pin_a->own;
    if (fit_a->weight != fit_b->weight)
        return fit_a->weight > fit_b->weight;
    return pin_a->own ? a < b : pool_order(a) < pool_order(b);
}

static void outranked(const struct plan *plan, int loser, const struct plan_fit *loser_fit,
                      int winner, const struct plan_fit *fit, char *text)
{
    const struct plan_pin *pin = pin_of(plan, loser), *by = pin_of(plan, winner);

    if (rank_of(by) == WISH)
        snprintf(text, PLAN_TEXT, "%s is asked for", by->name);
    else if (rank_of(by) == MUST && rank_of(pin) != MUST)
        snprintf(text, PLAN_TEXT, "%s must allocate (KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE)",
                 by->name);
    else if (by->own && !pin->own)
        snprintf(text, PLAN_TEXT,
                 "the pool is used where no pin has an allocator of its own that fits: %s has one "
                 "(KSPIN_DISPATCH.Allocator)",
                 by->name);
    else if (fit->weight != loser_fit->weight)
        snprintf(text, PLAN_TEXT, "MemoryTypeWeight: %s reaches %u, %s only %u", by->name,
                 fit->weight, pin->name, loser_fit->weight);
    else if (by->own)
        snprintf(text, PLAN_TEXT, "%s stands nearer to the head and has an allocator of its own",
                 by->name);
    else
        snprintf(text, PLAN_TEXT, "%s is the sink next to the head, where the pool is placed",
                 by->name);
}

/* The head's minidriver brings the frames: nobody allocates, and nobody minds. */
static enum rank place_none(const struct plan *plan, struct plan_pipe *pipe)
{
    pipe->injected = true;
    for (unsigned i = 0; i < pipe->pins; i++) {
        if (!may_be_place(i))
            continue;
        struct plan_candidate *candidate = &pipe->candidate[pipe->candidates++];
        *candidate =
            (struct plan_candidate){.pin = pipe->pin[i], .own = pin_of(plan, pipe->pin[i])->own};
        snprintf(candidate->lost, sizeof(candidate->lost),
                 "%s submits frames of its own (KsPinRegisterFrameReturnCallback)",
                 pin_of(plan, pipe->pin[0])->name);
    }
    return POOL;
}

/* Who allocates for the pipe, and why nobody else. */
static enum rank place_choose(const struct plan *plan, struct plan_pipe *pipe)
{
    struct plan_fit *fit = calloc(pipe->pins, sizeof(*fit));
    int best = PLAN_NONE;

    pipe->candidates = 0;
    pipe->place = PLAN_NONE;
    if (pin_of(plan, pipe->pin[0])->injects) {
        free(fit);
        return place_none(plan, pipe);
    }
    if (!fit)
        return NO_PLACE;
    for (unsigned i = 0; i < pipe->pins; i++) {
        if (!may_be_place(i))
            continue;
        plan_fit(plan, pipe, pipe->pin[i], &fit[i]);
        if (fit[i].fits &&
            (best < 0 || goes_before(plan, pipe, i, &fit[i], (unsigned)best, &fit[best])))
            best = (int)i;
    }
    for (unsigned i = 0; i < pipe->pins; i++) {
        if (!may_be_place(i))
            continue;
        struct plan_candidate *candidate = &pipe->candidate[pipe->candidates++];
        *candidate =
            (struct plan_candidate){.pin = pipe->pin[i], .own = pin_of(plan, pipe->pin[i])->own};
        if (!fit[i].fits)
            snprintf(candidate->lost, sizeof(candidate->lost), "%s", fit[i].reason);
        else if ((int)i != best)
            outranked(plan, pipe->pin[i], &fit[i], pipe->pin[best], &fit[best], candidate->lost);
    }
    enum rank rank = best < 0 ? NO_PLACE : rank_of(pin_of(plan, pipe->pin[best]));
    if (best >= 0) {
        pipe->place = pipe->pin[best];
        pipe->own = pin_of(plan, pipe->place)->own;
        pipe->memory = fit[best].memory;
        pipe->framing = fit[best].framing;
    }
    free(fit);
    return rank;
}

/* A wish that cannot be granted is a refusal, not a second choice. */
static void pipe_judge(const struct plan *plan, struct plan_pipe *pipe)
{
    for (unsigned i = 0; i < pipe->candidates; i++) {
        const struct plan_candidate *candidate = &pipe->candidate[i];
        if (pin_of(plan, candidate->pin)->wish && candidate->lost[0]) {
            snprintf(pipe->refused, sizeof(pipe->refused),
                     "%s cannot allocate as asked for: %.180s", pin_of(plan, candidate->pin)->name,
                     candidate->lost);
            pipe->place = PLAN_NONE;
            return;
        }
    }
    if (pipe->place == PLAN_NONE && pipe->candidates && !pipe->injected)
        snprintf(pipe->refused, sizeof(pipe->refused), "nobody can allocate: %.200s",
                 pipe->candidate[pipe->candidates - 1].lost);
}

/* --- pipes -------------------------------------------------------------------------------------
 */

/* The only connected pin of a filter that flows this way; PLAN_NONE: none, or several. */
static int only_pin(const struct plan *plan, unsigned filter, bool source)
{
    int found = PLAN_NONE;

    for (unsigned i = 0; i < plan->pin_count; i++) {
        const struct plan_pin *pin = &plan->pins[i];
        if (pin->filter_index != filter || pin->output != source)
            continue;
        if (found != PLAN_NONE)
            return PLAN_NONE;
        found = (int)i;
    }
    return found;
}

static bool changes_size(const struct plan_pin *output)
{
    const KS_COMPRESSION *ratio = output->framing ? &output->framing->OutputCompression : NULL;

    return ratio && ratio->RatioDenominator &&
           (ratio->RatioNumerator != ratio->RatioDenominator || ratio->RatioConstantMargin);
}

/* What the frames of the last sink would need to go on through `output` as they are. Empty: they
 * may. */
static void in_place_obstacle(const struct plan *plan, const struct plan_pipe *pipe, int output,
                              char *text)
{
    const struct plan_pin *in = pin_of(plan, pipe->pin[pipe->pins - 1]),
                          *out = pin_of(plan, output);

    text[0] = 0;
    for (unsigned i = 0; i < pipe->pins; i++) {
        if (plan_flag(pin_of(plan, pipe->pin[i]), KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY) &&
            pipe->pin[i] != pipe->pin[pipe->pins - 1]) {
            snprintf(text, PLAN_TEXT,
                     "%s wants its frames unchanged (KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY)",
                     pin_of(plan, pipe->pin[i])->name);
            return;
        }
    }
    if (pipe->pins + 2 > PLAN_PIPE_PINS)
        snprintf(text, PLAN_TEXT, "a pipe has %d pins at most", PLAN_PIPE_PINS);
    else if (out->injects)
        snprintf(text, PLAN_TEXT, "%s submits frames of its own (KsPinRegisterFrameReturnCallback)",
                 out->name);
    else if (!plan_flag(in, KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER) &&
             !plan_flag(out, KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER))
        snprintf(text, PLAN_TEXT,
                 "neither pin of %s says KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER", out->filter);
    else if (changes_size(out))
        snprintf(text, PLAN_TEXT, "OutputCompression of %s is %u:%u, margin %u: the size changes",
                 out->name, out->framing->OutputCompression.RatioNumerator,
                 out->framing->OutputCompression.RatioDenominator,
                 out->framing->OutputCompression.RatioConstantMargin);
    else if (in->sample_bytes != out->sample_bytes)
        snprintf(text, PLAN_TEXT, "SampleSize is %u at %s and %u at %s", in->sample_bytes, in->name,
                 out->sample_bytes, out->name);
}

static void pipe_append(const struct plan *plan, struct plan_pipe *pipe, int source)
{
    pipe->pin[pipe->pins++] = source;
    pipe->pin[pipe->pins++] = pin_of(plan, source)->peer;
}

/* Why the allocator that one of the two would have alone is worth a copy. */
static void split_words(const struct plan *plan, const struct plan_pipe *joint,
                        const struct plan_pipe *alone, char *text)
{
    for (unsigned i = 0; i < joint->candidates; i++) {
        if (joint->candidate[i].pin == alone->place) {
            snprintf(text, PLAN_TEXT, "in one pipe %s could not allocate: %.180s",
                     pin_of(plan, alone->place)->name, joint->candidate[i].lost);
            return;
        }
    }
    snprintf(text, PLAN_TEXT, "in one pipe nobody could allocate");
}

/* Go on through the last sink's filter, if that is possible in place and costs nobody the allocator
 * that he would have alone. */
static bool pipe_extend(const struct plan *plan, struct plan_pipe *pipe, char *begins)
{
    const struct plan_pin *sink = pin_of(plan, pipe->pin[pipe->pins - 1]);
    int input = only_pin(plan, sink->filter_index, false),
        output = only_pin(plan, sink->filter_index, true);

    begins[0] = 0;
    if (input == PLAN_NONE || output == PLAN_NONE || pin_of(plan, output)->peer == PLAN_NONE)
        return false;
    in_place_obstacle(plan, pipe, output, begins);
    if (begins[0])
        return false;
    struct plan_pipe joint = *pipe, before = *pipe, after = {.place = PLAN_NONE};
    pipe_append(plan, &joint, output);
    pipe_append(plan, &after, output);
    enum rank joint_rank = place_choose(plan, &joint), before_rank = place_choose(plan, &before),
              after_rank = place_choose(plan, &after);
    const struct plan_pipe *better = before_rank >= after_rank ? &before : &after;
    if (joint_rank == NO_PLACE || joint_rank < before_rank || joint_rank < after_rank) {
        split_words(plan, &joint, better, begins);
        return false;
    }
    *pipe = joint;
    return true;
}

/* --- splitters ---------------------------------------------------------------------------------
 */

/* The first instance of a splitter pin; the pin itself if it is that, or no splitter. */
static int first_instance(const struct plan *plan, int at)
{
    const struct plan_pin *pin = pin_of(plan, at);

    for (int i = 0; pin->splitter && i < at; i++) {
        const struct plan_pin *other = pin_of(plan, i);
        if (other->splitter && other->filter_index == pin->filter_index && other->type == pin->type)
            return i;
    }
    return at;
}

/* What keeps this instance from sharing the frames of the pipe's last source. Empty: it may. */
static void share_obstacle(const struct plan *plan, const struct plan_pipe *pipe, unsigned trunk,
                           int instance, char *text)
{
    int sinks[] = {pipe->pin[trunk - 1], pin_of(plan, instance)->peer};
    const struct plan_pin *first = pin_of(plan, pipe->pin[trunk - 2]);

    text[0] = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (plan_flag(pin_of(plan, sinks[i]), KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER)) {
            snprintf(text, PLAN_TEXT,
                     "%s may change them (KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER)",
                     pin_of(plan, sinks[i])->name);
            return;
        }
    }
    if (pipe->pins + 2 > PLAN_PIPE_PINS)
        snprintf(text, PLAN_TEXT, "a pipe has %d pins at most", PLAN_PIPE_PINS);
    else if (first->sample_bytes != pin_of(plan, instance)->sample_bytes)
        snprintf(text, PLAN_TEXT, "SampleSize is %u at %s and %u here", first->sample_bytes,
                 first->name, pin_of(plan, instance)->sample_bytes);
}

/* One pipe, if that costs nobody the allocator that he would have alone. */
static bool pipe_share(const struct plan *plan, struct plan_pipe *pipe, unsigned trunk,
                       int instance, char *text)
{
    share_obstacle(plan, pipe, trunk, instance, text);
    if (text[0])
        return false;
    struct plan_pipe joint = *pipe, before = *pipe, after = {.place = PLAN_NONE};
    pipe_append(plan, &joint, instance);
    pipe_append(plan, &after, instance);
    enum rank joint_rank = place_choose(plan, &joint), before_rank = place_choose(plan, &before),
              after_rank = place_choose(plan, &after);
    if (joint_rank == NO_PLACE || joint_rank < before_rank || joint_rank < after_rank) {
        split_words(plan, &joint, before_rank >= after_rank ? &before : &after, text);
        return false;
    }
    *pipe = joint;
    return true;
}

static void pipe_split(const struct plan *plan, struct plan_pipe *pipe, bool *covered,
                       char (*reasons)[PLAN_TEXT])
{
    unsigned trunk = pipe->pins;
    int first = pipe->pin[trunk - 2];

    for (int i = first + 1; i < (int)plan->pin_count; i++) {
        const struct plan_pin *pin = pin_of(plan, i);
        char why[PLAN_TEXT];
        if (first_instance(plan, i) != first || pin->peer == PLAN_NONE || !pin->source)
            continue;
        covered[i] = pipe_share(plan, pipe, trunk, i, why);
        if (!covered[i])
            snprintf(reasons[i], PLAN_TEXT, "%s", why);
    }
}

/* An instance that does not share says so, and why, if that is known. */
static void copy_words(const struct plan *plan, struct plan_pipe *pipe)
{
    int first = first_instance(plan, pipe->pin[0]);
    char why[PLAN_TEXT];

    if (first == pipe->pin[0])
        return;
    memcpy(why, pipe->begins, sizeof(why));
    snprintf(pipe->begins, sizeof(pipe->begins), "frames are copied from %s%s%.180s",
             pin_of(plan, first)->name, why[0] ? ": " : "", why);
}

/* The output's frames are the input's, compressed, where the format does not say a size. */
static void size_from_ratio(const struct plan *plan, const struct plan_pipe *pipe, int sink)
{
    int output = only_pin(plan, pin_of(plan, sink)->filter_index, true);

    if (output == PLAN_NONE || pipe->place == PLAN_NONE)
        return;
    struct plan_pin *out = pin_of(plan, output);
    const KS_COMPRESSION *ratio = out->framing ? &out->framing->OutputCompression : NULL;
    if (out->sample_bytes || !ratio || !ratio->RatioDenominator)
        return;
    uint64_t bytes =
        ((uint64_t)pipe->framing.FrameSize * ratio->RatioNumerator + ratio->RatioDenominator - 1) /
            ratio->RatioDenominator +
        ratio->RatioConstantMargin;
    out->sample_bytes = bytes > MAXULONG ? MAXULONG : (ULONG)bytes;
    if (out->peer != PLAN_NONE)
        pin_of(plan, out->peer)->sample_bytes = out->sample_bytes;
}

static struct plan_pipe *pipe_begin(struct plan *plan)
{
    struct plan_pipe *pipe = &plan->pipes[plan->pipe_count++];

    memset(pipe, 0, sizeof(*pipe));
    pipe->place = PLAN_NONE;
    return pipe;
}

/* The other side is this program: frames are its own buffers, and no allocator of the kernel's can
 * make them. */
static void client_pipe(struct plan *plan, int pin)
{
    struct plan_pipe *pipe = pipe_begin(plan);
    struct plan_candidate *candidate = &pipe->candidate[0];

    pipe->client = true;
    pipe->pin[pipe->pins++] = pin;
    copy_words(plan, pipe);
    pipe->candidates = 1;
    *candidate = (struct plan_candidate){.pin = pin, .own = pin_of(plan, pin)->own};
    snprintf(
        candidate->lost, sizeof(candidate->lost),
        "its frames reach user mode: the other side of the pin is a program, whose buffers are "
        "used");
    if (pin_of(plan, pin)->wish)
        snprintf(pipe->refused, sizeof(pipe->refused), "%s cannot allocate as asked for: %.180s",
                 pin_of(plan, pin)->name, candidate->lost);
}

static void pipe_grow(struct plan *plan, int head, const char *begins, bool *covered,
                      char (*reasons)[PLAN_TEXT])
{
    struct plan_pipe *pipe = pipe_begin(plan);
    char why[PLAN_TEXT];

    pipe_append(plan, pipe, head);
    while (pipe_extend(plan, pipe, why))
        ;
    unsigned trunk = pipe->pins;
    int last = pipe->pin[trunk - 1];
    pipe_split(plan, pipe, covered, reasons);
    for (unsigned i = 0; i < pipe->pins; i += 2)
        covered[pipe->pin[i]] = true;
    snprintf(pipe->begins, sizeof(pipe->begins), "%s", begins);
    copy_words(plan, pipe);
    place_choose(plan, pipe);
    pipe_judge(plan, pipe);
    for (unsigned i = trunk - 1; i < pipe->pins; i += 2)
        size_from_ratio(plan, pipe, pipe->pin[i]);
    int next = only_pin(plan, pin_of(plan, last)->filter_index, true);
    if (next != PLAN_NONE)
        snprintf(reasons[next], PLAN_TEXT, "%s", why);
}

/* Sources first, so that a transform's input is planned before its output. */
static void pipes_of_depth(struct plan *plan, unsigned depth, bool *covered,
                           char (*reasons)[PLAN_TEXT])
{
    for (unsigned i = 0; i < plan->pin_count; i++) {
        const struct plan_pin *pin = &plan->pins[i];
        if (pin->depth != depth || covered[i])
            continue;
        if (pin->peer == PLAN_NONE)
            client_pipe(plan, (int)i);
        else if (pin->source)
            pipe_grow(plan, (int)i, reasons[i], covered, reasons);
    }
}

bool plan_make(struct plan *plan)
{
    unsigned count = plan->pin_count ? plan->pin_count : 1, deepest = 0;
    bool *covered = calloc(count, sizeof(*covered));
    char(*reasons)[PLAN_TEXT] = calloc(count, sizeof(*reasons));
    bool made = covered && reasons;

    plan->pipe_count = 0;
    for (unsigned i = 0; i < plan->pin_count; i++)
        deepest = plan->pins[i].depth > deepest ? plan->pins[i].depth : deepest;
    for (unsigned depth = 0; made && depth <= deepest; depth++)
        pipes_of_depth(plan, depth, covered, reasons);
    free(covered);
    free(reasons);
    return made;
}
