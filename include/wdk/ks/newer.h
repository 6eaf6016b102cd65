/* Kernel streaming: what came after Windows Vista.
 * Device and format events, thermal notification, stream metadata, cached MDLs, device profiles.
 * Members that the documentation keeps to the system are here for their size and order.
 * Undocumented: the GUIDs of Device, PinCapsChange, VolumeLimit and GM, and the types of members
 * that a page only names, are from memory and were not checked against Windows. */
#ifndef WEIR_WDK_KS_NEWER_H
#define WEIR_WDK_KS_NEWER_H

/* Sent when a camera is gone, taken away, or too hot. */
#define STATIC_KSEVENTSETID_Device                                                                 \
    0x288296EC, 0x9F94, 0x41b4, 0xA1, 0x53, 0xAA, 0x31, 0xAE, 0xEC, 0xB3, 0x3F
DEFINE_GUIDEX(KSEVENTSETID_Device);
#define KSEVENTSETID_Device DEFINE_GUIDNAMED(KSEVENTSETID_Device)

typedef enum {
    KSEVENT_DEVICE_LOST,
    KSEVENT_DEVICE_PREEMPTED,
    KSEVENT_DEVICE_THERMAL_HIGH,
    KSEVENT_DEVICE_THERMAL_LOW
} KSEVENT_DEVICE;

typedef enum { KSDEVICE_THERMAL_STATE_LOW, KSDEVICE_THERMAL_STATE_HIGH } KSDEVICE_THERMAL_STATE;

/* Callbacks of a device that cools itself (fan) or is slowed down (percentage of full speed). */
typedef VOID(NTAPI *PFNKSDEVICETHERMALACTIVECOOLING)(PKSDEVICE KsDevice, BOOLEAN Engaged,
                                                     KSDEVICE_THERMAL_STATE *DeviceThermalState);
typedef VOID(NTAPI *PFNKSDEVICETHERMALPASSIVECOOLING)(PKSDEVICE KsDevice, ULONG Percentage,
                                                      KSDEVICE_THERMAL_STATE *DeviceThermalState);

typedef struct _KSDEVICE_THERMAL_DISPATCH {
    PFNKSDEVICETHERMALACTIVECOOLING ActiveCooling;
    PFNKSDEVICETHERMALPASSIVECOOLING PassiveCooling;
} KSDEVICE_THERMAL_DISPATCH, *PKSDEVICE_THERMAL_DISPATCH;

#define STATIC_KSEVENTSETID_PinCapsChange                                                          \
    0xDD4F192E, 0x3B78, 0x49AD, 0xA5, 0x34, 0x2C, 0x31, 0x5B, 0x82, 0x20, 0x00
DEFINE_GUIDEX(KSEVENTSETID_PinCapsChange);
#define KSEVENTSETID_PinCapsChange DEFINE_GUIDNAMED(KSEVENTSETID_PinCapsChange)

typedef enum {
    KSEVENT_PINCAPS_FORMATCHANGE,
    KSEVENT_PINCAPS_JACKINFOCHANGE
} KSEVENT_PINCAPS_CHANGENOTIFICATIONS;

#define STATIC_KSEVENTSETID_VolumeLimit                                                            \
    0xDA168465, 0x3A7C, 0x4858, 0x9D, 0x4A, 0x3E, 0x8E, 0x24, 0x70, 0x1A, 0xEF
DEFINE_GUIDEX(KSEVENTSETID_VolumeLimit);
#define KSEVENTSETID_VolumeLimit DEFINE_GUIDNAMED(KSEVENTSETID_VolumeLimit)

typedef enum { KSEVENT_VOLUMELIMIT_CHANGED } KSEVENT_VOLUMELIMIT;

/* A codec tells that its output format changed by itself. */
#define STATIC_KSEVENTSETID_DynamicFormatChange                                                    \
    0x162ac456, 0x83d7, 0x4239, 0x96, 0xdf, 0xc7, 0x5f, 0xfa, 0x13, 0x8b, 0xc6
DEFINE_GUIDEX(KSEVENTSETID_DynamicFormatChange);
#define KSEVENTSETID_DynamicFormatChange DEFINE_GUIDNAMED(KSEVENTSETID_DynamicFormatChange)

typedef enum { KSEVENT_DYNAMIC_FORMAT_CHANGE } KSEVENT_DYNAMICFORMATCHANGE;

/* Graph manager of the first DirectX versions; documented as not supported. */
#define STATIC_KSPROPSETID_GM                                                                      \
    0xAF627536, 0xE719, 0x11D2, 0x8A, 0x1D, 0x00, 0x60, 0x97, 0xD2, 0xDF, 0x5D
DEFINE_GUIDEX(KSPROPSETID_GM);
#define KSPROPSETID_GM DEFINE_GUIDNAMED(KSPROPSETID_GM)

typedef enum {
    KSPROPERTY_GM_GRAPHMANAGER,
    KSPROPERTY_GM_TIMESTAMP_CLOCK,
    KSPROPERTY_GM_RATEMATCH,
    KSPROPERTY_GM_RENDER_CLOCK
} KSPROPERTY_GM;

typedef VOID(NTAPI *PFNKSGRAPHMANAGER_NOTIFY)(PFILE_OBJECT GraphManager, ULONG EventId,
                                              PVOID Filter, PVOID Pin, PVOID Frame, ULONG Duration);

typedef struct {
    PFNKSGRAPHMANAGER_NOTIFY NotifyEvent;
} KSGRAPHMANAGER_FUNCTIONTABLE, *PKSGRAPHMANAGER_FUNCTIONTABLE;

