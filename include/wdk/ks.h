/* Kernel streaming and AVStream, as minidrivers include it. The parts are under ks/, by subject:
 *   guid.h        how GUIDs are declared and defined
 *   types.h       identifiers, requests, property descriptions, event data
 *   general.h     sets of a filter: General, MediaSeeking, Topology; categories
 *   pin.h         interfaces, mediums, formats, the Pin set, pin descriptors
 *   connection.h  sets of a connected pin
 *   allocator.h   framing and allocators
 *   stream.h      stream headers, Stream and Clock sets, their events
 *   item.h        property, method, event and dispatch tables
 *   gate.h        gates        avstream.h  objects, descriptors, callbacks     com.h  interfaces
 *   function.h    KS 1.0 library functions     avfunction.h  AVStream functions
 *   newer.h       what came after Windows Vista
 * Constants and layouts are those of 64-bit Windows. */
#ifndef _KS_
#define _KS_

#include <wdm.h>
#include <windef.h>

#ifndef KSDDKAPI
#ifdef _KSDDK_
#define KSDDKAPI
#else
#define KSDDKAPI DECLSPEC_IMPORT
#endif
#endif

#ifndef SIZEOF_ARRAY
#define SIZEOF_ARRAY(ar) (sizeof(ar) / sizeof((ar)[0]))
#endif

#ifndef MAKEINTRESOURCE
#define MAKEINTRESOURCE(r) ((ULONG_PTR)(USHORT)(r))
#endif
#ifndef RT_STRING
#define RT_STRING MAKEINTRESOURCE(6)
#define RT_RCDATA MAKEINTRESOURCE(10)
#endif

#include <ks/guid.h>
#include <ks/varenum.h>
#include <ks/types.h>
#include <ks/general.h>
#include <ks/pin.h>
#include <ks/connection.h>
#include <ks/allocator.h>
#include <ks/stream.h>
#include <ks/item.h>
#include <ks/gate.h>
#include <ks/avstream.h>
#include <ks/com.h>
#include <ks/function.h>
#include <ks/avfunction.h>
#include <ks/newer.h>

/* At the head of a dispatch routine: refuse a client that is not the kernel. */
#define DENY_USERMODE_ACCESS(pIrp, CompleteRequest)                                                \
    if ((pIrp)->RequestorMode != KernelMode) {                                                     \
        (pIrp)->IoStatus.Information = 0;                                                          \
        (pIrp)->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;                                   \
        if (CompleteRequest)                                                                       \
            IoCompleteRequest((pIrp), IO_NO_INCREMENT);                                            \
        return STATUS_INVALID_DEVICE_REQUEST;                                                      \
    }

#endif
