/* What a run did, for people and as JSON; see run.h. */
#include "tool/run.h"

#include <string.h>

void run_leak(void *context, const struct weir_leak *leak)
{
    struct run *run = context;
    const char *place = leak->place && *leak->place ? leak->place : NULL;

    json_array_append_new(
        run->leaks, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "kind", leak->kind, "detail",
                              leak->detail, "owner", leak->owner, "place", place ? place : "",
                              "count", (json_int_t)leak->count, "bytes", (json_int_t)leak->bytes));
    run_finding(run, text_format("leak: %llu x %s %s (%llu bytes) of %s%s%s",
                                 (unsigned long long)leak->count, leak->kind, leak->detail,
                                 (unsigned long long)leak->bytes, leak->owner,
                                 place ? ", made by " : "", place ? place : ""));
}

static double seconds_of(int64_t time)
{
    return (double)time / (double)WEIR_SECOND;
}

static double rate_of(const struct run_end *end)
{
    return end->frames > 1 && end->last > end->first
               ? (double)(end->frames - 1) / seconds_of(end->last - end->first)
               : 0;
}

static uint64_t dropped(const struct run_end *end)
{
    uint64_t by_driver = end->drops > 0 ? (uint64_t)end->drops : 0;

    return by_driver > end->counts.dropped ? by_driver : end->counts.dropped;
}

static uint64_t frames_of(const struct run *run)
{
    uint64_t frames = 0;

    for (unsigned i = 0; i < run->ends; i++)
        frames += run->end[i].role == END_WRITE && run->ends > 1 ? 0 : run->end[i].frames;
    return frames;
}

static const char *role_word(enum end_role role)
{
    return role == END_READ ? "read" : role == END_WRITE ? "written" : "taken by the driver";
}

static const char *result_word(const struct run *run)
{
    if (run->exit_code == TOOL_BUGCHECK)
        return "bug check";
    if (run->exit_code == TOOL_MISSING_DDI)
        return "missing DDI";
    if (run->stalled)
        return "stall";
    if (run->exit_code == TOOL_USAGE)
        return "usage";
    return run->exit_code ? "finding" : run->interrupted ? "interrupted" : "well";
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *list_json(const struct text_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_string(list->items[i]));
    return array;
}

static json_t *end_json(const struct run_end *end)
{
    const struct weir_pin_counts *counts = &end->counts;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:b}", "name", end->label, "role",
                  role_word(end->role), "format", end->format, "frames", (json_int_t)end->frames,
                  "bytes", (json_int_t)end->bytes, "dropped", (json_int_t)dropped(end), "fps",
                  rate_of(end), "end_of_stream", end->ended);

    json_object_set_new(object, "queue",
                        json_pack("{s:I, s:I, s:I, s:I}", "received", (json_int_t)counts->received,
                                  "queued", (json_int_t)counts->queued, "completed",
                                  (json_int_t)counts->completed, "cancelled",
                                  (json_int_t)counts->cancelled));
    return object;
}

static json_t *summary_json(const struct run *run)
{
    uint64_t frames = frames_of(run);
    json_t *ends = json_array(), *drivers = json_array();

    for (unsigned i = 0; i < run->ends; i++)
        json_array_append_new(ends, end_json(&run->end[i]));
    for (unsigned i = 0; i < run->spec.elements; i++) {
        if (run->spec.element[i].kind == SPEC_DRIVER)
            json_array_append_new(drivers, json_string(run->spec.element[i].path));
    }
    json_t *whole = json_pack(
        "{s:s, s:i, s:s, s:I, s:o, s:I, s:f, s:f, s:o}", "result", result_word(run), "exit",
        run->exit_code, "host", run->setup.options.host == WEIR_SIM ? "sim" : "live", "seed",
        (json_int_t)run->setup.options.seed, "drivers", drivers, "frames", (json_int_t)frames,
        "machine_seconds", seconds_of(run->stopped - run->started), "wall_seconds",
        run->wall_seconds, "ends", ends);
    if (frames) {
        json_object_set_new(whole, "wall_us_per_frame",
                            json_real(run->wall_seconds * 1e6 / (double)frames));
        json_object_set_new(whole, "cpu_us_per_frame",
                            json_real(run->cpu_seconds * 1e6 / (double)frames));
    }
    json_object_set_new(whole, "findings", list_json(&run->findings));
    json_object_set_new(whole, "obstacles", list_json(&run->obstacles));
    json_object_set(whole, "leaks", run->leaks);
    if (run->pipes)
        json_object_set(whole, "allocators", run->pipes);
    return whole;
}

/* --- words ----------------------------------------------------------------------------------- */

static void end_print(FILE *out, const struct run_end *end)
{
    fprintf(out, "%s: %llu frame%s %s", end->label, (unsigned long long)end->frames,
            end->frames == 1 ? "" : "s", role_word(end->role));
    if (end->role != END_WATCH) /* a driver that takes frames does not say how long they were */
        fprintf(out, ", %llu bytes", (unsigned long long)end->bytes);
    if (rate_of(end) > 0)
        fprintf(out, ", %.2f fps", rate_of(end));
    fprintf(out, ", %llu dropped%s\n", (unsigned long long)dropped(end),
            end->ended ? ", end of stream" : "");
    if (end->format[0])
        fprintf(out, "    %s\n", end->format);
}

static FILE *output(const struct run *run)
{
    for (unsigned i = 0; i < run->spec.elements; i++) {
        if (run->spec.element[i].kind == SPEC_STDOUT)
            return stderr;
    }
    return stdout;
}

void run_summary_ends(const struct run *run)
{
    FILE *out = output(run);

    for (unsigned i = 0; i < run->ends && !run->options.json; i++)
        end_print(out, &run->end[i]);
    fflush(out);
}

void run_summary(const struct run *run)
{
    uint64_t frames = frames_of(run);
    FILE *out = output(run);

    if (run->options.json) {
        json_t *whole = summary_json(run);
        json_dumpf(whole, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        fputc('\n', out);
        json_decref(whole);
        return;
    }
    fprintf(out, "%s: %.3f s of machine time, %.3f s on the wall", result_word(run),
            seconds_of(run->stopped - run->started), run->wall_seconds);
    if (frames)
        fprintf(out, ", %.1f us on the wall and %.1f us of CPU a frame",
                run->wall_seconds * 1e6 / (double)frames, run->cpu_seconds * 1e6 / (double)frames);
    if (run->exit_code != TOOL_BUGCHECK) /* a frozen machine is not looked through */
        fprintf(out, "; %zu leak%s", json_array_size(run->leaks),
                json_array_size(run->leaks) == 1 ? "" : "s");
    fputc('\n', out);
    if (run->setup.options.host == WEIR_SIM && run->exit_code)
        fprintf(out, "again: %s\n", run->setup.options.reproduce);
    fflush(out);
}

void run_summary_of_nothing(struct run *run, int code)
{
    if (!run->options.json)
        return;
    run->exit_code = code;
    if (code != TOOL_BUGCHECK && !run->findings.count)
        text_list_add(&run->findings, text_format("%s", tool_last_error()));
    run_summary(run);
}
