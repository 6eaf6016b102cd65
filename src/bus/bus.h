/* The simulated bus: devices as models see them.
 *
 * A model (drivers/NAME/hw.c, written against weir.h) owns registers, interrupt lines and DMA. The
 * bus gives each device a range of physical addresses per register window and one or more interrupt
 * lines; START carries them as CM resource lists. Bus memory = physical addresses: RAM pages of the
 * machine are numbered through a page table (logical address != virtual address), so that a driver
 * that hands a virtual address to hardware is caught.
 * Interface: what the executive needs to know of a device is its struct hal_resources
 * (bus_device_resources, given to nt_device_add). Arrow: machine -> bus -> nt -> host.
 * Invariant: after bus_device_destroy no callback of the model runs. */
#ifndef WEIR_BUS_H
#define WEIR_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUS_WINDOWS_MAX = 6, BUS_LINES_MAX = 4 };

struct bus_device;
struct hal_resources; /* src/nt/hal.h */

/* What a model provides. Callbacks run on the thread that touched the register, at its IRQL: they
 * must not block. */
struct bus_model {
    void *context;
    unsigned windows;
    uint32_t window_bytes[BUS_WINDOWS_MAX];
    bool window_memory[BUS_WINDOWS_MAX]; /* plain memory of the device: no callbacks */
    unsigned lines;
    bool bus_master;
    uint64_t (*read)(void *context, unsigned window, uint32_t offset, unsigned width);
    void (*write)(void *context, unsigned window, uint32_t offset, unsigned width, uint64_t value);
    void (*power)(void *context, unsigned d_state); /* may be NULL */
    void (*removed)(
        void *context); /* surprise removal: reads give all ones from now on; may be NULL */
};

/** NULL: more windows or lines than the bus has, a window of no bytes or without callbacks, or no
 * memory. */
struct bus_device *bus_device_create(const struct bus_model *model);
/** After nt_device_remove. Timers are stopped first. */
void bus_device_destroy(struct bus_device *device);
/** The context that the model's callbacks get, for a model that is made after its device. Before
 * nt_device_add. */
void bus_device_set_context(struct bus_device *device, void *context);
/** For nt_device_add; valid until bus_device_destroy. */
const struct hal_resources *bus_device_resources(const struct bus_device *device);

/* For the model, from any context incl. its own timer callbacks. */
void bus_interrupt_assert(struct bus_device *device, unsigned line);
void bus_interrupt_clear(struct bus_device *device, unsigned line);
/** The device's side of a window of memory; NULL: no such window. Valid until bus_device_destroy.
 */
void *bus_window_memory(struct bus_device *device, unsigned window);
/* DMA by bus address; false (and a logged finding) where the range is not mapped for this device.
 */
bool bus_dma_read(struct bus_device *device, uint64_t bus_address, void *to, size_t bytes);
bool bus_dma_write(struct bus_device *device, uint64_t bus_address, const void *from, size_t bytes);
/** How many DMA accesses were refused since the device was made. */
uint64_t bus_dma_faults(const struct bus_device *device);
/* Device time: one-shot callback after a delay, at device level, while threads are where they are.
 * Setting replaces; delay 0 stops. A device has one timer. */
void bus_timer_set(struct bus_device *device, uint64_t delay_100ns, void (*expired)(void *context),
                   void *context);
uint64_t bus_time_100ns(void);

#endif
