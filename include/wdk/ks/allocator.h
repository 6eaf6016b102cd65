/* Kernel streaming: allocators and their framing.
 * KSALLOCATOR_FRAMING is the request that creates one; KSALLOCATOR_FRAMING_EX is what a pin
 * declares, a list of memory types with ranges and weights. FileAlignment is a mask. */
#ifndef WEIR_WDK_KS_ALLOCATOR_H
#define WEIR_WDK_KS_ALLOCATOR_H

/* Requirement flags (queries) and option flags (creation) of an allocator. */
#define KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER 0x00000001
#define KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY    0x00000002
#define KSALLOCATOR_REQUIREMENTF_FRAME_INTEGRITY  0x00000004
#define KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE    0x00000008
#define KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY 0x80000000
#define KSALLOCATOR_OPTIONF_COMPATIBLE            0x00000001
#define KSALLOCATOR_OPTIONF_SYSTEM_MEMORY         0x00000002
#define KSALLOCATOR_OPTIONF_VALID                 0x00000003

/* Flags of a framing item, for pipes. */
#define KSALLOCATOR_FLAG_PARTIAL_READ_SUPPORT      0x00000010
#define KSALLOCATOR_FLAG_DEVICE_SPECIFIC           0x00000020
#define KSALLOCATOR_FLAG_CAN_ALLOCATE              0x00000040
#define KSALLOCATOR_FLAG_INSIST_ON_FRAMESIZE_RATIO 0x00000080
#define KSALLOCATOR_FLAG_NO_FRAME_INTEGRITY        0x00000100
#define KSALLOCATOR_FLAG_MULTIPLE_OUTPUT           0x00000200
#define KSALLOCATOR_FLAG_CYCLE                     0x00000400
#define KSALLOCATOR_FLAG_ALLOCATOR_EXISTS          0x00000800
#define KSALLOCATOR_FLAG_INDEPENDENT_RANGES        0x00001000
#define KSALLOCATOR_FLAG_ATTENTION_STEPPING        0x00002000

/* The request that creates an allocator; also the simple form of a pin's requirements. */
typedef struct {
    union {
        ULONG OptionsFlags;
        ULONG RequirementsFlags;
    };
    POOL_TYPE PoolType;
    ULONG Frames;
    ULONG FrameSize;
    union {
        ULONG FileAlignment;
        LONG FramePitch;
    };
    ULONG Reserved;
} KSALLOCATOR_FRAMING, *PKSALLOCATOR_FRAMING;

/* Callbacks of an allocator that the default implementation calls. */
typedef PVOID(NTAPI *PFNKSDEFAULTALLOCATE)(PVOID Context);
typedef VOID(NTAPI *PFNKSDEFAULTFREE)(PVOID Context, PVOID Buffer);
typedef NTSTATUS(NTAPI *PFNKSINITIALIZEALLOCATOR)(PVOID InitialContext,
                                                  PKSALLOCATOR_FRAMING AllocatorFraming,
                                                  PVOID *Context);
typedef VOID(NTAPI *PFNKSDELETEALLOCATOR)(PVOID Context);

/* Sizes of a frame: from Min to Max by Stepping. */
typedef struct {
    ULONG MinFrameSize;
    ULONG MaxFrameSize;
    ULONG Stepping;
} KS_FRAMING_RANGE, *PKS_FRAMING_RANGE;

typedef struct {
    KS_FRAMING_RANGE Range;
    ULONG InPlaceWeight;
    ULONG NotInPlaceWeight;
} KS_FRAMING_RANGE_WEIGHTED, *PKS_FRAMING_RANGE_WEIGHTED;

typedef struct {
    ULONG RatioNumerator;
    ULONG RatioDenominator;
    ULONG RatioConstantMargin;
} KS_COMPRESSION, *PKS_COMPRESSION;

/* One memory type that a pin can work with. */
typedef struct {
    GUID MemoryType;
    GUID BusType;
    ULONG MemoryFlags;
    ULONG BusFlags;
    ULONG Flags;
    ULONG Frames;
    union {
        ULONG FileAlignment;
        LONG FramePitch;
    };
    ULONG MemoryTypeWeight;
    KS_FRAMING_RANGE PhysicalRange;
    KS_FRAMING_RANGE_WEIGHTED FramingRange;
} KS_FRAMING_ITEM, *PKS_FRAMING_ITEM;