typedef struct _KSPROPERTY_GRAPHMANAGER_INTERFACE {
    PFILE_OBJECT GraphManager;
    KSGRAPHMANAGER_FUNCTIONTABLE FunctionTable;
} KSPROPERTY_GRAPHMANAGER_INTERFACE, *PKSPROPERTY_GRAPHMANAGER_INTERFACE;

/* Follows the format specific part of a stream header when OPTIONSF_METADATA is set. */
typedef struct {
    ULONG BufferSize;
    ULONG UsedSize;
    PVOID Data;
    PVOID SystemVa;
    ULONG Flags;
    ULONG Reserved;
} KSSTREAM_METADATA_INFO, *PKSSTREAM_METADATA_INFO;

/* Clock values from the payload headers of a USB video class device. */
typedef struct {
    ULONG PresentationTimeStamp;
    ULONG SourceClockReference;
    union {
        struct {
            USHORT Counter : 11;
            USHORT Reserved : 5;
        };
        USHORT SCRToken;
    };
    USHORT Reserved0;
    ULONG Reserved1;
} KSSTREAM_UVC_METADATATYPE_TIMESTAMP, *PKSSTREAM_UVC_METADATATYPE_TIMESTAMP;

typedef struct {
    KSSTREAM_UVC_METADATATYPE_TIMESTAMP StartOfFrameTimestamp;
    KSSTREAM_UVC_METADATATYPE_TIMESTAMP EndOfFrameTimestamp;
} KSSTREAM_UVC_METADATA, *PKSSTREAM_UVC_METADATA;

/* MDLs that the class driver keeps for the buffers of a pipeline. */
typedef enum {
    KSPIN_MDL_CACHING_NOTIFY_CLEANUP,
    KSPIN_MDL_CACHING_NOTIFY_CLEANALL_WAIT,
    KSPIN_MDL_CACHING_NOTIFY_CLEANALL_NOWAIT,
    KSPIN_MDL_CACHING_NOTIFY_ADDSAMPLE
} KSPIN_MDL_CACHING_EVENT;

typedef struct {
    KSPIN_MDL_CACHING_EVENT Event;
    PVOID Buffer;
} KSPIN_MDL_CACHING_NOTIFICATION, *PKSPIN_MDL_CACHING_NOTIFICATION;

/* The same from a 32-bit client. */
typedef struct {
    KSPIN_MDL_CACHING_EVENT Event;
    ULONG Buffer;
} KSPIN_MDL_CACHING_NOTIFICATION32, *PKSPIN_MDL_CACHING_NOTIFICATION32;

typedef enum { KSPROPERTY_ALLOCATOR_CLEANUP_CACHEDMDLPAGES = 1 } KSPPROPERTY_ALLOCATOR_MDLCACHING;

typedef union _MF_MDL_SHARED_PAYLOAD_KEY {
    struct {
        ULONG pHandle;
        ULONG fHandle;
        ULONGLONG uPayload;
    } combined;
    GUID GMDLHandle;
} MF_MDL_SHARED_PAYLOAD_KEY, *PMF_MDL_SHARED_PAYLOAD_KEY;

/* Runs when the pin whose sample owns the MDL goes to STOP, at up to DISPATCH_LEVEL. */
typedef VOID(NTAPI *PFNKSCANCELPINNEDMDL)(GUID Guid, PVOID CancelContext, PVOID ReleaseContext);

/* The body is in ksmedia.h. */
typedef struct _KSDEVICE_PROFILE_INFO KSDEVICE_PROFILE_INFO, *PKSDEVICE_PROFILE_INFO;

#ifdef __cplusplus
extern "C" {
#endif

KSDDKAPI NTSTATUS NTAPI KsDeviceRegisterThermalDispatch(
    PKSDEVICE KsDevice, PKSDEVICE_THERMAL_DISPATCH KsDeviceThermalDispatch);
KSDDKAPI NTSTATUS NTAPI KsGenerateThermalEvent(PVOID Object, KSDEVICE_THERMAL_STATE Value);

KSDDKAPI NTSTATUS NTAPI KsAcquireCachedMdl(PIRP Irp, GUID Guid, PFNKSCANCELPINNEDMDL CancelRoutine,
                                           PVOID CancelContext, PMDL *MdlAddr,
                                           PVOID *ReleaseContext);
KSDDKAPI NTSTATUS NTAPI KsReleaseCachedMdl(GUID Guid, PMDL MdlAddr, PVOID ReleaseContext);

KSDDKAPI NTSTATUS NTAPI KsInitializeDeviceProfile(PKSFILTERFACTORY FilterFactory);
KSDDKAPI NTSTATUS NTAPI KsPublishDeviceProfile(PKSFILTERFACTORY FilterFactory,
                                               PKSDEVICE_PROFILE_INFO Profile);
KSDDKAPI NTSTATUS NTAPI KsPersistDeviceProfile(PKSFILTERFACTORY FilterFactory);

KSDDKAPI NTSTATUS NTAPI KsCreateAllocator2(HANDLE ConnectionHandle,
                                           PKSALLOCATOR_FRAMING AllocatorFraming,
                                           PHANDLE AllocatorHandle);
KSDDKAPI NTSTATUS NTAPI KsCreateClock2(HANDLE ConnectionHandle, PKSCLOCK_CREATE ClockCreate,
                                       PHANDLE ClockHandle);
KSDDKAPI NTSTATUS NTAPI KsCreatePin2(HANDLE FilterHandle, PKSPIN_CONNECT Connect,
                                     ACCESS_MASK DesiredAccess, PHANDLE ConnectionHandle);
KSDDKAPI NTSTATUS NTAPI KsCreateTopologyNode2(HANDLE ParentHandle, PKSNODE_CREATE NodeCreate,
                                              ACCESS_MASK DesiredAccess, PHANDLE NodeHandle);

#ifdef __cplusplus
}
#endif

#endif
