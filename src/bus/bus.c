/* The simulated bus: one object per device, its windows, lines, domain and timer.
 * Lock: timer_lock guards what the timer calls, a leaf; the hal's parts have theirs. The model's
 * callbacks run without any.
 * Interface: bus.h.
 * Invariant: after bus_device_destroy no callback of the model runs. */
#include <ntifs.h>

#include "bus/bus.h"
#include "host/host.h"
#include "nt/hal.h"
#include "nt/ob.h"

C_ASSERT((int)BUS_WINDOWS_MAX == (int)HAL_WINDOWS_MAX && (int)BUS_LINES_MAX == (int)HAL_LINES_MAX);

struct bus_window {
    struct bus_device *device;
    unsigned index;
};

struct bus_device {
    struct bus_model model;
    struct hal_resources resources;
    struct bus_window windows[BUS_WINDOWS_MAX];
    struct hal_timer *timer;
    struct host_lock timer_lock;
    void (*expired)(void *context);
    void *expired_context;
    uint64_t dma_faults;
    bool removed; /* written once, at surprise removal; atomic, for any thread reads it */
};

static uint64_t window_read(void *context, uint64_t offset, unsigned width)
{
    struct bus_window *window = context;
    const struct bus_model *model = &window->device->model;
    return model->read(model->context, window->index, (uint32_t)offset, width);
}

static void window_write(void *context, uint64_t offset, unsigned width, uint64_t value)
{
    struct bus_window *window = context;
    const struct bus_model *model = &window->device->model;
    model->write(model->context, window->index, (uint32_t)offset, width, value);
}

static void timer_expired(void *context)
{
    struct bus_device *device = context;
    host_lock_acquire(&device->timer_lock);
    void (*expired)(void *) = device->expired;
    void *expired_context = device->expired_context;
    host_lock_release(&device->timer_lock);
    if (expired)
        expired(expired_context);
}

static void on_power(void *context, unsigned d_state)
{
    struct bus_device *device = context;
    if (device->model.power)
        device->model.power(device->model.context, d_state);
}

static bool is_removed(const struct bus_device *device)
{
    return __atomic_load_n(&device->removed, __ATOMIC_ACQUIRE);
}

static void on_removed(void *context)
{
    struct bus_device *device = context;
    __atomic_store_n(&device->removed, true, __ATOMIC_RELEASE);
    hal_timer_stop(device->timer);
    for (unsigned i = 0; i < device->resources.lines; i++)
        hal_line_clear(device->resources.line[i]);
    if (device->model.removed)
        device->model.removed(device->model.context);
}

static bool model_is_sound(const struct bus_model *model)
{
    if (model->windows > BUS_WINDOWS_MAX || model->lines > BUS_LINES_MAX)
        return false;
    for (unsigned i = 0; i < model->windows; i++) {
        bool callbacks = model->read && model->write;
        if (!model->window_bytes[i] || (!callbacks && !model->window_memory[i]))
            return false;
    }
    return true;
}

static bool create_parts(struct bus_device *device)
{
    struct hal_resources *resources = &device->resources;
    for (unsigned i = 0; i < device->model.windows; i++) {
        device->windows[i] = (struct bus_window){device, i};
        uint32_t bytes = device->model.window_bytes[i];
        resources->window[i] =
            device->model.window_memory[i]
                ? hal_window_create_memory(bytes)
                : hal_window_create(bytes, window_read, window_write, &device->windows[i]);
        if (!resources->window[i])
            return false;
        resources->windows++;
    }
    for (unsigned i = 0; i < device->model.lines; i++) {
        resources->line[i] = hal_line_create(0);
        if (!resources->line[i])
            return false;
        resources->lines++;
    }
    if (device->model.bus_master)
        resources->domain = hal_domain_create();
    device->timer = hal_timer_create(timer_expired, device);
    return device->timer && (resources->domain || !device->model.bus_master);
}

struct bus_device *bus_device_create(const struct bus_model *model)
{
    if (!model_is_sound(model))
        return NULL;
    struct bus_device *device = nt_allocate(sizeof *device);
    if (!device)
        return NULL;
    device->model = *model;
    device->resources.power = on_power;
    device->resources.removed = on_removed;
    device->resources.context = device;
    if (!create_parts(device)) {
        bus_device_destroy(device);
        return NULL;
    }
    return device;
}

void bus_device_destroy(struct bus_device *device)
{
    struct hal_resources *resources = &device->resources;
    if (device->timer)
        hal_timer_destroy(device->timer);
    for (unsigned i = 0; i < resources->windows; i++)
        hal_window_destroy(resources->window[i]);
    for (unsigned i = 0; i < resources->lines; i++)
        hal_line_destroy(resources->line[i]);
    if (resources->domain)
        hal_domain_destroy(resources->domain);
    nt_free(device);
}

void bus_device_set_context(struct bus_device *device, void *context)
{
    device->model.context = context;
}

const struct hal_resources *bus_device_resources(const struct bus_device *device)
{
    return &device->resources;
}

void bus_interrupt_assert(struct bus_device *device, unsigned line)
{
    if (line >= device->resources.lines || is_removed(device))
        return;
    hal_line_assert(device->resources.line[line]);
    if (is_removed(device)) /* meanwhile: nothing would clear it any more */
        hal_line_clear(device->resources.line[line]);
}

void bus_interrupt_clear(struct bus_device *device, unsigned line)
{
    if (line < device->resources.lines)
        hal_line_clear(device->resources.line[line]);
}

void *bus_window_memory(struct bus_device *device, unsigned window)
{
    return window < device->resources.windows ? hal_window_memory(device->resources.window[window])
                                              : NULL;
}

static bool dma_allowed(struct bus_device *device, uint64_t address, size_t bytes, const char *verb)
{
    struct hal_domain *domain = device->resources.domain;
    if (domain && !is_removed(device) && hal_domain_allows(domain, address, bytes))
        return true;
    if (is_removed(device)) /* also while hal_domain_allows looked: no master is left to blame */
        return false;
    char line[160];
    size_t length = ke_format(
        line, sizeof line,
        "weir: DMA fault: the device %s %zu bytes at 0x%llx, which is not mapped for it\n", verb,
        bytes, (unsigned long long)address);
    __atomic_add_fetch(&device->dma_faults, 1, __ATOMIC_RELAXED);
    host_log(line, length);
    return false;
}

bool bus_dma_read(struct bus_device *device, uint64_t bus_address, void *to, size_t bytes)
{
    return dma_allowed(device, bus_address, bytes, "reads") &&
           hal_memory_read(bus_address, to, bytes);
}

bool bus_dma_write(struct bus_device *device, uint64_t bus_address, const void *from, size_t bytes)
{
    return dma_allowed(device, bus_address, bytes, "writes") &&
           hal_memory_write(bus_address, from, bytes);
}

uint64_t bus_dma_faults(const struct bus_device *device)
{
    return __atomic_load_n(&device->dma_faults, __ATOMIC_RELAXED);
}

void bus_timer_set(struct bus_device *device, uint64_t delay_100ns, void (*expired)(void *context),
                   void *context)
{
    hal_timer_stop(device->timer);
    host_lock_acquire(&device->timer_lock);
    device->expired = expired;
    device->expired_context = context;
    host_lock_release(&device->timer_lock);
    if (!delay_100ns || is_removed(device))
        return;
    hal_timer_set(device->timer, delay_100ns);
    if (is_removed(device)) /* meanwhile: it would be the last sign of a device that is gone */
        hal_timer_stop(device->timer);
}

uint64_t bus_time_100ns(void)
{
    return hal_time_100ns();
}
