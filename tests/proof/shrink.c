/* Shrink: take away from a scene what its broken rule does not need.
 *
 * Every list of numbers is a scene, so that any step may go and any number may be 0. Each try is
 * played in a process of its own; it is kept if the same rule breaks. */
#include "shrink.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_PER_TRY = 20, TRIES_MAX = 3000 };

static struct scene_result *shared;
static unsigned tries;

void proof_verdict(int status, struct scene_result *result)
{
    if (result->rule || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return;
    if (!WIFSIGNALED(status)) {
        result->rule = RULE_CRASH;
        snprintf(result->why, sizeof(result->why), "exit code %d", WEXITSTATUS(status));
        return;
    }
    result->rule = WTERMSIG(status) == SIGALRM ? RULE_HANG : RULE_CRASH;
    snprintf(result->why, sizeof(result->why), "%s", strsignal(WTERMSIG(status)));
}

static void play_apart(const struct scene *scene, struct scene_result *result)
{
    int status = 0;
    pid_t pid;

    if (!shared)
        shared =
            mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(shared, 0, sizeof(*shared));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(2);
        alarm(SECONDS_PER_TRY);
        scene_play(scene, shared, false);
        _exit(0);
    }
    if (pid > 0 && waitpid(pid, &status, 0) == pid)
        proof_verdict(status, shared);
    *result = *shared;
}

static bool still(const struct scene *scene, enum proof_rule rule)
{
    struct scene_result result;

    if (tries++ >= TRIES_MAX)
        return false;
    play_apart(scene, &result);
    return result.rule == rule;
}

static bool cut_steps(struct scene *scene, enum proof_rule rule)
{
    bool shorter = false;

    for (unsigned size = scene->steps / 2 ? scene->steps / 2 : 1; size; size /= 2) {
        for (unsigned at = 0; at + size <= scene->steps;) {
            struct scene less = *scene;
            memmove(&less.step[at], &less.step[at + size],
                    (less.steps - at - size) * sizeof(less.step[0]));
            less.steps = (uint8_t)(less.steps - size);
            if (still(&less, rule)) {
                *scene = less;
                shorter = true;
            } else {
                at += size;
            }
        }
    }
    return shorter;
}

/* Towards 0: at once, else by half. */
static bool lower(struct scene *scene, uint8_t *number, enum proof_rule rule)
{
    uint8_t was = *number;
    const uint8_t wanted[] = {0, (uint8_t)(was / 2), (uint8_t)(was - 1)};

    for (unsigned i = 0; i < sizeof(wanted) && was; i++) {
        *number = wanted[i];
        if (wanted[i] != was && still(scene, rule))
            return true;
    }
    *number = was;
    return false;
}

static bool lower_numbers(struct scene *scene, enum proof_rule rule)
{
    bool lowered = false;

    for (unsigned i = 0; i < G_COUNT; i++)
        lowered |= lower(scene, &scene->graph[i], rule);
    for (unsigned i = 0; i < scene->steps; i++) {
        lowered |= lower(scene, &scene->step[i].a, rule);
        lowered |= lower(scene, &scene->step[i].b, rule);
        lowered |= lower(scene, &scene->step[i].c, rule);
    }
    if (scene->seed > 1) {
        struct scene plain = *scene;
        plain.seed = 1;
        if (still(&plain, rule)) {
            *scene = plain;
            lowered = true;
        }
    }
    return lowered;
}

static void shrink(struct scene *scene, enum proof_rule rule)
{
    bool progress = true;

    tries = 0;
    for (unsigned round = 0; progress && round < 6; round++) {
        progress = cut_steps(scene, rule);
        progress |= lower_numbers(scene, rule);
    }
}

void proof_print(FILE *file, const struct scene *scene, const struct scene_result *result)
{
    if (result)
        fprintf(file, "/* breaks %s: %s\n * %s */\n", proof_rule_names[result->rule],
                proof_rule_texts[result->rule], result->why);
    fprintf(file, "#include \"shrink.h\"\n\nstatic const struct scene scene = {\n");
    fprintf(file, "    .seed = %llu,\n    .graph = {", (unsigned long long)scene->seed);
    for (unsigned i = 0; i < G_COUNT; i++)
        fprintf(file, "%s%u", i ? ", " : "", scene->graph[i]);
    fprintf(file, "},\n    .steps = %u,\n    .step = {\n", scene->steps);
    for (unsigned i = 0; i < scene->steps; i++)
        fprintf(file, "        {STEP_%s, %u, %u, %u},\n", scene_step_names[scene->step[i].kind],
                scene->step[i].a, scene->step[i].b, scene->step[i].c);
    fprintf(file, "    },\n};\n\nint main(void)\n{\n    return proof_again(&scene);\n}\n");
}

int proof_say(uint64_t seed, const struct scene *scene, const struct scene_result *result)
{
    if (!result->rule) {
        printf("proof: seed %llu: well, %llu frames\n", (unsigned long long)seed,
               (unsigned long long)result->frames);
        return 0;
    }
    printf("proof: seed %llu, step %u (%s): rule %s is broken (%s)\n  %s\n",
           (unsigned long long)seed, result->step,
           result->step < scene->steps ? scene_step_names[scene->step[result->step].kind] : "end",
           proof_rule_names[result->rule], proof_rule_texts[result->rule], result->why);
    return 1;
}

void proof_broken(uint64_t seed, const struct scene_result *result, const char *folder)
{
    char path[4096];
    struct scene scene;
    struct scene_result again;
    FILE *file;

    scene_draw(&scene, seed);
    proof_say(seed, &scene, result);
    shrink(&scene, result->rule);
    play_apart(&scene, &again);
    printf("proof: shrunk to %u steps in %u tries:\n\n", scene.steps, tries);
    proof_print(stdout, &scene, &again);
    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/scene.c", folder);
    file = fopen(path, "w");
    if (!file) {
        perror(path);
        return;
    }
    proof_print(file, &scene, &again);
    fclose(file);
}

int proof_again(const struct scene *scene)
{
    struct scene_result result;

    play_apart(scene, &result);
    return proof_say(scene->seed, scene, &result);
}
