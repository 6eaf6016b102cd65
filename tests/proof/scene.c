/* Scenes: their names, how one is drawn from a seed, its hash. See proof.h. */
#include "proof.h"

#define X(name, word, text) word,
const char *const proof_rule_names[RULE_COUNT] = {PROOF_RULES(X)};
#undef X
#define X(name, word, text) text,
const char *const proof_rule_texts[RULE_COUNT] = {PROOF_RULES(X)};
#undef X
#define X(name, text) text,
const char *const proof_cover_texts[COVER_COUNT] = {PROOF_COVERS(X)};
#undef X
#define X(name, text) #name,
const char *const scene_step_names[STEP_KINDS] = {PROOF_STEPS(X)};
#undef X

struct dice {
    uint64_t state;
};

static uint64_t throw_dice(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint8_t below(struct dice *dice, unsigned bound)
{
    return (uint8_t)(throw_dice(dice) % bound);
}

static bool one_in(struct dice *dice, unsigned n)
{
    return below(dice, n) == 0;
}

static void add(struct scene *scene, enum step_kind kind, uint8_t a, uint8_t b, uint8_t c)
{
    if (scene->steps < STEPS_MAX)
        scene->step[scene->steps++] = (struct scene_step){(uint8_t)kind, a, b, c};
}

static void draw_graph(struct scene *scene, struct dice *dice)
{
    static const uint8_t filters[] = {1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
    uint8_t *graph = scene->graph;

    graph[G_FILTERS] = filters[below(dice, sizeof(filters))];
    graph[G_FORK] = one_in(dice, 4);
    graph[G_TAIL] = one_in(dice, 6);
    graph[G_PREEMPTION] = below(dice, 2);
    graph[G_PROCESSORS] = (uint8_t)(1 + below(dice, 3));
    for (unsigned i = 0; i < FILTERS_MAX; i++) {
        graph[G_MODE + i] = one_in(dice, 3);
        graph[G_DEVICE + i] = one_in(dice, 4);
        graph[G_FLAGS + i] = one_in(dice, 2) ? 0 : below(dice, 16);
    }
    for (unsigned i = 0; i < EDGES_MAX; i++) {
        graph[G_ALLOCATOR + i] = one_in(dice, 6)   ? ALLOCATOR_POOL
                                 : one_in(dice, 4) ? ALLOCATOR_OWN_SOURCE
                                                   : 0;
        graph[G_FRAMES + i] = below(dice, 6);
        graph[G_SIZE + i] = below(dice, 4);
        graph[G_ALIGNMENT + i] = below(dice, 4);
    }
}

/* Something goes wrong on the way up; then once more without. */
static void draw_failure(struct scene *scene, struct dice *dice, bool connect)
{
    static const uint8_t connects[] = {REFUSE_CREATE, REFUSE_CREATE, REFUSE_CONNECT, REFUSE_FORMAT,
                                       REFUSE_INITIALIZE};
    static const uint8_t states[] = {REFUSE_STATE, REFUSE_STATE, REFUSE_ALLOCATE, REFUSE_ALLOCATE,
                                     REFUSE_ALIGNMENT};
    uint8_t which = below(dice, 5);

    if (one_in(dice, 2))
        add(scene, STEP_NO_POOL, below(dice, connect ? 80 : 40), 0, 0);
    else
        add(scene, STEP_REFUSE, connect ? connects[which] : states[which],
            below(dice, connect ? 6 : 8), 0);
}

static void draw_up(struct scene *scene, struct dice *dice)
{
    bool known = one_in(dice, 4);

    if (known) {
        draw_failure(scene, dice, true);
        add(scene, STEP_CONNECT, below(dice, 4), 0, 0);
    }
    add(scene, STEP_CONNECT, below(dice, 4), 0, 0);
    if (one_in(dice, 8))
        add(scene, STEP_REASSIGN, below(dice, 3), below(dice, 6), below(dice, 2));
    if (one_in(dice, 3)) {
        draw_failure(scene, dice, false);
        add(scene, STEP_STATE, (uint8_t)(1 + below(dice, 3)), below(dice, 3), 0);
    }
    if (one_in(dice, 3))
        add(scene, STEP_STATE, (uint8_t)(1 + below(dice, 2)), below(dice, 3), 0);
    add(scene, STEP_STATE, one_in(dice, 5) ? 2 : 3, below(dice, 3), 0);
}

/* One thing that may happen while frames flow. */
static void draw_event(struct scene *scene, struct dice *dice)
{
    static const uint8_t kinds[] = {
        STEP_HOLD,    STEP_HOLD,    STEP_HOLD,  STEP_RELEASE,   STEP_RELEASE, STEP_STALL,
        STEP_STALL,   STEP_RESET,   STEP_STATE, STEP_PIN_STATE, STEP_POWER,   STEP_POWER,
        STEP_ALLOC,   STEP_ALLOC,   STEP_FREE,  STEP_CANCEL,    STEP_READ,    STEP_CANCEL_READ,
        STEP_FEED_ON, STEP_FEED_ON, STEP_SLEEP, STEP_FEED,      STEP_SLEEP,   STEP_ALLOC};
    uint8_t kind = kinds[below(dice, sizeof(kinds))];

    if (one_in(dice, 12))
        add(scene, STEP_NO_POOL, below(dice, 16), 0, 0);
    switch (kind) {
    case STEP_HOLD:
        add(scene, STEP_HOLD, below(dice, 4), below(dice, HOLD_KINDS), below(dice, 3));
        add(scene, STEP_FEED_ON, (uint8_t)(4 + below(dice, 8)), 0, 0);
        break;
    case STEP_RELEASE:
        add(scene, STEP_RELEASE, below(dice, 4), below(dice, RELEASE_KINDS), below(dice, 8));
        break;
    case STEP_STALL:
    case STEP_POWER:
        add(scene, kind, below(dice, 4), 0, 0);
        if (one_in(dice, 2))
            add(scene, STEP_FEED_ON, (uint8_t)(1 + below(dice, 8)), 0, 0);
        add(scene, kind, scene->step[scene->steps - 1].a, 1, 0);
        break;
    case STEP_FEED_ON:
    case STEP_FEED:
        add(scene, kind, (uint8_t)(2 + below(dice, 12)), 0, 0);
        break;
    default:
        add(scene, kind, below(dice, 8), below(dice, 4), below(dice, 4));
    }
}

static void draw_down(struct scene *scene, struct dice *dice)
{
    if (one_in(dice, 3)) /* while frames flow */
        add(scene, STEP_FEED_ON, (uint8_t)(8 + below(dice, 24)), 0, 0);
    switch (below(dice, 8)) {
    case 0:
        add(scene, STEP_SURPRISE, below(dice, 2), 0, 0);
        break;
    case 1:
        add(scene, STEP_DEATH, below(dice, 8), 0, 0);
        break;
    case 2:
        add(scene, STEP_DOWN, below(dice, 8), 1, 0);
        break;
    case 3:
        add(scene, STEP_CLOSE_PIN, below(dice, 8), 0, 0);
        add(scene, STEP_CLOSE_ALLOCATOR, below(dice, 4), 0, 0);
        break;
    case 4:
        add(scene, STEP_CLOSE_ALLOCATOR, below(dice, 4), 0, 0);
        add(scene, STEP_FEED, (uint8_t)(4 + below(dice, 8)), 0, 0);
        break;
    default:
        add(scene, STEP_DOWN, below(dice, 8), 0, 0);
    }
}

static void draw_round(struct scene *scene, struct dice *dice)
{
    unsigned events = one_in(dice, 5) ? 0 : 1 + below(dice, 6);

    draw_up(scene, dice);
    add(scene, STEP_FEED, (uint8_t)(16 + below(dice, 32)), 0, 0);
    while (events--)
        draw_event(scene, dice);
    if (one_in(dice, 2))
        add(scene, STEP_FEED, (uint8_t)(8 + below(dice, 24)), 0, 0);
    if (one_in(dice, 4)) {
        add(scene, STEP_HOLD, below(dice, 4), below(dice, HOLD_KINDS), below(dice, 6));
        add(scene, STEP_FEED, (uint8_t)(4 + below(dice, 8)), 0, 0);
        if (one_in(dice, 2))
            add(scene, STEP_RELEASE, below(dice, 4), RELEASE_DPC, below(dice, 8));
    }
    if (one_in(dice, 4)) {
        if (one_in(dice, 2))
            add(scene, STEP_FEED_ON, (uint8_t)(8 + below(dice, 24)), 0, 0);
        add(scene, STEP_STATE, 0, below(dice, 3), 0);
        if (one_in(dice, 4))
            add(scene, STEP_NO_POOL, below(dice, 16), 0, 0);
        add(scene, one_in(dice, 2) ? STEP_FORMAT : STEP_REASSIGN, below(dice, 3), below(dice, 6),
            below(dice, 2));
        add(scene, STEP_STATE, 3, below(dice, 3), 0);
        add(scene, STEP_FEED, (uint8_t)(8 + below(dice, 24)), 0, 0);
    }
    draw_down(scene, dice);
}

void scene_draw(struct scene *scene, uint64_t seed)
{
    struct dice dice = {seed};

    *scene = (struct scene){.seed = 0};
    draw_graph(scene, &dice);
    do {
        draw_round(scene, &dice);
    } while (scene->steps < STEPS_MAX / 2 && one_in(&dice, 2));
    scene->seed = throw_dice(&dice) >> 32;
}

/* FNV-1a over the graph and the steps. */
uint64_t scene_hash(const struct scene *scene)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (unsigned i = 0; i < G_COUNT; i++)
        hash = (hash ^ scene->graph[i]) * UINT64_C(0x100000001b3);
    for (unsigned i = 0; i < scene->steps; i++) {
        const struct scene_step *step = &scene->step[i];
        hash = (hash ^ step->kind) * UINT64_C(0x100000001b3);
        hash = (hash ^ step->a) * UINT64_C(0x100000001b3);
        hash = (hash ^ step->b) * UINT64_C(0x100000001b3);
        hash = (hash ^ step->c) * UINT64_C(0x100000001b3);
    }
    return hash;
}
