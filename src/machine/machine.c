/* The machine: start and stop, errors, the guard, its surroundings. Implements the first part of
 * weir.h.
 *
 * One machine per process; its structure is static, so that sentences and bug-check reports outlive
 * weir_stop. weir_stop goes graphs > devices > drivers > executive, and says what is still alive.
 */
#include "inside.h"
#include "ks/clock_entry.h"
#include "watch/trace.h"
#include "watch/watch.h"

#include <stdio.h>
#include <string.h>

static weir_machine the_machine;
static machine_destroy_one
    *destroy_graph; /* set by src/graph, so that machine does not depend on it */

static const weir_machine *or_the(const weir_machine *machine)
{
    return machine ? machine : &the_machine;
}

weir_status machine_fail(weir_machine *machine, weir_status status, int32_t ntstatus,
                         const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(machine->sentence, sizeof(machine->sentence), format, arguments);
    va_end(arguments);
    machine->ntstatus = ntstatus;
    return status;
}

/* --- the guard ----------------------------------------------------------------------- */

struct guarded {
    weir_status (*body)(void *argument);
    void *argument;
    weir_status status;
};

static void guarded_run(void *context)
{
    struct guarded *call = context;
    call->status = call->body(call->argument);
}

static weir_status frozen(weir_machine *machine)
{
    const struct nt_bugcheck *bugcheck = nt_bugcheck();

    return machine_fail(machine, WEIR_BUGCHECK, 0,
                        "bug check 0x%X: the machine is frozen; weir_bugcheck_report has the whole "
                        "report, only weir_stop may follow",
                        bugcheck ? bugcheck->code : 0);
}

weir_status machine_call(weir_machine *machine, weir_status (*body)(void *argument), void *argument)
{
    struct guarded call = {.body = body, .argument = argument, .status = WEIR_BUGCHECK};

    if (!machine->running)
        return machine_fail(machine, WEIR_USAGE, 0, "no machine runs: call weir_start first");
    if (nt_bugcheck() || !nt_guard(guarded_run, &call))
        return frozen(machine);
    return call.status;
}

/* --- start and stop ------------------------------------------------------------------ */

static weir_status options_check(weir_machine *machine, const struct weir_options *options)
{
    if (machine->running)
        return machine_fail(machine, WEIR_USAGE, 0,
                            "a machine runs already in this process: call weir_stop first");
    if (!options || (options->host != WEIR_LIVE && options->host != WEIR_SIM))
        return machine_fail(machine, WEIR_USAGE, 0,
                            "weir_start: options.host is neither WEIR_LIVE nor "
                            "WEIR_SIM");
    if (options->processors > 32)
        return machine_fail(machine, WEIR_USAGE, 0, "weir_start: at most 32 processors, not %u",
                            options->processors);
    return WEIR_OK;
}

static void reproduce_default(const struct weir_options *options)
{
    static char line[96];

    if (options->reproduce) {
        nt_set_reproduce(options->reproduce);
        return;
    }
    snprintf(line, sizeof(line), "start the machine with .host = WEIR_SIM, .seed = %llu%s",
             (unsigned long long)options->seed, options->preemption ? ", .preemption = true" : "");
    nt_set_reproduce(line);
}

static weir_status started(void *argument)
{
    weir_machine *machine = argument;
    NTSTATUS status = nt_driver_builtin("ks", clock_driver_entry, &machine->clock_driver);

    if (!NT_SUCCESS(status))
        return machine_fail(machine, WEIR_FAILED, status, "weir_start: the clock device failed: %s",
                            weir_ntstatus_name(status));
    return WEIR_OK;
}

weir_status weir_start(const struct weir_options *options, weir_machine **result)
{
    weir_machine *machine = &the_machine;
    weir_status status = options_check(machine, options);
    char sentence[NT_SENTENCE_BYTES] = "";

    if (status != WEIR_OK)
        return status;
    memset(machine, 0, sizeof(*machine));
    machine->options = *options;
    watch_reset_ids();
    if (options->trace_path && !trace_start(options->trace_path, &machine->trace))
        return machine_fail(
            machine, WEIR_FAILED, 0,
            "cannot write the trace %s: is its folder there, and may you write to it?",
            options->trace_path);
    machine_log_start(machine);
    if (!machine_leaks_start(machine)) {
        machine_log_stop(machine);
        trace_stop(machine->trace);
        return machine_fail(machine, WEIR_NO_MEMORY, 0, "no memory for a machine");
    }
    struct nt_config config = {.simulated = options->host == WEIR_SIM,
                               .preemption = options->preemption,
                               .seed = options->seed,
                               .processors = options->processors};
    NTSTATUS nt = nt_start(&config, sentence);
    if (!NT_SUCCESS(nt)) {
        machine_leaks_stop(machine);
        machine_log_stop(machine);
        trace_stop(machine->trace);
        return machine_fail(machine, WEIR_FAILED, nt, "the machine does not start: %s", sentence);
    }
    machine->running = true;
    reproduce_default(options);
    status = machine_call(machine, started, machine);
    if (status != WEIR_OK) {
        weir_stop(machine, NULL, NULL);
        return status;
    }
    *result = machine;
    return WEIR_OK;
}

