/* From a spec to open pins: devices first, then links from the sources towards the sinks, then what
 * is left over. */
#include "tool/run.h"

#include <string.h>

static struct run_end *end_add(struct run *run, enum end_role role, weir_pin *pin,
                               const char *label)
{
    struct run_end *end = &run->end[run->ends++];
    struct weir_format format;

    *end = (struct run_end){.role = role, .pin = pin, .label = label};
    if (weir_pin_format(pin, &format) == WEIR_OK) {
        media_of_format(&format, &end->media);
        weir_format_text(&format, end->format, sizeof end->format);
    }
    return end;
}

static const char *name_of(const struct run *run, unsigned element)
{
    return run->spec.element[element].name;
}

/* --- which pin ------------------------------------------------------------------------------- */

static bool usable(const struct run *run, unsigned element, const struct weir_pin_facts *facts,
                   enum weir_flow flow)
{
    if (facts->flow != flow || facts->communication == WEIR_COM_NONE ||
        facts->communication == WEIR_COM_BRIDGE)
        return false;
    bool used = facts->id < 64 && run->element[element].used & UINT64_C(1) << facts->id;
    return !used;
}

/* The pin that is named, else the first of the flow that is free. -1: none (told unless `quiet`);
 * -2: told. */
static int pin_choose(struct run *run, unsigned element, enum weir_flow flow, int named, bool quiet)
{
    weir_filter *filter = run->element[element].filter;
    const struct spec_element *spec = &run->spec.element[element];
    struct weir_pin_facts facts;
    unsigned count = 0;

    if (named == SPEC_ANY)
        named = flow == WEIR_OUT ? spec->out : spec->in;
    weir_filter_pins(filter, &count);
    if (named != SPEC_ANY && (unsigned)named >= count) {
        tool_error("%s has no pin %d: it has %u pin%s (`weir inspect %s` lists them)", spec->path,
                   named, count, count == 1 ? "" : "s", spec->path);
        return -2;
    }
    for (unsigned id = named == SPEC_ANY ? 0 : (unsigned)named; id < count; id++) {
        if (weir_filter_pin(filter, id, &facts) != WEIR_OK)
            continue;
        if (named != SPEC_ANY && facts.flow == flow)
            return named;
        if (named != SPEC_ANY)
            break;
        if (usable(run, element, &facts, flow))
            return (int)id;
    }
    if (named != SPEC_ANY) {
        tool_error("%s: pin %d is an %s pin, and an %s pin is wanted here", spec->path, named,
                   flow == WEIR_OUT ? "input" : "output", flow == WEIR_OUT ? "output" : "input");
        return -2;
    }
    if (!quiet)
        tool_error("%s has no free %s pin for this link (`weir inspect %s` lists its pins)",
                   spec->path, flow == WEIR_OUT ? "output" : "input", spec->path);
    return -1;
}

static void pin_used(struct run *run, unsigned element, unsigned id, weir_pin *pin)
{
    run->pin[run->pins++] = (struct run_pin){element, id, pin};
    if (id < 64)
        run->element[element].used |= UINT64_C(1) << id;
}

/* --- links between drivers ----------------------------------------------------------- */

static void say_format(struct run *run, const char *what, weir_pin *pin)
{
    struct weir_format format;
    char text[256];

    if (!run->options.verbose || weir_pin_format(pin, &format) != WEIR_OK)
        return;
    weir_format_text(&format, text, sizeof text);
    live_log(NULL, text_format("weir: %s: %s", what, text));
}

static void input_is(struct run *run, unsigned element, weir_pin *pin, bool written)
{
    if (run->element[element].input_pin)
        return;
    run->element[element].input_pin = pin;
    run->element[element].written = written;
    weir_pin_format(pin, &run->element[element].input);
}

struct pair {
    int from_id, to_id;
    weir_pin *from, *to;
};

/* A wish decides; else a transform passes its input's format on where both sides take that. */
static weir_status connect_pair(struct run *run, const struct spec_link *link, struct pair *pair)
{
    weir_filter *from = run->element[link->from].filter, *to = run->element[link->to].filter;
    const char *wish = run->spec.element[link->from].format;
    unsigned from_id = (unsigned)pair->from_id, to_id = (unsigned)pair->to_id;
    struct weir_format format;

    if (wish) {
        weir_status status = weir_pin_intersect(from, from_id, to, to_id, wish, &format);
        return status == WEIR_OK
                   ? weir_connect(from, from_id, to, to_id, &format, &pair->from, &pair->to)
                   : status;
    }
    if (run->element[link->from].input_pin) {
        weir_status status = weir_connect(from, from_id, to, to_id, &run->element[link->from].input,
                                          &pair->from, &pair->to);
        if (status == WEIR_OK || status == WEIR_BUGCHECK)
            return status;
    }
    return weir_connect(from, from_id, to, to_id, NULL, &pair->from, &pair->to);
}

