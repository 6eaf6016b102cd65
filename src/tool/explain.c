/* Who allocates in a graph, and why. See explain.h. */
#include "tool/explain.h"

#include "tool/text.h"

#include <stdio.h>

static const char *pins_text(const struct weir_pipe *pipe)
{
    const char *text = pipe->pin_names[0];

    for (unsigned i = 1; i < pipe->pin_count; i++)
        text = text_format("%s > %s", text, pipe->pin_names[i]);
    return pipe->client ? text_format("%s and this program", text) : text;
}

static const char *kind_text(bool own)
{
    return own ? "its own allocator (KSALLOCATOR_DISPATCH)" : "the pool";
}

static const char *frames_text(const struct weir_pipe *pipe)
{
    return text_format("%u frames of %u bytes, %u-byte aligned, %s memory", pipe->frames,
                       pipe->frame_bytes, pipe->alignment, pipe->memory);
}

/* --- lines ------------------------------------------------------------------------------------ */

struct lines {
    void (*line)(void *context, const char *text);
    void *context;
    unsigned pipes;
};

static void pipe_lines(void *context, const struct weir_pipe *pipe)
{
    struct lines *lines = context;

    lines->line(lines->context, text_format("pipe %u: %s", ++lines->pipes, pins_text(pipe)));
    if (pipe->begins[0])
        lines->line(lines->context, text_format("  %s has frames of its own: %s",
                                                pipe->pin_names[0], pipe->begins));
    if (pipe->refused[0])
        lines->line(lines->context, text_format("  refused: %s", pipe->refused));
    else if (pipe->client)
        lines->line(lines->context, "  no allocator: the frames are this program's buffers");
    else if (pipe->injected)
        lines->line(lines->context,
                    text_format("  no allocator: %s submits the frames (KsPinSubmitFrame)",
                                pipe->pin_names[0]));
    for (unsigned i = 0; i < pipe->candidate_count; i++) {
        const struct weir_allocator_candidate *candidate = &pipe->candidates[i];
        if (candidate->chosen)
            lines->line(lines->context, text_format("  allocator: %s, %s: %s", candidate->name,
                                                    kind_text(candidate->own), frames_text(pipe)));
    }
    for (unsigned i = 0; i < pipe->candidate_count; i++) {
        const struct weir_allocator_candidate *candidate = &pipe->candidates[i];
        if (!candidate->chosen)
            lines->line(lines->context, text_format("  rejected: %s, %s: %s", candidate->name,
                                                    kind_text(candidate->own), candidate->reason));
    }
}

weir_status explain_lines(weir_graph *graph, void (*line)(void *context, const char *text),
                          void *context)
{
    struct lines lines = {.line = line, .context = context};

    return weir_graph_allocators(graph, pipe_lines, &lines);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void pipe_object(void *context, const struct weir_pipe *pipe)
{
    json_t *pins = json_array(), *candidates = json_array();
    json_t *object =
        json_pack("{s:o, s:b, s:b, s:s, s:s}", "pins", pins, "client", pipe->client, "injected",
                  pipe->injected, "begins", pipe->begins, "refused", pipe->refused);

    for (unsigned i = 0; i < pipe->pin_count; i++)
        json_array_append_new(pins, json_string(pipe->pin_names[i]));
    for (unsigned i = 0; i < pipe->candidate_count; i++) {
        const struct weir_allocator_candidate *candidate = &pipe->candidates[i];
        json_array_append_new(candidates,
                              json_pack("{s:s, s:b, s:b, s:s}", "pin", candidate->name, "own",
                                        candidate->own, "chosen", candidate->chosen, "reason",
                                        candidate->reason));
        if (candidate->chosen)
            json_object_set_new(object, "allocator",
                                json_pack("{s:s, s:b, s:s, s:I, s:I, s:I}", "pin", candidate->name,
                                          "own", candidate->own, "memory", pipe->memory, "frames",
                                          (json_int_t)pipe->frames, "frame_bytes",
                                          (json_int_t)pipe->frame_bytes, "alignment",
                                          (json_int_t)pipe->alignment));
    }
    json_object_set_new(object, "candidates", candidates);
    json_array_append_new(context, object);
}

json_t *explain_json(weir_graph *graph)
{
    json_t *pipes = json_array();

    if (weir_graph_allocators(graph, pipe_object, pipes) == WEIR_OK)
        return pipes;
    json_decref(pipes);
    return NULL;
}

/* --- dot -------------------------------------------------------------------------------------- */

static const char *dot_text(const char *text)
{
    const char *out = "";

    for (; *text; text++)
        out = *text == '"' || *text == '\\' ? text_format("%s\\%c", out, *text)
                                            : text_format("%s%c", out, *text);
    return out;
}

static const char *candidate_text(const struct weir_pipe *pipe,
                                  const struct weir_allocator_candidate *candidate)
{
    return candidate->chosen
               ? text_format("allocates, %s: %s", kind_text(candidate->own), frames_text(pipe))
               : text_format("rejected: %s", candidate->reason);
}

static void pipe_dot(void *context, const struct weir_pipe *pipe)
{
    unsigned number = ++*(unsigned *)context;

    printf("  subgraph cluster_%u {\n    label=\"pipe %u%s\";\n", number, number,
           pipe->refused[0] ? ": refused" : "");
    for (unsigned i = 0; i < pipe->pin_count; i++) {
        const char *label = pipe->pin_names[i];
        bool chosen = false;
        for (unsigned j = 0; j < pipe->candidate_count; j++) {
            if (pipe->candidates[j].pin != pipe->pins[i])
                continue;
            chosen = pipe->candidates[j].chosen;
            label = text_format("%s\n%s", label, candidate_text(pipe, &pipe->candidates[j]));
        }
        printf("    \"%s\" [shape=box%s, label=\"%s\"];\n", dot_text(pipe->pin_names[i]),
               chosen ? ", penwidth=2" : "", dot_text(label));
    }
    printf("  }\n");
    for (unsigned i = 1; i < pipe->pin_count; i++)
        printf("  \"%s\" -> \"%s\"%s;\n", dot_text(pipe->pin_names[i - 1]),
               dot_text(pipe->pin_names[i]), i % 2 ? "" : " [style=dashed]");
}

weir_status explain_dot(weir_graph *graph)
{
    unsigned pipes = 0;

    printf("digraph allocators {\n  rankdir=LR;\n");
    weir_status status = weir_graph_allocators(graph, pipe_dot, &pipes);
    printf("}\n");
    return status;
}
