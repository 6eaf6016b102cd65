/* Main of a fuzz target where there is no libFuzzer: the seeds, then mutations of them.
 *
 *     fuzz-NAME FILE|FOLDER... [--mutations N] [--seed S]
 *
 * Everything follows from the seed. The inputs run in a child; each is written to shared memory
 * before it runs, so that whatever ends the child, the parent has the input: it is kept as
 * fuzz-NAME.failed in the folder of the call, and `fuzz-NAME fuzz-NAME.failed --mutations 0` brings
 * the failure back. */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_BYTES_MAX = 4096, SEEDS_MAX = 256, CHILD_SECONDS = 240 };

struct input {
    size_t bytes;
    uint8_t data[INPUT_BYTES_MAX];
};
static struct input seeds[SEEDS_MAX];
static size_t seed_count;

static void seed_add(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        exit(2);
    }
    FUZZ_CHECK(seed_count < SEEDS_MAX);
    struct input *seed = &seeds[seed_count++];
    seed->bytes = fread(seed->data, 1, sizeof(seed->data), file);
    fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void seeds_of(const char *path)
{
    struct dirent **entries;
    struct stat facts;

    if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        seed_add(path);
        return;
    }
    int count = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        char file[1024];
        snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            seed_add(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* --- mutations ----------------------------------------------------------------------- */

static uint64_t random_state;

/* xorshift64*: good enough, and the same everywhere. */
static uint32_t random_below(uint32_t end)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return end ? (uint32_t)((random_state * 0x2545F4914F6CDD1DULL) >> 33) % end : 0;
}

static void insert(struct input *input)
{
    size_t at = random_below((uint32_t)input->bytes + 1), count = 1 + random_below(16);

    if (input->bytes + count > sizeof(input->data))
        return;
    memmove(input->data + at + count, input->data + at, input->bytes - at);
    for (size_t i = 0; i < count; i++)
        input->data[at + i] = (uint8_t)random_below(256);
    input->bytes += count;
}

static void erase(struct input *input)
{
    size_t at = random_below((uint32_t)input->bytes), count = 1 + random_below(16);

    count = count < input->bytes - at ? count : input->bytes - at;
    memmove(input->data + at, input->data + at + count, input->bytes - at - count);
    input->bytes -= count;
}

/* The tail of another seed. */
static void splice(struct input *input)
{
    const struct input *other = &seeds[random_below((uint32_t)seed_count)];
    size_t at = random_below((uint32_t)input->bytes + 1),
           from = random_below((uint32_t)other->bytes);

    if (at + other->bytes - from > sizeof(input->data))
        return;
    memcpy(input->data + at, other->data + from, other->bytes - from);
    input->bytes = at + other->bytes - from;
}

static void mutate(struct input *input)
{
    static const uint8_t edges[] = {0, 1, 7, 8, 0x7F, 0x80, 0xF8, 0xFF};
    uint32_t at = random_below((uint32_t)input->bytes);

    switch (random_below(input->bytes ? 7 : 1)) {
    case 0:
        insert(input);
        break;
    case 1:
        erase(input);
        break;
    case 2:
        splice(input);
        break;
    case 3:
        input->data[at] ^= (uint8_t)(1u << random_below(8));
        break;
    case 4:
        input->data[at] = edges[random_below(sizeof(edges))];
        break;
    case 5:
        for (uint32_t i = at; i < at + 4 && i < input->bytes; i++)
            input->data[i] = 0xFF;
        break;
    default:
        input->data[at] = (uint8_t)random_below(256);
    }
}

/* --- the run ------------------------------------------------------------------------- */

/* From the heap, in its exact size, so that a read behind the end is seen. */
static void run(struct input *shared, const struct input *input)
{
    uint8_t *copy = malloc(input->bytes ? input->bytes : 1);

    FUZZ_CHECK(copy != NULL);
    *shared = *input;
    memcpy(copy, input->data, input->bytes);
    LLVMFuzzerTestOneInput(copy, input->bytes);
    free(copy);
}

static void run_all(struct input *shared, unsigned long mutations)
{
    struct input input;

    alarm(CHILD_SECONDS);
    for (size_t i = 0; i < seed_count; i++)
        run(shared, &seeds[i]);
    for (unsigned long i = 0; i < mutations; i++) {
        input = seeds[random_below((uint32_t)seed_count)];
        for (uint32_t count = 1 + random_below(6); count; count--)
            mutate(&input);
        run(shared, &input);
    }
    exit(0);
}

static int keep(const char *program, const struct input *input, int status)
{
    const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
    char path[256];

    snprintf(path, sizeof(path), "%s.failed", name);
    FILE *file = fopen(path, "wb");
    if (file) {
        fwrite(input->data, 1, input->bytes, file);
        fclose(file);
    }
    fprintf(
        stderr,
        "%s: an input of %zu bytes ended it with %s %d; to bring it back: %s %s --mutations 0\n",
        name, input->bytes, WIFSIGNALED(status) ? "signal" : "exit code",
        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), program, path);
    return 1;
}

int main(int argc, char **argv)
{
    unsigned long mutations = 1000, seed = 1;
    int status = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--mutations") && i + 1 < argc)
            mutations = strtoul(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoul(argv[++i], NULL, 10);
        else
            seeds_of(argv[i]);
    }
    FUZZ_CHECK(seed_count > 0);
    random_state = seed * 2 + 1;
    struct input *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FUZZ_CHECK(shared != MAP_FAILED);
    pid_t child = fork();
    if (child == 0)
        run_all(shared, mutations);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 2;
    if (status)
        return keep(argv[0], shared, status);
    printf("%zu seeds, %lu mutations\n", seed_count, mutations);
    return 0;
}