/* All that a pin says about its allocator; CountItems framing items follow each other. */
typedef struct {
    ULONG CountItems;
    ULONG PinFlags;
    KS_COMPRESSION OutputCompression;
    ULONG PinWeight;
    KS_FRAMING_ITEM FramingItem[1];
} KSALLOCATOR_FRAMING_EX, *PKSALLOCATOR_FRAMING_EX;

#define KSMEMORY_TYPE_WILDCARD GUID_NULL

#define STATIC_KSMEMORY_TYPE_WILDCARD STATIC_GUID_NULL

#define KSMEMORY_TYPE_DONT_CARE GUID_NULL

#define STATIC_KSMEMORY_TYPE_DONT_CARE STATIC_GUID_NULL

#define KS_TYPE_DONT_CARE GUID_NULL

#define STATIC_KS_TYPE_DONT_CARE STATIC_GUID_NULL

/* Types of memory that a framing item can name. */
#define STATIC_KSMEMORY_TYPE_SYSTEM                                                                \
    0x091bb638, 0x603f, 0x11d1, 0xb0, 0x67, 0x00, 0xa0, 0xc9, 0x06, 0x28, 0x02
DEFINE_GUIDEX(KSMEMORY_TYPE_SYSTEM);
#define KSMEMORY_TYPE_SYSTEM DEFINE_GUIDNAMED(KSMEMORY_TYPE_SYSTEM)

#define STATIC_KSMEMORY_TYPE_USER                                                                  \
    0x8cb0fc28, 0x7893, 0x11d1, 0xb0, 0x69, 0x00, 0xa0, 0xc9, 0x06, 0x28, 0x02
DEFINE_GUIDEX(KSMEMORY_TYPE_USER);
#define KSMEMORY_TYPE_USER DEFINE_GUIDNAMED(KSMEMORY_TYPE_USER)

#define STATIC_KSMEMORY_TYPE_KERNEL_PAGED                                                          \
    0xd833f8f8, 0x7894, 0x11d1, 0xb0, 0x69, 0x00, 0xa0, 0xc9, 0x06, 0x28, 0x02
DEFINE_GUIDEX(KSMEMORY_TYPE_KERNEL_PAGED);
#define KSMEMORY_TYPE_KERNEL_PAGED DEFINE_GUIDNAMED(KSMEMORY_TYPE_KERNEL_PAGED)

#define STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED                                                       \
    0x4a6d5fc4, 0x7895, 0x11d1, 0xb0, 0x69, 0x00, 0xa0, 0xc9, 0x06, 0x28, 0x02
DEFINE_GUIDEX(KSMEMORY_TYPE_KERNEL_NONPAGED);
#define KSMEMORY_TYPE_KERNEL_NONPAGED DEFINE_GUIDNAMED(KSMEMORY_TYPE_KERNEL_NONPAGED)

#define STATIC_KSMEMORY_TYPE_DEVICE_UNKNOWN                                                        \
    0x091bb639, 0x603f, 0x11d1, 0xb0, 0x67, 0x00, 0xa0, 0xc9, 0x06, 0x28, 0x02
DEFINE_GUIDEX(KSMEMORY_TYPE_DEVICE_UNKNOWN);
#define KSMEMORY_TYPE_DEVICE_UNKNOWN DEFINE_GUIDNAMED(KSMEMORY_TYPE_DEVICE_UNKNOWN)

/* Define a constant framing with one item. MemoryType is given with STATICGUIDOF. */
#define DECLARE_SIMPLE_FRAMING_EX(FramingExName, MemoryType, Flags, Frames, Alignment,             \
                                  MinFrameSize, MaxFrameSize)                                      \
    const KSALLOCATOR_FRAMING_EX FramingExName = {1,                                               \
                                                  0,                                               \
                                                  {1, 1, 0},                                       \
                                                  0,                                               \
                                                  {{MemoryType,                                    \
                                                    STATIC_KS_TYPE_DONT_CARE,                      \
                                                    0,                                             \
                                                    0,                                             \
                                                    Flags,                                         \
                                                    Frames,                                        \
                                                    Alignment,                                     \
                                                    0,                                             \
                                                    {0, 0xFFFFFFFFU, 1},                           \
                                                    {{MinFrameSize, MaxFrameSize, 1}, 0, 0}}}}

#define SetDefaultKsCompression(KsCompressionPointer)                                              \
    {                                                                                              \
        KsCompressionPointer->RatioNumerator = 1;                                                  \
        KsCompressionPointer->RatioDenominator = 1;                                                \
        KsCompressionPointer->RatioConstantMargin = 0;                                             \
    }