static int connect_drivers(struct run *run, const struct spec_link *link)
{
    struct pair pair = {.from_id = pin_choose(run, link->from, WEIR_OUT, link->from_pin, false)};

    pair.to_id = pair.from_id < 0 ? -1 : pin_choose(run, link->to, WEIR_IN, link->to_pin, false);
    if (pair.to_id < 0)
        return TOOL_USAGE;
    int result = setup_fail(&run->setup, connect_pair(run, link, &pair));
    if (result != TOOL_WELL)
        return result;
    pin_used(run, link->from, (unsigned)pair.from_id, pair.from);
    pin_used(run, link->to, (unsigned)pair.to_id, pair.to);
    input_is(run, link->to, pair.to, false);
    say_format(run,
               text_format("%s pin %d > %s pin %d", name_of(run, link->from), pair.from_id,
                           name_of(run, link->to), pair.to_id),
               pair.from);
    return TOOL_WELL;
}

/* --- reading pins ---------------------------------------------------------------------------- */

/* A transform's output has its input's format where the driver takes that; a wish decides over
 * both. */
static weir_status output_open(struct run *run, unsigned element, unsigned id, weir_pin **pin)
{
    weir_filter *filter = run->element[element].filter;
    const char *wish = run->spec.element[element].format;
    struct weir_format format;

    if (wish) {
        weir_status status = weir_pin_intersect(filter, id, NULL, 0, wish, &format);
        return status == WEIR_OK ? weir_pin_open(filter, id, &format, pin) : status;
    }
    if (run->element[element].input_pin) {
        weir_status status = weir_pin_open(filter, id, &run->element[element].input, pin);
        if (status == WEIR_OK || status == WEIR_BUGCHECK)
            return status;
    }
    return weir_pin_open(filter, id, NULL, pin);
}

static int read_file(struct run *run, const struct spec_link *link)
{
    const struct spec_element *file = &run->spec.element[link->to];
    int id = pin_choose(run, link->from, WEIR_OUT, link->from_pin, false);
    struct sink *sink = text_alloc(sizeof *sink);
    weir_pin *pin;

    if (id < 0)
        return TOOL_USAGE;
    int result = setup_fail(&run->setup, output_open(run, link->from, (unsigned)id, &pin));
    if (result != TOOL_WELL)
        return result;
    pin_used(run, link->from, (unsigned)id, pin);
    const char *label = text_format("%s pin %d > %s", name_of(run, link->from), id,
                                    file->kind == SPEC_STDOUT ? "standard output" : file->path);
    struct run_end *end = end_add(run, END_READ, pin, label);
    say_format(run, label, pin);
    if (run->options.dry)
        return TOOL_WELL;
    if (!sink_open(sink, file->kind, file->path, &end->media)) {
        tool_error("%s", sink->error);
        return TOOL_FINDING;
    }
    end->sink = sink;
    return TOOL_WELL;
}

/* A driver whose output leads nowhere is read and dropped; one without outputs is watched at its
 * input. */
static int tail_open(struct run *run, unsigned element)
{
    int id = pin_choose(run, element, WEIR_OUT, SPEC_ANY, true);
    weir_pin *pin;

    if (id == -2)
        return TOOL_USAGE;
    if (id < 0) {
        if (run->element[element].input_pin && !run->element[element].written)
            end_add(run, END_WATCH, run->element[element].input_pin,
                    text_format("> %s", name_of(run, element)));
        return TOOL_WELL;
    }
    int result = setup_fail(&run->setup, output_open(run, element, (unsigned)id, &pin));
    if (result != TOOL_WELL)
        return result;
    pin_used(run, element, (unsigned)id, pin);
    const char *label = text_format("%s pin %d > nowhere (discarded)", name_of(run, element), id);
    end_add(run, END_READ, pin, label);
    say_format(run, label, pin);
    return TOOL_WELL;
}

/* --- writing pins ---------------------------------------------------------------------------- */

static const char *wanted_text(const struct source *source)
{
    const struct media *media = &source->media;

    if (media->kind == MEDIA_SOUND)
        return text_format("%s of %u Hz, %u channel%s, %u bits",
                           media->floating ? "float sound" : "PCM", media->rate, media->channels,
                           media->channels == 1 ? "" : "s", media->bits);
    const char *names = layout_name(source->layouts[0]);
    for (unsigned i = 1; source->layouts[i]; i++)
        names = text_format("%s, %s", names, layout_name(source->layouts[i]));
    return text_format("%s of %ux%u", names, media->width, media->height);
}

/* The first of the file's layouts that one of the pin's ranges allows and the driver takes. */
static bool input_open(weir_filter *filter, unsigned id, struct source *source, weir_pin **pin,
                       weir_status *status)
{
    unsigned char *room = text_alloc(MEDIA_FORMAT_BYTES);
    struct weir_format range, format;

    *status = WEIR_FAILED;
    for (unsigned i = 0; i == 0 || source->layouts[i]; i++) {
        if (source->media.kind == MEDIA_PICTURE)
            source_choose(source, source->layouts[i]);
        for (unsigned j = 0; weir_pin_range(filter, id, j, &range) == WEIR_OK; j++) {
            if (!media_to_format(&source->media, &range, room, &format))
                continue;
            *status = weir_pin_open(filter, id, &format, pin);
            if (*status == WEIR_OK || *status == WEIR_BUGCHECK)
                return *status == WEIR_OK;
        }
    }
    return false;
}

