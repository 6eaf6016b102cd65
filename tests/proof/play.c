/* Play: the interpreter of scenes. See proof.h and play.h. */
#include "play.h"

#include <stdio.h>
#include <string.h>

struct play play;

static KIRQL level_of(uint8_t number)
{
    return number & 1 ? DISPATCH_LEVEL : PASSIVE_LEVEL;
}

static void step_flow(const struct scene_step *step)
{
    switch ((enum step_kind)step->kind) {
    case STEP_FEED:
    case STEP_FEED_ON:
        play_feed(step->a, step->kind == STEP_FEED);
        break;
    case STEP_SLEEP:
        play_sleep((1 + step->a) * 3000);
        break;
    case STEP_HOLD:
        play_hold(step->a, step->b % HOLD_KINDS, 1u + step->c % 6u);
        break;
    case STEP_RELEASE:
        play_release(step->a, step->b % RELEASE_KINDS, step->c);
        break;
    case STEP_STALL:
        play_stall(step->a, step->b);
        break;
    case STEP_RESET:
        play_reset(step->a, step->b);
        break;
    case STEP_POWER:
        play_power(step->a % DEVICES, step->b);
        break;
    case STEP_ALLOC:
        play_alloc(step->a, step->b == 3, level_of(step->c));
        break;
    case STEP_FREE:
        play_free(step->a, step->b & 1, level_of(step->c));
        break;
    case STEP_CANCEL:
        play_cancel(step->a);
        break;
    case STEP_READ:
        client_read();
        break;
    case STEP_CANCEL_READ:
        play_cancel_read(step->a);
        break;
    default:
        break;
    }
}

static void step_way(const struct scene_step *step)
{
    switch ((enum step_kind)step->kind) {
    case STEP_CONNECT:
        play_connect(step->a);
        break;
    case STEP_STATE:
        play_state(step->a % 4, step->b);
        break;
    case STEP_PIN_STATE:
        play_pin_state(step->a, step->b % 4);
        break;
    case STEP_FORMAT:
        play_renew(step->a, step->b, step->c, false);
        break;
    case STEP_REASSIGN:
        play_renew(step->a, -1, step->b, step->c);
        break;
    case STEP_SURPRISE:
        play_surprise(step->a % DEVICES);
        break;
    case STEP_CLOSE_PIN:
        play_close_pin(step->a);
        break;
    case STEP_CLOSE_ALLOCATOR:
        play_close_allocator(step->a);
        break;
    case STEP_REFUSE:
        model.refuse = true;
        model.refuse_what = step->a % REFUSE_KINDS;
        model.refuse_at = step->b % 8;
        break;
    case STEP_NO_POOL:
        play.no_pool = true;
        play.no_pool_at = step->a;
        break;
    case STEP_DEATH:
        play_death(step->a);
        break;
    case STEP_DOWN:
        play_down(step->a, step->b);
        break;
    default:
        step_flow(step);
    }
}

/* Steps whose requests the scene may let run short of pool, and that nothing else must follow. */
static bool may_run_short(const struct scene_step *step)
{
    switch ((enum step_kind)step->kind) {
    case STEP_FEED:
    case STEP_FEED_ON:
    case STEP_STALL:
    case STEP_ALLOC:
    case STEP_READ:
    case STEP_RELEASE:
        return play.no_pool;
    default:
        return false;
    }
}

static void play_step(const struct scene_step *step)
{
    bool short_of_pool = may_run_short(step);

    if (short_of_pool)
        fault_arm(play.no_pool_at % 16);
    step_way(step);
    if (!short_of_pool)
        return;
    play.no_pool = false;
    if (fault_disarm())
        book_reached(COVER_POOL_FAILED_FLOW);
}

static void play_steps(void)
{
    const struct scene *scene = play.scene;

    for (unsigned i = 0; i < scene->steps && i < STEPS_MAX && book_is_well(); i++) {
        book_result->step = i;
        play_step(&scene->step[i]);
        client_collect();
        client_reap(false);
        book_look();
    }
    if (!book_is_well())
        return;
    book_result->step = scene->steps;
    play_end();
}

static void body(void *argument)
{
    NTSTATUS status = client_begin();

    (void)argument;
    if (!NT_SUCCESS(status)) {
        book_broke(RULE_REQUEST_WORKS, "the model driver does not start: %08x", (unsigned)status);
        return;
    }
    client_layout();
    play_steps();
}

static void leak(void *context, const struct nt_leak *what)
{
    (void)context;
    book_broke(RULE_LEAK, "left: %u %s %s of %s, made at %s", (unsigned)what->count, what->kind,
               what->detail ? what->detail : "", what->owner, what->place);
}

void scene_play(const struct scene *scene, struct scene_result *result, bool verbose)
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_config config = {.simulated = true,
                               .seed = scene->seed,
                               .preemption = scene->graph[G_PREEMPTION] & 1,
                               .processors = 1 + scene->graph[G_PROCESSORS] % 4u};

    memset(result, 0, sizeof(*result));
    memset(&play, 0, sizeof(play));
    play.scene = scene;
    book_open(result);
    model_open(scene);
    fault_words(verbose);
    if (!NT_SUCCESS(nt_start(&config, sentence))) {
        book_broke(RULE_REQUEST_WORKS, "the machine does not start: %s", sentence);
        return;
    }
    if (!nt_guard(body, NULL)) {
        book_broke(RULE_BUG_CHECK, "bug check 0x%x: %.400s", (unsigned)nt_bugcheck()->code,
                   nt_bugcheck()->report);
        return;
    }
    if (book_is_well())
        nt_stop(leak, NULL);
}
