/* Small facts that several parts share: IRQLs, access masks, handles, times, forward names of the
 * big objects. */
#ifndef _WEIR_WDM_TYPES_H_
#define _WEIR_WDM_TYPES_H_

#ifdef __cplusplus
extern "C" {
#endif

/* IRQLs of amd64. */
typedef UCHAR KIRQL, *PKIRQL;
#define PASSIVE_LEVEL  0
#define LOW_LEVEL      0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2
#define CMCI_LEVEL     5
#define CLOCK_LEVEL    13
#define IPI_LEVEL      14
#define DRS_LEVEL      14
#define POWER_LEVEL    14
#define PROFILE_LEVEL  15
#define HIGH_LEVEL     15

#define PAGE_SIZE             0x1000
#define PAGE_SHIFT            12
#define MAXIMUM_PROCESSORS    64
#define MAXIMUM_WAIT_OBJECTS  64
#define THREAD_WAIT_OBJECTS   3
#define MAXIMUM_SUSPEND_COUNT MAXCHAR
#define ALL_PROCESSOR_GROUPS  0xffff

#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment) - 1))
#define ALIGN_UP_BY(length, alignment)                                                             \
    (ALIGN_DOWN_BY(((ULONG_PTR)(length) + (alignment) - 1), alignment))
#define ALIGN_DOWN_POINTER_BY(address, alignment) ((PVOID)ALIGN_DOWN_BY(address, alignment))
#define ALIGN_UP_POINTER_BY(address, alignment)   ((PVOID)ALIGN_UP_BY(address, alignment))
#define ALIGN_DOWN(length, type)                  ALIGN_DOWN_BY(length, sizeof(type))
#define ALIGN_UP(length, type)                    ALIGN_UP_BY(length, sizeof(type))
#define ALIGN_DOWN_POINTER(address, type)         ALIGN_DOWN_POINTER_BY(address, sizeof(type))
#define ALIGN_UP_POINTER(address, type)           ALIGN_UP_POINTER_BY(address, sizeof(type))
#define PAGE_ALIGN(va)                            ((PVOID)((ULONG_PTR)(va) & ~((ULONG_PTR)PAGE_SIZE - 1)))
#define BYTE_OFFSET(va)                           ((ULONG)((ULONG_PTR)(va) & (PAGE_SIZE - 1)))
#define ROUND_TO_PAGES(n)                         (((ULONG_PTR)(n) + PAGE_SIZE - 1) & ~((ULONG_PTR)PAGE_SIZE - 1))
#define BYTES_TO_PAGES(n)                         (((n) >> PAGE_SHIFT) + ((((ULONG_PTR)(n)) & (PAGE_SIZE - 1)) != 0))
#define ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, n)                                                      \
    ((ULONG)(((((ULONG_PTR)(va)) & (PAGE_SIZE - 1)) + (n) + (PAGE_SIZE - 1)) >> PAGE_SHIFT))
#define COMPUTE_PAGES_SPANNED(va, n)   ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, n)
#define IS_ALIGNED(pointer, alignment) ((((ULONG_PTR)(pointer)) & ((alignment) - 1)) == 0)

#define FlagOn(f, sf)        ((f) & (sf))
#define BooleanFlagOn(f, sf) ((BOOLEAN)(((f) & (sf)) != 0))
#define SetFlag(f, sf)       ((f) |= (sf))
#define ClearFlag(f, sf)     ((f) &= ~(sf))

/* Access rights. */
#define DELETE                        0x00010000
#define READ_CONTROL                  0x00020000
#define WRITE_DAC                     0x00040000
#define WRITE_OWNER                   0x00080000
#define SYNCHRONIZE                   0x00100000
#define STANDARD_RIGHTS_REQUIRED      0x000F0000
#define STANDARD_RIGHTS_READ          READ_CONTROL
#define STANDARD_RIGHTS_WRITE         READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE       READ_CONTROL
#define STANDARD_RIGHTS_ALL           0x001F0000
#define SPECIFIC_RIGHTS_ALL           0x0000FFFF
#define ACCESS_SYSTEM_SECURITY        0x01000000
#define MAXIMUM_ALLOWED               0x02000000
#define GENERIC_READ                  0x80000000
#define GENERIC_WRITE                 0x40000000
#define GENERIC_EXECUTE               0x20000000
#define GENERIC_ALL                   0x10000000
#define EVENT_QUERY_STATE             0x0001
#define EVENT_MODIFY_STATE            0x0002
#define EVENT_ALL_ACCESS              (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define SEMAPHORE_MODIFY_STATE        0x0002
#define SEMAPHORE_ALL_ACCESS          (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define THREAD_TERMINATE              0x0001
#define THREAD_SUSPEND_RESUME         0x0002
#define THREAD_ALERT                  0x0004
#define THREAD_GET_CONTEXT            0x0008
#define THREAD_SET_CONTEXT            0x0010
#define THREAD_SET_INFORMATION        0x0020
#define THREAD_ALL_ACCESS             (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define PROCESS_DUP_HANDLE            0x0040
#define PROCESS_ALL_ACCESS            (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define SECTION_QUERY                 0x0001
#define SECTION_MAP_WRITE             0x0002
#define SECTION_MAP_READ              0x0004
#define SECTION_MAP_EXECUTE           0x0008
#define SECTION_EXTEND_SIZE           0x0010
#define SECTION_ALL_ACCESS            (STANDARD_RIGHTS_REQUIRED | 0x1F)
#define DIRECTORY_QUERY               0x0001
#define DIRECTORY_TRAVERSE            0x0002
#define DIRECTORY_CREATE_OBJECT       0x0004
#define DIRECTORY_CREATE_SUBDIRECTORY 0x0008
#define DIRECTORY_ALL_ACCESS          (STANDARD_RIGHTS_REQUIRED | 0xF)
#define SYMBOLIC_LINK_QUERY           0x0001
#define SYMBOLIC_LINK_ALL_ACCESS      (STANDARD_RIGHTS_REQUIRED | 0x1)
#define DUPLICATE_CLOSE_SOURCE        0x00000001
#define DUPLICATE_SAME_ACCESS         0x00000002
#define DUPLICATE_SAME_ATTRIBUTES     0x00000004

#define PAGE_NOACCESS          0x01
#define PAGE_READONLY          0x02
#define PAGE_READWRITE         0x04
#define PAGE_WRITECOPY         0x08
#define PAGE_EXECUTE           0x10
#define PAGE_EXECUTE_READ      0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_EXECUTE_WRITECOPY 0x80
#define PAGE_GUARD             0x100
#define PAGE_NOCACHE           0x200
#define PAGE_WRITECOMBINE      0x400
#define MEM_COMMIT             0x1000
#define MEM_RESERVE            0x2000
#define MEM_DECOMMIT           0x4000
#define MEM_RELEASE            0x8000
#define SEC_COMMIT             0x8000000
#define SEC_RESERVE            0x4000000

/* Names of the big objects, defined further down or opaque. */
typedef struct _KTHREAD *PKTHREAD, *PRKTHREAD;
typedef struct _KTHREAD KTHREAD;
typedef struct _ETHREAD *PETHREAD;
typedef struct _ETHREAD ETHREAD;
typedef struct _KPROCESS *PKPROCESS, *PRKPROCESS, *PEPROCESS;
typedef struct _KPROCESS KPROCESS, EPROCESS;
typedef struct _KINTERRUPT *PKINTERRUPT;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _OBJECT_TYPE OBJECT_TYPE;
typedef struct _CALLBACK_OBJECT *PCALLBACK_OBJECT;
typedef struct _DEVICE_OBJECT *PDEVICE_OBJECT;
typedef struct _DRIVER_OBJECT *PDRIVER_OBJECT;
typedef struct _FILE_OBJECT *PFILE_OBJECT;
typedef struct _IRP *PIRP;
typedef struct _MDL *PMDL;
typedef struct _DMA_ADAPTER *PDMA_ADAPTER;
typedef struct _SECTION_OBJECT_POINTERS *PSECTION_OBJECT_POINTERS;
typedef struct _IO_TIMER *PIO_TIMER;
typedef struct _IO_WORKITEM *PIO_WORKITEM;
typedef struct _EPROCESS_QUOTA_BLOCK *PEPROCESS_QUOTA_BLOCK;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef PVOID PSID;
typedef PVOID PACCESS_TOKEN;
typedef ULONG SECURITY_INFORMATION, *PSECURITY_INFORMATION;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef CCHAR KPROCESSOR_MODE;
typedef LONG KPRIORITY;

typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;
typedef enum _POOL_TYPE {
    NonPagedPool,
    NonPagedPoolExecute = NonPagedPool,
    PagedPool,
    NonPagedPoolMustSucceed = NonPagedPool + 2,
    DontUseThisType,
    NonPagedPoolCacheAligned = NonPagedPool + 4,
    PagedPoolCacheAligned,
    NonPagedPoolCacheAlignedMustS = NonPagedPool + 6,
    MaxPoolType,
    NonPagedPoolBase = 0,
    NonPagedPoolBaseMustSucceed = NonPagedPoolBase + 2,
    NonPagedPoolBaseCacheAligned = NonPagedPoolBase + 4,
    NonPagedPoolBaseCacheAlignedMustS = NonPagedPoolBase + 6,
    NonPagedPoolSession = 32,
    PagedPoolSession = NonPagedPoolSession + 1,
    NonPagedPoolMustSucceedSession = PagedPoolSession + 1,
    DontUseThisTypeSession = NonPagedPoolMustSucceedSession + 1,
    NonPagedPoolCacheAlignedSession = DontUseThisTypeSession + 1,
    PagedPoolCacheAlignedSession = NonPagedPoolCacheAlignedSession + 1,
    NonPagedPoolCacheAlignedMustSSession = PagedPoolCacheAlignedSession + 1,
    NonPagedPoolNx = 512,
    NonPagedPoolNxCacheAligned = NonPagedPoolNx + 4,
    NonPagedPoolSessionNx = NonPagedPoolNx + 32
} POOL_TYPE;
#define POOL_RAISE_IF_ALLOCATION_FAILURE 16
#define POOL_COLD_ALLOCATION             256
#define POOL_NX_ALLOCATION               512
#define POOL_ZERO_ALLOCATION             1024
#define POOL_QUOTA_FAIL_INSTEAD_OF_RAISE 8

typedef struct _IO_STATUS_BLOCK {
    union {
        NTSTATUS Status;
        PVOID Pointer;
    };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

typedef VOID NTAPI IO_APC_ROUTINE(PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, ULONG Reserved);
typedef IO_APC_ROUTINE *PIO_APC_ROUTINE;

typedef struct _GENERIC_MAPPING {
    ACCESS_MASK GenericRead;
    ACCESS_MASK GenericWrite;
    ACCESS_MASK GenericExecute;
    ACCESS_MASK GenericAll;
} GENERIC_MAPPING, *PGENERIC_MAPPING;

typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday;
} TIME_FIELDS, *PTIME_FIELDS;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

#define NtCurrentProcess() ((HANDLE)(LONG_PTR) - 1)
#define ZwCurrentProcess() NtCurrentProcess()
#define NtCurrentThread()  ((HANDLE)(LONG_PTR) - 2)
#define ZwCurrentThread()  NtCurrentThread()

#ifdef __cplusplus
}
#endif

#endif /* _WEIR_WDM_TYPES_H_ */
