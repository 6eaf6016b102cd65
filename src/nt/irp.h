/* What lies before each IRP that IoAllocateIrp or we made (AllocationFlags has IRP_FLAG_ALLOCATED).
 * Invariant: pins > 0 keeps the memory after the final stage. */
#ifndef WEIR_NT_IRP_H
#define WEIR_NT_IRP_H

#include <ntifs.h>
#include <stdbool.h>
#include <stdint.h>

struct irp_prefix {
    struct irp_prefix *next; /* in the cache */
    uint64_t buffer_bytes;   /* room behind UserBuffer; UINT64_MAX: not known */
    LONG pins;
    bool done, cancel_seen, ledgered;
    bool local_iosb; /* UserIosb is the executive's own: no probing */
    bool on_thread;  /* in the issuer's list; written by whoever has the IRP */
    char reserved[7];
};
C_ASSERT(sizeof(struct irp_prefix) % 16 == 0 || sizeof(struct irp_prefix) == 40);

static inline struct irp_prefix *irp_prefix(PIRP irp)
{
    return (struct irp_prefix *)irp - 1;
}
static inline PIRP irp_of(struct irp_prefix *prefix)
{
    return (PIRP)(prefix + 1);
}

#endif
