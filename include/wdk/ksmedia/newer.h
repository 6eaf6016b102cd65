/* Kernel streaming media: formats and sets that came after Windows Vista.
 * Undocumented: GUIDs and member types here are from memory, not checked against Windows. */
#ifndef WEIR_WDK_KSMEDIA_NEWER_H
#define WEIR_WDK_KSMEDIA_NEWER_H

/* Still images. */
/* Undocumented: no page gives the value of PINNAME_IMAGE; this one is weir's own. */
#define STATIC_PINNAME_IMAGE                                                                       \
    0x38A0CD84, 0xD49B, 0x4ABB, 0x8B, 0x30, 0xE9, 0xFC, 0x2F, 0xB7, 0xA3, 0xD0
DEFINE_GUIDEX(PINNAME_IMAGE);
#define PINNAME_IMAGE DEFINE_GUIDNAMED(PINNAME_IMAGE)

#define STATIC_KSDATAFORMAT_TYPE_IMAGE                                                             \
    0x72178C23, 0xE45B, 0x11D5, 0xBC, 0x2A, 0x00, 0xB0, 0xD0, 0xF3, 0xF4, 0xAB
DEFINE_GUIDEX(KSDATAFORMAT_TYPE_IMAGE);
#define KSDATAFORMAT_TYPE_IMAGE DEFINE_GUIDNAMED(KSDATAFORMAT_TYPE_IMAGE)

#define STATIC_KSDATAFORMAT_SUBTYPE_JPEG                                                           \
    0x19E4A5AA, 0x5662, 0x4FC5, 0xA0, 0xC0, 0x17, 0x58, 0x02, 0x8E, 0x10, 0x57
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_JPEG);
#define KSDATAFORMAT_SUBTYPE_JPEG DEFINE_GUIDNAMED(KSDATAFORMAT_SUBTYPE_JPEG)

#define STATIC_KSDATAFORMAT_SUBTYPE_IMAGE_RGB32                                                    \
    0x00000016, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IMAGE_RGB32);
#define KSDATAFORMAT_SUBTYPE_IMAGE_RGB32 DEFINE_GUIDNAMED(KSDATAFORMAT_SUBTYPE_IMAGE_RGB32)

#define STATIC_KSDATAFORMAT_SPECIFIER_IMAGE                                                        \
    0x692FA379, 0xD3E8, 0x4651, 0xB5, 0xB4, 0x0B, 0x94, 0xB0, 0x13, 0xEE, 0xAF
DEFINE_GUIDEX(KSDATAFORMAT_SPECIFIER_IMAGE);
#define KSDATAFORMAT_SPECIFIER_IMAGE DEFINE_GUIDNAMED(KSDATAFORMAT_SPECIFIER_IMAGE)

typedef struct tagKS_DATARANGE_IMAGE {
    KSDATARANGE DataRange;
    KS_VIDEO_STREAM_CONFIG_CAPS ConfigCaps;
    KS_BITMAPINFOHEADER ImageInfoHeader;
} KS_DATARANGE_IMAGE, *PKS_DATARANGE_IMAGE;

typedef struct tagKS_DATAFORMAT_IMAGEINFO {
    KSDATAFORMAT DataFormat;
    KS_BITMAPINFOHEADER ImageInfoHeader;
} KS_DATAFORMAT_IMAGEINFO, *PKS_DATAFORMAT_IMAGEINFO;

/* Video that a camera compresses itself, as the USB video class describes it. */
#pragma pack(push, 1)
typedef struct tagKS_H264VIDEOINFO {
    WORD wWidth;
    WORD wHeight;
    WORD wSARwidth;
    WORD wSARheight;
    WORD wProfile;
    BYTE bLevelIDC;
    WORD wConstrainedToolset;
    DWORD bmSupportedUsages;
    WORD bmCapabilities;
    DWORD bmSVCCapabilities;
    DWORD bmMVCCapabilities;
    DWORD dwFrameInterval;
    BYTE bMaxCodecConfigDelay;
    BYTE bmSupportedSliceModes;
    BYTE bmSupportedSyncFrameTypes;
    BYTE bResolutionScaling;
    BYTE bSimulcastSupport;
    BYTE bmSupportedRateControlModes;
    WORD wMaxMBperSecOneResolutionNoScalability;
    WORD wMaxMBperSecTwoResolutionsNoScalability;
    WORD wMaxMBperSecThreeResolutionsNoScalability;
    WORD wMaxMBperSecFourResolutionsNoScalability;
    WORD wMaxMBperSecOneResolutionTemporalScalability;
    WORD wMaxMBperSecTwoResolutionsTemporalScalablility;
    WORD wMaxMBperSecThreeResolutionsTemporalScalability;
    WORD wMaxMBperSecFourResolutionsTemporalScalability;
    WORD wMaxMBperSecOneResolutionTemporalQualityScalability;
    WORD wMaxMBperSecTwoResolutionsTemporalQualityScalability;
    WORD wMaxMBperSecThreeResolutionsTemporalQualityScalablity;
    WORD wMaxMBperSecFourResolutionsTemporalQualityScalability;
    WORD wMaxMBperSecOneResolutionTemporalSpatialScalability;
    WORD wMaxMBperSecTwoResolutionsTemporalSpatialScalability;
    WORD wMaxMBperSecThreeResolutionsTemporalSpatialScalablity;
    WORD wMaxMBperSecFourResolutionsTemporalSpatialScalability;
    WORD wMaxMBperSecOneResolutionFullScalability;
    WORD wMaxMBperSecTwoResolutionsFullScalability;
    WORD wMaxMBperSecThreeResolutionsFullScalability;
    WORD wMaxMBperSecFourResolutionsFullScalability;
} KS_H264VIDEOINFO, *PKS_H264VIDEOINFO;