#define SetDontCareKsFramingRange(KsFramingRangePointer)                                           \
    {                                                                                              \
        KsFramingRangePointer->MinFrameSize = 0;                                                   \
        KsFramingRangePointer->MaxFrameSize = 0xFFFFFFFFU;                                         \
        KsFramingRangePointer->Stepping = 1;                                                       \
    }

#define SetKsFramingRange(KsFramingRangePointer, P_MinFrameSize, P_MaxFrameSize)                   \
    {                                                                                              \
        KsFramingRangePointer->MinFrameSize = P_MinFrameSize;                                      \
        KsFramingRangePointer->MaxFrameSize = P_MaxFrameSize;                                      \
        KsFramingRangePointer->Stepping = 1;                                                       \
    }

#define SetKsFramingRangeWeighted(KsFramingRangeWeightedPointer, P_MinFrameSize, P_MaxFrameSize)   \
    {                                                                                              \
        KS_FRAMING_RANGE *KsFramingRange = &KsFramingRangeWeightedPointer->Range;                  \
        SetKsFramingRange(KsFramingRange, P_MinFrameSize, P_MaxFrameSize);                         \
        KsFramingRangeWeightedPointer->InPlaceWeight = 0;                                          \
        KsFramingRangeWeightedPointer->NotInPlaceWeight = 0;                                       \
    }

/* Fill a framing with one item at run time. */
#define INITIALIZE_SIMPLE_FRAMING_EX(FramingExPointer, P_MemoryType, P_Flags, P_Frames,            \
                                     P_Alignment, P_MinFrameSize, P_MaxFrameSize)                  \
    {                                                                                              \
        KS_COMPRESSION *KsCompression = &FramingExPointer->OutputCompression;                      \
        KS_FRAMING_RANGE *KsFramingRange = &FramingExPointer->FramingItem[0].PhysicalRange;        \
        KS_FRAMING_RANGE_WEIGHTED *KsFramingRangeWeighted =                                        \
            &FramingExPointer->FramingItem[0].FramingRange;                                        \
        FramingExPointer->CountItems = 1;                                                          \
        FramingExPointer->PinFlags = 0;                                                            \
        SetDefaultKsCompression(KsCompression);                                                    \
        FramingExPointer->PinWeight = 0;                                                           \
        FramingExPointer->FramingItem[0].MemoryType = P_MemoryType;                                \
        FramingExPointer->FramingItem[0].BusType = KS_TYPE_DONT_CARE;                              \
        FramingExPointer->FramingItem[0].MemoryFlags = 0;                                          \
        FramingExPointer->FramingItem[0].BusFlags = 0;                                             \
        FramingExPointer->FramingItem[0].Flags = P_Flags;                                          \
        FramingExPointer->FramingItem[0].Frames = P_Frames;                                        \
        FramingExPointer->FramingItem[0].FileAlignment = P_Alignment;                              \
        FramingExPointer->FramingItem[0].MemoryTypeWeight = 0;                                     \
        SetDontCareKsFramingRange(KsFramingRange);                                                 \
        SetKsFramingRangeWeighted(KsFramingRangeWeighted, P_MinFrameSize, P_MaxFrameSize);         \
    }

#define STATIC_KSEVENTSETID_StreamAllocator                                                        \
    0x75d95571, 0x073c, 0x11d0, 0xa1, 0x61, 0x00, 0x20, 0xaf, 0xd1, 0x56, 0xe4
DEFINE_GUIDEX(KSEVENTSETID_StreamAllocator);
#define KSEVENTSETID_StreamAllocator DEFINE_GUIDNAMED(KSEVENTSETID_StreamAllocator)

typedef enum {
    KSEVENT_STREAMALLOCATOR_INTERNAL_FREEFRAME,
    KSEVENT_STREAMALLOCATOR_FREEFRAME
} KSEVENT_STREAMALLOCATOR;

#define STATIC_KSMETHODSETID_StreamAllocator                                                       \
    0xcf6e4341, 0xec87, 0x11cf, 0xa1, 0x30, 0x00, 0x20, 0xaf, 0xd1, 0x56, 0xe4
DEFINE_GUIDEX(KSMETHODSETID_StreamAllocator);
#define KSMETHODSETID_StreamAllocator DEFINE_GUIDNAMED(KSMETHODSETID_StreamAllocator)