static int write_file(struct run *run, const struct spec_link *link)
{
    const struct spec_element *file = &run->spec.element[link->from];
    const char *driver = run->spec.element[link->to].path;
    struct source *source = text_alloc(sizeof *source);
    weir_filter *filter = run->element[link->to].filter;
    weir_status status;
    weir_pin *pin;

    if (!source_open(source, file->kind, file->path)) {
        tool_error("%s", source->error);
        return TOOL_FINDING;
    }
    int id = pin_choose(run, link->to, WEIR_IN, link->to_pin, false);
    if (id < 0)
        return TOOL_USAGE;
    if (!input_open(filter, (unsigned)id, source, &pin, &status)) {
        if (status == WEIR_BUGCHECK)
            return setup_fail(&run->setup, status);
        tool_error(
            "%s pin %d does not take what %s holds: %s (`weir inspect %s` lists what it takes)",
            driver, id, file->path, wanted_text(source), driver);
        return TOOL_FINDING;
    }
    pin_used(run, link->to, (unsigned)id, pin);
    input_is(run, link->to, pin, true);
    const char *label = text_format("%s > %s pin %d", file->path, name_of(run, link->to), id);
    end_add(run, END_WRITE, pin, label)->source = source;
    say_format(run, label, pin);
    return TOOL_WELL;
}

/* --- the whole ------------------------------------------------------------------------------- */

static int link_open(struct run *run, const struct spec_link *link)
{
    if (run->spec.element[link->from].kind != SPEC_DRIVER)
        return write_file(run, link);
    if (run->spec.element[link->to].kind != SPEC_DRIVER)
        return read_file(run, link);
    return connect_drivers(run, link);
}

/* May this link be opened: are all links that lead into its driver open? A ring has none such; it
 * goes in order. */
static bool link_ready(const struct run *run, uint64_t open, unsigned index)
{
    for (unsigned i = 0; i < run->spec.links; i++) {
        if (run->spec.link[i].to == run->spec.link[index].from && !(open & UINT64_C(1) << i))
            return false;
    }
    return true;
}

static int links_open(struct run *run)
{
    uint64_t open = 0;

    for (unsigned done = 0; done < run->spec.links; done++) {
        unsigned next = SPEC_LINKS_MAX;
        for (unsigned ready = 2; ready-- > 0 && next == SPEC_LINKS_MAX;) {
            for (unsigned i = 0; i < run->spec.links && next == SPEC_LINKS_MAX; i++) {
                if (!(open & UINT64_C(1) << i) && (!ready || link_ready(run, open, i)))
                    next = i;
            }
        }
        open |= UINT64_C(1) << next;
        int result = link_open(run, &run->spec.link[next]);
        if (result != TOOL_WELL)
            return result;
    }
    return TOOL_WELL;
}

static int filter_open(struct run *run, unsigned index)
{
    const struct spec_element *element = &run->spec.element[index];
    weir_device *device = run->element[index].device;
    unsigned count = 0;
    int result = setup_fail(&run->setup, weir_device_filters(device, &count));

    if (result == TOOL_WELL && element->filter >= count) {
        tool_error("%s has no filter %u: it has %u (`weir inspect %s` lists them)", element->path,
                   element->filter, count, element->path);
        return TOOL_USAGE;
    }
    if (result != TOOL_WELL)
        return result;
    return setup_fail(&run->setup, weir_filter_open(run->setup.graph, device, element->filter,
                                                    &run->element[index].filter));
}

static int filters_open(struct run *run)
{
    for (unsigned i = 0; i < run->spec.elements; i++) {
        const struct spec_element *element = &run->spec.element[i];
        if (element->kind != SPEC_DRIVER)
            continue;
        int result = setup_device(&run->setup, element->path, &run->element[i].device);
        if (result == TOOL_WELL)
            result = filter_open(run, i);
        if (result != TOOL_WELL)
            return result;
    }
    return TOOL_WELL;
}

int run_open(struct run *run)
{
    int result = filters_open(run);

    if (result == TOOL_WELL)
        result = links_open(run);
    for (unsigned i = 0; i < run->spec.elements && result == TOOL_WELL; i++) {
        if (run->spec.element[i].kind == SPEC_DRIVER && !run->spec.element[i].links_out)
            result = tail_open(run, i);
    }
    if (result == TOOL_WELL && !run->ends) {
        tool_error("no pin of the spec's drivers can be read or written from here (`weir inspect` "
                   "lists them)");
        return TOOL_USAGE;
    }
    return result;
}