#pragma pack(pop)

typedef struct tagKS_DATAFORMAT_H264VIDEOINFO {
    KSDATAFORMAT DataFormat;
    KS_H264VIDEOINFO H264VideoInfoHeader;
} KS_DATAFORMAT_H264VIDEOINFO, *PKS_DATAFORMAT_H264VIDEOINFO;

typedef struct tagKS_DATARANGE_H264_VIDEO {
    KSDATARANGE DataRange;
    BOOL bFixedSizeSamples;
    BOOL bTemporalCompression;
    DWORD StreamDescriptionFlags;
    DWORD MemoryAllocationFlags;
    KS_VIDEO_STREAM_CONFIG_CAPS ConfigCaps;
    KS_H264VIDEOINFO VideoInfoHeader;
} KS_DATARANGE_H264_VIDEO, *PKS_DATARANGE_H264_VIDEO;

/* Sound. */
typedef struct {
    KSDATAFORMAT DataFormat;
    WAVEFORMATEXTENSIBLE WaveFormatExt;
} KSDATAFORMAT_WAVEFORMATEXTENSIBLE, *PKSDATAFORMAT_WAVEFORMATEXTENSIBLE;

typedef struct {
    LARGE_INTEGER TimerFrequency;
    LARGE_INTEGER TimeStamp1;
    KSAUDIO_POSITION Position;
    LARGE_INTEGER TimeStamp2;
} KSAUDIO_POSITIONEX, *PKSAUDIO_POSITIONEX;

typedef struct {
    UINT64 u64PositionInBlocks;
    UINT64 u64QPCPosition;
} KSAUDIO_PRESENTATION_POSITION, *PKSAUDIO_PRESENTATION_POSITION;

typedef struct {
    USHORT usType;
    SHORT wXCoord;
    SHORT wYCoord;
    SHORT wZCoord;
    SHORT wVerticalAngle;
    SHORT wHorizontalAngle;
} KSAUDIO_MICROPHONE_COORDINATES, *PKSAUDIO_MICROPHONE_COORDINATES;

typedef struct {
    USHORT usVersion;
    USHORT usMicArrayType;
    SHORT wVerticalAngleBegin;
    SHORT wVerticalAngleEnd;
    SHORT wHorizontalAngleBegin;
    SHORT wHorizontalAngleEnd;
    USHORT usFrequencyBandLo;
    USHORT usFrequencyBandHi;
    USHORT usNumberOfMicrophones;
    KSAUDIO_MICROPHONE_COORDINATES KsMicCoord[1];
} KSAUDIO_MIC_ARRAY_GEOMETRY, *PKSAUDIO_MIC_ARRAY_GEOMETRY;

/* Buffers that a sound device and its client share. */
typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
    ULONG RequestedBufferSize;
} KSRTAUDIO_BUFFER_PROPERTY, *PKSRTAUDIO_BUFFER_PROPERTY;

typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
    ULONG RequestedBufferSize;
    ULONG NotificationCount;
} KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION, *PKSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION;

typedef struct {
    PVOID BufferAddress;
    ULONG ActualBufferSize;
    BOOL CallMemoryBarrier;
} KSRTAUDIO_BUFFER, *PKSRTAUDIO_BUFFER;

typedef struct {
    ULONG FifoSize;
    ULONG ChipsetDelay;
    ULONG CodecDelay;
} KSRTAUDIO_HWLATENCY, *PKSRTAUDIO_HWLATENCY;

typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
} KSRTAUDIO_HWREGISTER_PROPERTY, *PKSRTAUDIO_HWREGISTER_PROPERTY;

typedef struct {
    PVOID Register;
    ULONG Width;
    ULONGLONG Numerator;
    ULONGLONG Denominator;
    ULONG Accuracy;
} KSRTAUDIO_HWREGISTER, *PKSRTAUDIO_HWREGISTER;

typedef struct {
    KSPROPERTY Property;
    HANDLE NotificationEvent;
} KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY, *PKSRTAUDIO_NOTIFICATION_EVENT_PROPERTY;

typedef struct {
    ULONG PacketNumber;
    DWORD Flags;
    UINT64 PerformanceCounterValue;
    BOOL MoreData;
} KSRTAUDIO_GETREADPACKET_INFO, *PKSRTAUDIO_GETREADPACKET_INFO;

typedef struct {
    ULONG PacketNumber;
    DWORD Flags;
    ULONG EosPacketLength;
} KSRTAUDIO_SETWRITEPACKET_INFO, *PKSRTAUDIO_SETWRITEPACKET_INFO;

#endif