typedef enum {
    KSMETHOD_STREAMALLOCATOR_ALLOC,
    KSMETHOD_STREAMALLOCATOR_FREE
} KSMETHOD_STREAMALLOCATOR;

#define DEFINE_KSMETHOD_ITEM_STREAMALLOCATOR_ALLOC(Handler)                                        \
    DEFINE_KSMETHOD_ITEM(KSMETHOD_STREAMALLOCATOR_ALLOC, KSMETHOD_TYPE_WRITE, (Handler),           \
                         sizeof(KSMETHOD), sizeof(PVOID), NULL)

#define DEFINE_KSMETHOD_ITEM_STREAMALLOCATOR_FREE(Handler)                                         \
    DEFINE_KSMETHOD_ITEM(KSMETHOD_STREAMALLOCATOR_FREE, KSMETHOD_TYPE_READ, (Handler),             \
                         sizeof(KSMETHOD), sizeof(PVOID), NULL)

#define DEFINE_KSMETHOD_ALLOCATORSET(AllocatorSet, MethodAlloc, MethodFree)                        \
    DEFINE_KSMETHOD_TABLE(AllocatorSet)                                                            \
    {                                                                                              \
        DEFINE_KSMETHOD_ITEM_STREAMALLOCATOR_ALLOC(MethodAlloc),                                   \
            DEFINE_KSMETHOD_ITEM_STREAMALLOCATOR_FREE(MethodFree)                                  \
    }

#define STATIC_KSPROPSETID_StreamAllocator                                                         \
    0xcf6e4342, 0xec87, 0x11cf, 0xa1, 0x30, 0x00, 0x20, 0xaf, 0xd1, 0x56, 0xe4
DEFINE_GUIDEX(KSPROPSETID_StreamAllocator);
#define KSPROPSETID_StreamAllocator DEFINE_GUIDNAMED(KSPROPSETID_StreamAllocator)

typedef enum {
    KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE,
    KSPROPERTY_STREAMALLOCATOR_STATUS
} KSPROPERTY_STREAMALLOCATOR;

#define DEFINE_KSPROPERTY_ITEM_STREAMALLOCATOR_FUNCTIONTABLE(Handler)                              \
    DEFINE_KSPROPERTY_ITEM(KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE, (Handler),                    \
                           sizeof(KSPROPERTY), sizeof(KSSTREAMALLOCATOR_FUNCTIONTABLE), NULL,      \
                           NULL, 0, NULL, NULL, 0)

#define DEFINE_KSPROPERTY_ITEM_STREAMALLOCATOR_STATUS(Handler)                                     \
    DEFINE_KSPROPERTY_ITEM(KSPROPERTY_STREAMALLOCATOR_STATUS, (Handler), sizeof(KSPROPERTY),       \
                           sizeof(KSSTREAMALLOCATOR_STATUS), NULL, NULL, 0, NULL, NULL, 0)

#define DEFINE_KSPROPERTY_ALLOCATORSET(AllocatorSet, PropFunctionTable, PropStatus)                \
    DEFINE_KSPROPERTY_TABLE(AllocatorSet)                                                          \
    {                                                                                              \
        DEFINE_KSPROPERTY_ITEM_STREAMALLOCATOR_STATUS(PropStatus),                                 \
            DEFINE_KSPROPERTY_ITEM_STREAMALLOCATOR_FUNCTIONTABLE(PropFunctionTable)                \
    }

typedef NTSTATUS(NTAPI *PFNALLOCATOR_ALLOCATEFRAME)(PFILE_OBJECT FileObject, PVOID *Frame);
typedef VOID(NTAPI *PFNALLOCATOR_FREEFRAME)(PFILE_OBJECT FileObject, PVOID Frame);

typedef struct {
    PFNALLOCATOR_ALLOCATEFRAME AllocateFrame;
    PFNALLOCATOR_FREEFRAME FreeFrame;
} KSSTREAMALLOCATOR_FUNCTIONTABLE, *PKSSTREAMALLOCATOR_FUNCTIONTABLE;

typedef struct {
    KSALLOCATOR_FRAMING Framing;
    ULONG AllocatedFrames;
    ULONG Reserved;
} KSSTREAMALLOCATOR_STATUS, *PKSSTREAMALLOCATOR_STATUS;

typedef struct {
    KSALLOCATOR_FRAMING_EX Framing;
    ULONG AllocatedFrames;
    ULONG Reserved;
} KSSTREAMALLOCATOR_STATUS_EX, *PKSSTREAMALLOCATOR_STATUS_EX;

#endif