void machine_on_stop(machine_destroy_one *destroy)
{
    destroy_graph = destroy;
}

static weir_status tear_down(void *argument)
{
    weir_machine *machine = argument;
    char sentence[NT_SENTENCE_BYTES];

    while (destroy_graph && destroy_graph(machine))
        ;
    for (weir_driver *driver = machine->drivers; driver; driver = driver->next)
        machine_remove_devices(driver);
    while (machine->drivers) {
        weir_status status = weir_driver_unload(machine->drivers);
        if (status != WEIR_OK)
            return status;
    }
    machine_unload_models(machine);
    if (machine->clock_driver)
        nt_driver_unload(machine->clock_driver, sentence);
    machine->clock_driver = NULL;
    return WEIR_OK;
}

struct leak_relay {
    weir_leak_sink *sink;
    void *context;
};

static void leak_relay(void *context, const struct nt_leak *leak)
{
    struct leak_relay *relay = context;
    struct weir_leak out = {.kind = leak->kind,
                            .detail = leak->detail,
                            .owner = leak->owner,
                            .place = leak->place,
                            .count = leak->count,
                            .bytes = leak->bytes};

    if (relay->sink)
        relay->sink(relay->context, &out);
}

weir_status weir_stop(weir_machine *machine, weir_leak_sink *sink, void *context)
{
    struct leak_relay relay = {.sink = sink, .context = context};
    weir_status status = machine_call(machine, tear_down, machine);

    if (status == WEIR_USAGE)
        return status;
    bool was_frozen = nt_bugcheck() != NULL;
    size_t leaks = machine_leaks_give(machine, sink, context) + nt_stop(leak_relay, &relay);
    machine_leaks_stop(machine);
    machine_log_stop(machine);
    bool traced = trace_stop(machine->trace);
    machine->trace = NULL;
    machine->running = false;
    machine->drivers = NULL;
    if (was_frozen || status != WEIR_OK)
        return status == WEIR_OK ? WEIR_BUGCHECK : status;
    if (leaks)
        return machine_fail(machine, WEIR_FAILED, 0,
                            "%zu kinds of things were still alive when the machine stopped", leaks);
    if (!traced)
        return machine_fail(machine, WEIR_FAILED, 0,
                            "the trace %s is incomplete: is the disk full?",
                            machine->options.trace_path);
    return WEIR_OK;
}

/* --- answers ------------------------------------------------------------------------- */

const char *weir_sentence(const weir_machine *machine)
{
    return or_the(machine)->sentence;
}

int32_t weir_ntstatus(const weir_machine *machine)
{
    return or_the(machine)->ntstatus;
}

uint32_t weir_bugcheck_code(const weir_machine *machine)
{
    (void)machine;
    return nt_bugcheck() ? nt_bugcheck()->code : 0;
}

const char *weir_bugcheck_report(const weir_machine *machine)
{
    (void)machine;
    return nt_bugcheck() ? nt_bugcheck()->report : "";
}

int64_t machine_time(void)
{
    return (int64_t)nt_time_100ns();
}

int64_t weir_time(const weir_machine *machine)
{
    (void)machine;
    return machine_time();
}

uint64_t weir_seed(const weir_machine *machine)
{
    return machine->options.seed;
}

static weir_status sleep_body(void *argument)
{
    nt_sleep_100ns((uint64_t)*(int64_t *)argument);
    return WEIR_OK;
}

weir_status weir_sleep(weir_machine *machine, int64_t duration)
{
    if (duration < 0)
        return machine_fail(machine, WEIR_USAGE, 0, "weir_sleep: a negative duration");
    return machine_call(machine, sleep_body, &duration);
}

struct text_pair {
    weir_machine *machine;
    const char *first, *second;
};

static weir_status path_map_body(void *argument)
{
    struct text_pair *map = argument;
    NTSTATUS status = nt_path_map(map->first, map->second);

    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(map->machine, WEIR_FAILED, status, "cannot map drive \"%s\" to %s: %s",
                        map->first, map->second, weir_ntstatus_name(status));
}

weir_status weir_path_map(weir_machine *machine, const char *drive, const char *folder)
{
    struct text_pair map = {machine, drive, folder};
    return machine_call(machine, path_map_body, &map);
}

static weir_status registry_body(void *argument)
{
    struct text_pair *value = argument;
    char sentence[NT_SENTENCE_BYTES] = "";
    NTSTATUS status = nt_registry_set(value->first, sentence);

    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(value->machine, WEIR_FAILED, status, "registry value \"%s\": %s",
                        value->first, sentence);
}

weir_status weir_registry_set(weir_machine *machine, const char *assignment)
{
    struct text_pair value = {machine, assignment, NULL};
    return machine_call(machine, registry_body, &value);
}

weir_status weir_attach(weir_machine *machine, const char *name)
{
    NTSTATUS status = nt_attach(name);

    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(
        machine, WEIR_USAGE, status,
        "thread \"%s\" cannot join: on the simulated host the machine belongs to the "
        "thread that started it",
        name);
}

void weir_detach(weir_machine *machine)
{
    (void)machine;
    nt_detach();
}
