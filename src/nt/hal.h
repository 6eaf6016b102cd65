/* What the executive gives to whoever simulates hardware (src/bus): register windows, interrupt
 * lines, physical memory, device timers. nt knows no bus; the bus knows this header.
 *
 * Words:
 *  - window: a range of physical addresses whose reads and writes are callbacks
 *  - line: a level-triggered interrupt line; asserted until its model clears it
 *  - domain: the pages that one bus master may touch; nt's DMA adapters map them there
 *
 * Lock: one host_lock per table; no callback runs under any of them.
 * Invariants:
 *  - a physical page number stands for at most one virtual page, and never equals its number
 *  - windows lie above all memory: a window of callbacks is never a page of memory; one of memory
 *    is made of the pages that its addresses say */
#ifndef WEIR_NT_HAL_H
#define WEIR_NT_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HAL_WINDOWS_MAX = 6, HAL_LINES_MAX = 4 };

/* --- register windows ------------------------------------------------------------------------ */

/* Run on the thread that touched the register, at its IRQL: they must not block. */
typedef uint64_t hal_read(void *context, uint64_t offset, unsigned width);
typedef void hal_write(void *context, uint64_t offset, unsigned width, uint64_t value);

struct hal_window;
/** NULL: no room or no memory. */
struct hal_window *hal_window_create(uint64_t bytes, hal_read *read, hal_write *write,
                                     void *context);
/** A window of plain memory, zeroed: MmMapIoSpace gives its own address. NULL: as above. */
struct hal_window *hal_window_create_memory(uint64_t bytes);
void *hal_window_memory(const struct hal_window *window); /* NULL: a window of callbacks */
/** Mappings of it that are still there read all ones from now on; memory stays until they go. */
void hal_window_destroy(struct hal_window *window);
/** After this, reads give all ones and writes go nowhere (surprise removal); memory stays as
 * it was. */
void hal_window_detach(struct hal_window *window);
uint64_t hal_window_address(const struct hal_window *window); /* physical */
uint64_t hal_window_bytes(const struct hal_window *window);

/** Register access through an address that MmMapIoSpace gave; false: no window lies there. */
bool hal_register_read(const volatile void *address, unsigned width, uint64_t *value);
bool hal_register_write(volatile void *address, unsigned width, uint64_t value);

/* --- interrupt lines ----------------------------------------------------------------- */

struct hal_line;
/** level: DIRQL, HOST_LEVEL_DEVICE_MIN .. MAX; 0: chosen. */
struct hal_line *hal_line_create(unsigned level);
void hal_line_destroy(struct hal_line *line);
uint32_t hal_line_vector(const struct hal_line *line);
unsigned hal_line_level(const struct hal_line *line);
void hal_line_assert(struct hal_line *line);
void hal_line_clear(struct hal_line *line);

/** Deliver what is asserted at `irql` on `processor`: called by the kernel's interrupt upcall at
 * that IRQL. */
void hal_deliver(unsigned processor, unsigned irql);

/* --- physical memory ----------------------------------------------------------------- */

enum { HAL_PAGE_BYTES = 4096, HAL_PAGE_SHIFT = 12 };

/** The number of the physical page behind an address; one is given to a page that has none yet. */
uint64_t hal_page_number(const volatile void *address);
/** These pages give their numbers back: what comes to their addresses gets others. */
void hal_pages_forget(const void *pages, size_t bytes);
/** The address of a physical page; NULL: no such page. */
void *hal_page_address(uint64_t page_number);
/** Whole pages whose numbers follow each other, at or below highest (physical); NULL: none. */
void *hal_contiguous_create(size_t bytes, uint64_t lowest, uint64_t highest, uint64_t boundary);
/** The same at a page number of the caller's, above all memory; NULL: no memory. */
void *hal_contiguous_create_at(size_t bytes, uint64_t first_number);
void hal_contiguous_destroy(void *pages, size_t bytes);
/** false: some of the range is no memory. */
bool hal_memory_read(uint64_t physical, void *to, size_t bytes);
bool hal_memory_write(uint64_t physical, const void *from, size_t bytes);

/* --- what a bus master may touch ----------------------------------------------------- */

struct hal_domain;
struct hal_domain *hal_domain_create(void);
void hal_domain_destroy(struct hal_domain *domain);
bool hal_domain_map(struct hal_domain *domain, uint64_t physical, size_t bytes);
void hal_domain_unmap(struct hal_domain *domain, uint64_t physical, size_t bytes);
bool hal_domain_allows(struct hal_domain *domain, uint64_t physical, size_t bytes);
uint64_t
hal_domain_pages(struct hal_domain *domain); /* page mappings alive: 0 after a clean stop */

/* --- device time --------------------------------------------------------------------- */

/* One-shot timers that expire inside the clock interrupt: they run also while every thread is at
 * DISPATCH_LEVEL, as hardware does. The callback must not block and may set its own timer again. */
struct hal_timer;
struct hal_timer *hal_timer_create(void (*expired)(void *context), void *context);
void hal_timer_destroy(struct hal_timer *timer); /* after it returns the callback does not run */
void hal_timer_set(struct hal_timer *timer, uint64_t delay_100ns); /* replaces */
void hal_timer_stop(struct hal_timer *timer);
uint64_t hal_time_100ns(void);

/** For the kernel's clock upcall: run what has expired, and say when the next is due (HOST_NEVER:
 * none). */
uint64_t hal_timers_run(uint64_t now_100ns);

/* --- what IRP_MN_START_DEVICE carries ------------------------------------------------ */

struct hal_resources {
    unsigned windows;
    struct hal_window *window[HAL_WINDOWS_MAX];
    unsigned lines;
    struct hal_line *line[HAL_LINES_MAX];
    struct hal_domain *domain; /* NULL: no bus master; DMA adapters are then refused */
    /* Told by PnP; either may be NULL. */
    void (*power)(void *context, unsigned d_state);
    void (*removed)(void *context);
    void *context;
};

void hal_start(void);
void hal_stop(void);

#endif
