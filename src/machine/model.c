/* Device models: from weir.h's struct weir_model to a device on the simulated bus. Part of weir.h.
 */
#include "inside.h"
#include "bus/bus.h"
#include "host/host.h"

#include <stdlib.h>

struct weir_bus {
    struct bus_device *device;
    const struct weir_model *model;
    void *instance;
};

struct model {
    struct model *next;
    struct host_image *image;
};

static uint64_t model_read(void *context, unsigned window, uint32_t offset, unsigned width)
{
    weir_bus *bus = context;
    return bus->model->read(bus->instance, window, offset, width);
}

static void model_write(void *context, unsigned window, uint32_t offset, unsigned width,
                        uint64_t value)
{
    weir_bus *bus = context;
    bus->model->write(bus->instance, window, offset, width, value);
}

static void model_power(void *context, unsigned d_state)
{
    weir_bus *bus = context;
    if (bus->model->power)
        bus->model->power(bus->instance, d_state);
}

static void model_removed(void *context)
{
    weir_bus *bus = context;
    if (bus->model->removed)
        bus->model->removed(bus->instance);
}

static struct bus_model to_bus_model(weir_bus *bus)
{
    const struct weir_model *model = bus->model;
    struct bus_model out = {.context = bus,
                            .windows = model->windows,
                            .lines = model->lines,
                            .bus_master = model->bus_master,
                            .read = model_read,
                            .write = model_write,
                            .power = model_power,
                            .removed = model_removed};

    for (unsigned i = 0; i < model->windows && i < BUS_WINDOWS_MAX; i++) {
        out.window_bytes[i] = model->window_bytes[i];
        out.window_memory[i] = model->window_memory[i];
    }
    return out;
}

weir_status machine_bus_create(weir_machine *machine, const struct weir_model *model,
                               weir_bus **result)
{
    weir_bus *bus = calloc(1, sizeof(*bus));

    if (!bus)
        return machine_fail(machine, WEIR_NO_MEMORY, 0, "no memory for a device model");
    bus->model = model;
    struct bus_model wanted = to_bus_model(bus);
    bus->device = bus_device_create(&wanted);
    if (bus->device)
        bus->instance = model->create(bus);
    if (!bus->instance) {
        if (bus->device)
            bus_device_destroy(bus->device);
        free(bus);
        return machine_fail(
            machine, WEIR_FAILED, 0, "the device model \"%s\" was refused: %s", model->name,
            "its create returned NULL, or it has too many or empty windows or lines");
    }
    *result = bus;
    return WEIR_OK;
}

void machine_bus_destroy(weir_bus *bus)
{
    bus_device_destroy(bus->device);
    bus->model->destroy(bus->instance);
    free(bus);
}

const struct hal_resources *machine_bus_resources(weir_bus *bus)
{
    return bus_device_resources(bus->device);
}

weir_status weir_model_load(weir_machine *machine, const char *path,
                            const struct weir_model **result)
{
    char error[HOST_ERROR_BYTES] = "";
    struct model *model = calloc(1, sizeof(*model));

    if (!model)
        return machine_fail(machine, WEIR_NO_MEMORY, 0, "no memory for a device model");
    model->image = host_image_open(path, error);
    const struct weir_model *found =
        model->image ? host_image_symbol(model->image, WEIR_MODEL_SYMBOL) : NULL;
    if (!found) {
        if (model->image)
            host_image_close(model->image);
        bool opened = model->image != NULL;
        free(model);
        return machine_fail(machine, WEIR_FAILED, 0, "%s is no device model: %s", path,
                            opened ? "it does not export " WEIR_MODEL_SYMBOL : error);
    }
    model->next = machine->models;
    machine->models = model;
    *result = found;
    return WEIR_OK;
}

void machine_unload_models(weir_machine *machine)
{
    while (machine->models) {
        struct model *model = machine->models;
        machine->models = model->next;
        host_image_close(model->image);
        free(model);
    }
}

/* --- the model's side of the bus ----------------------------------------------------- */

void weir_bus_interrupt(weir_bus *bus, unsigned line, bool asserted)
{
    if (asserted)
        bus_interrupt_assert(bus->device, line);
    else
        bus_interrupt_clear(bus->device, line);
}

void *weir_bus_memory(weir_bus *bus, unsigned window)
{
    return bus_window_memory(bus->device, window);
}

bool weir_bus_read(weir_bus *bus, uint64_t bus_address, void *to, size_t bytes)
{
    return bus_dma_read(bus->device, bus_address, to, bytes);
}

bool weir_bus_write(weir_bus *bus, uint64_t bus_address, const void *from, size_t bytes)
{
    return bus_dma_write(bus->device, bus_address, from, bytes);
}

/* The bus knows 0 as "stop"; a delay of 0 is as short as can be. */
void weir_bus_timer(weir_bus *bus, int64_t delay, void (*expired)(void *context), void *context)
{
    uint64_t when = delay < 0 ? 0 : delay == 0 ? 1 : (uint64_t)delay;
    bus_timer_set(bus->device, when, expired, context);
}

int64_t weir_bus_time(weir_bus *bus)
{
    (void)bus;
    return (int64_t)bus_time_100ns();
}
