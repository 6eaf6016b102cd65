/* The bench driver's own header. bench.c: filters and pins; circuit.c: frames through them;
 * pool.c: the renderers' allocators under load; threads.c: two threads that start together. */
#ifndef BENCH_H
#define BENCH_H

#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "bench_request.h"

#define BENCH_TAG 'hcnB'

typedef struct _BENCH_PROPERTY {
    KSPROPERTY Property;
    BENCH_REQUEST Request;
} BENCH_PROPERTY, *PBENCH_PROPERTY;

/* circuit.c */
NTSTATUS BenchSourceProcess(PKSPIN Pin);
NTSTATUS BenchPassProcess(PKSPIN Pin);
NTSTATUS BenchRendererProcess(PKSPIN Pin);
NTSTATUS BenchGetCircuit(PIRP Irp, PKSIDENTIFIER Request, PVOID Data);

/* pool.c */
NTSTATUS BenchGetAllocator(PIRP Irp, PKSIDENTIFIER Request, PVOID Data);

/* vendor.c: eight frames made once, and a bit for each that is free. */
extern const KSALLOCATOR_DISPATCH BenchVendorAllocator;

/* threads.c: what each of two threads does, once both are there. */
typedef NTSTATUS BENCH_WORK(PVOID Context);
NTSTATUS BenchTogether(BENCH_WORK *First, BENCH_WORK *Second, PVOID Context,
                       unsigned long long *Nanoseconds);
unsigned long long BenchNanoseconds(void);
void BenchGiveWay(void); /* another thread has something to do first */

#endif
