/* Kernel streaming media: mediums and interfaces of media devices, component identifiers of USB
 * audio, the terminal node types of an audio topology, functional categories. */
#ifndef WEIR_WDK_KSMEDIA_GENERAL_H
#define WEIR_WDK_KSMEDIA_GENERAL_H

/* A property request that carries several values for channels or nodes. */
typedef struct {
    KSPROPERTY Property;
    KSMULTIPLE_ITEM MultipleItem;
} KSMULTIPLE_DATA_PROP, *PKSMULTIPLE_DATA_PROP;

#define STATIC_KSMEDIUMSETID_MidiBus                                                               \
    0x05908040, 0x3246, 0x11D0, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSMEDIUMSETID_MidiBus);
#define KSMEDIUMSETID_MidiBus DEFINE_GUIDNAMED(KSMEDIUMSETID_MidiBus)

#define STATIC_KSMEDIUMSETID_VPBus                                                                 \
    0xA18C15EC, 0xCE43, 0x11D0, 0xAB, 0xE7, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSMEDIUMSETID_VPBus);
#define KSMEDIUMSETID_VPBus DEFINE_GUIDNAMED(KSMEDIUMSETID_VPBus)

#define STATIC_KSINTERFACESETID_Media                                                              \
    0x3A13EB40, 0x30A7, 0x11D0, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSINTERFACESETID_Media);
#define KSINTERFACESETID_Media DEFINE_GUIDNAMED(KSINTERFACESETID_Media)

typedef enum {
    KSINTERFACE_MEDIA_MUSIC,
    KSINTERFACE_MEDIA_WAVE_BUFFERED,
    KSINTERFACE_MEDIA_WAVE_QUEUED
} KSINTERFACE_MEDIA;

/* Component identifiers derived from the vendor and product numbers of a USB device. */
#define INIT_USBAUDIO_MID(guid, id)                                                                \
    {                                                                                              \
        (guid)->Data1 = 0x4e1cecd2 + (USHORT)(id);                                                 \
        (guid)->Data2 = 0x1679;                                                                    \
        (guid)->Data3 = 0x463b;                                                                    \
        (guid)->Data4[0] = 0xa7;                                                                   \
        (guid)->Data4[1] = 0x2f;                                                                   \
        (guid)->Data4[2] = 0xa5;                                                                   \
        (guid)->Data4[3] = 0xbf;                                                                   \
        (guid)->Data4[4] = 0x64;                                                                   \
        (guid)->Data4[5] = 0xc8;                                                                   \
        (guid)->Data4[6] = 0x6e;                                                                   \
        (guid)->Data4[7] = 0xba;                                                                   \
    }

#define EXTRACT_USBAUDIO_MID(guid) (USHORT)((guid)->Data1 - 0x4e1cecd2)

#define DEFINE_USBAUDIO_MID_GUID(id)                                                               \
    0x4e1cecd2 + (USHORT)(id), 0x1679, 0x463b, 0xa7, 0x2f, 0xa5, 0xbf, 0x64, 0xc8, 0x6e, 0xba

#define IS_COMPATIBLE_USBAUDIO_MID(guid)                                                           \
    (((guid)->Data1 >= 0x4e1cecd2) && ((guid)->Data1 < 0x4e1cecd2 + 0xffff) &&                     \
     ((guid)->Data2 == 0x1679) && ((guid)->Data3 == 0x463b) && ((guid)->Data4[0] == 0xa7) &&       \
     ((guid)->Data4[1] == 0x2f) && ((guid)->Data4[2] == 0xa5) && ((guid)->Data4[3] == 0xbf) &&     \
     ((guid)->Data4[4] == 0x64) && ((guid)->Data4[5] == 0xc8) && ((guid)->Data4[6] == 0x6e) &&     \
     ((guid)->Data4[7] == 0xba))

#define INIT_USBAUDIO_PID(guid, id)                                                                \
    {                                                                                              \
        (guid)->Data1 = 0xabcc5a5e + (USHORT)(id);                                                 \
        (guid)->Data2 = 0xc263;                                                                    \
        (guid)->Data3 = 0x463b;                                                                    \
        (guid)->Data4[0] = 0xa7;                                                                   \
        (guid)->Data4[1] = 0x2f;                                                                   \
        (guid)->Data4[2] = 0xa5;                                                                   \
        (guid)->Data4[3] = 0xbf;                                                                   \
        (guid)->Data4[4] = 0x64;                                                                   \
        (guid)->Data4[5] = 0xc8;                                                                   \
        (guid)->Data4[6] = 0x6e;                                                                   \
        (guid)->Data4[7] = 0xba;                                                                   \
    }

#define EXTRACT_USBAUDIO_PID(guid) (USHORT)((guid)->Data1 - 0xabcc5a5e)

#define DEFINE_USBAUDIO_PID_GUID(id)                                                               \
    0xabcc5a5e + (USHORT)(id), 0xc263, 0x463b, 0xa7, 0x2f, 0xa5, 0xbf, 0x64, 0xc8, 0x6e, 0xba

#define IS_COMPATIBLE_USBAUDIO_PID(guid)                                                           \
    (((guid)->Data1 >= 0xabcc5a5e) && ((guid)->Data1 < 0xabcc5a5e + 0xffff) &&                     \
     ((guid)->Data2 == 0xc263) && ((guid)->Data3 == 0x463b) && ((guid)->Data4[0] == 0xa7) &&       \
     ((guid)->Data4[1] == 0x2f) && ((guid)->Data4[2] == 0xa5) && ((guid)->Data4[3] == 0xbf) &&     \
     ((guid)->Data4[4] == 0x64) && ((guid)->Data4[5] == 0xc8) && ((guid)->Data4[6] == 0x6e) &&     \
     ((guid)->Data4[7] == 0xba))

#define INIT_USBAUDIO_PRODUCT_NAME(guid, vid, pid, strIndex)                                       \
    {                                                                                              \
        (guid)->Data1 = 0XFC575048 + (USHORT)(vid);                                                \
        (guid)->Data2 = 0x2E08 + (USHORT)(pid);                                                    \
        (guid)->Data3 = 0x463B + (USHORT)(strIndex);                                               \
        (guid)->Data4[0] = 0xA7;                                                                   \
        (guid)->Data4[1] = 0x2F;                                                                   \
        (guid)->Data4[2] = 0xA5;                                                                   \
        (guid)->Data4[3] = 0xBF;                                                                   \
        (guid)->Data4[4] = 0x64;                                                                   \
        (guid)->Data4[5] = 0xC8;                                                                   \
        (guid)->Data4[6] = 0x6E;                                                                   \
        (guid)->Data4[7] = 0xBA;                                                                   \
    }

#define DEFINE_USBAUDIO_PRODUCT_NAME(vid, pid, strIndex)                                           \
    0xFC575048 + (USHORT)(vid), 0x2E08 + (USHORT)(pid), 0x463B + (USHORT)(strIndex), 0xA7, 0x2F,   \
        0xA5, 0xBF, 0x64, 0xC8, 0x6E, 0xBA

#define STATIC_KSCOMPONENTID_USBAUDIO                                                              \
    0x8F1275F0, 0x26E9, 0x4264, 0xBA, 0x4D, 0x39, 0xFF, 0xF0, 0x1D, 0x94, 0xAA
DEFINE_GUIDEX(KSCOMPONENTID_USBAUDIO);
#define KSCOMPONENTID_USBAUDIO DEFINE_GUIDNAMED(KSCOMPONENTID_USBAUDIO)

/* Node types derived from the terminal types of the USB audio class. */
#define INIT_USB_TERMINAL(guid, id)                                                                \
    {                                                                                              \
        (guid)->Data1 = 0xDFF219E0 + (USHORT)(id);                                                 \
        (guid)->Data2 = 0xF70F;                                                                    \
        (guid)->Data3 = 0x11D0;                                                                    \
        (guid)->Data4[0] = 0xb9;                                                                   \
        (guid)->Data4[1] = 0x17;                                                                   \
        (guid)->Data4[2] = 0x00;                                                                   \
        (guid)->Data4[3] = 0xa0;                                                                   \
        (guid)->Data4[4] = 0xc9;                                                                   \
        (guid)->Data4[5] = 0x22;                                                                   \
        (guid)->Data4[6] = 0x31;                                                                   \
        (guid)->Data4[7] = 0x96;                                                                   \
    }

#define EXTRACT_USB_TERMINAL(guid) (USHORT)((guid)->Data1 - 0xDFF219E0)

#define DEFINE_USB_TERMINAL_GUID(id)                                                               \
    0xDFF219E0 + (USHORT)(id), 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96

#define STATIC_KSNODETYPE_MICROPHONE DEFINE_USB_TERMINAL_GUID(0x0201)
DEFINE_GUIDEX(KSNODETYPE_MICROPHONE);
#define KSNODETYPE_MICROPHONE DEFINE_GUIDNAMED(KSNODETYPE_MICROPHONE)

#define STATIC_KSNODETYPE_DESKTOP_MICROPHONE DEFINE_USB_TERMINAL_GUID(0x0202)
DEFINE_GUIDEX(KSNODETYPE_DESKTOP_MICROPHONE);
#define KSNODETYPE_DESKTOP_MICROPHONE DEFINE_GUIDNAMED(KSNODETYPE_DESKTOP_MICROPHONE)

#define STATIC_KSNODETYPE_PERSONAL_MICROPHONE DEFINE_USB_TERMINAL_GUID(0x0203)
DEFINE_GUIDEX(KSNODETYPE_PERSONAL_MICROPHONE);
#define KSNODETYPE_PERSONAL_MICROPHONE DEFINE_GUIDNAMED(KSNODETYPE_PERSONAL_MICROPHONE)

#define STATIC_KSNODETYPE_OMNI_DIRECTIONAL_MICROPHONE DEFINE_USB_TERMINAL_GUID(0x0204)
DEFINE_GUIDEX(KSNODETYPE_OMNI_DIRECTIONAL_MICROPHONE);
#define KSNODETYPE_OMNI_DIRECTIONAL_MICROPHONE                                                     \
    DEFINE_GUIDNAMED(KSNODETYPE_OMNI_DIRECTIONAL_MICROPHONE)

#define STATIC_KSNODETYPE_MICROPHONE_ARRAY DEFINE_USB_TERMINAL_GUID(0x0205)
DEFINE_GUIDEX(KSNODETYPE_MICROPHONE_ARRAY);
#define KSNODETYPE_MICROPHONE_ARRAY DEFINE_GUIDNAMED(KSNODETYPE_MICROPHONE_ARRAY)

#define STATIC_KSNODETYPE_PROCESSING_MICROPHONE_ARRAY DEFINE_USB_TERMINAL_GUID(0x0206)
DEFINE_GUIDEX(KSNODETYPE_PROCESSING_MICROPHONE_ARRAY);
#define KSNODETYPE_PROCESSING_MICROPHONE_ARRAY                                                     \
    DEFINE_GUIDNAMED(KSNODETYPE_PROCESSING_MICROPHONE_ARRAY)

#define STATIC_KSCATEGORY_MICROPHONE_ARRAY_PROCESSOR                                               \
    0x830a44f2, 0xa32d, 0x476b, 0xbe, 0x97, 0x42, 0x84, 0x56, 0x73, 0xb3, 0x5a
DEFINE_GUIDEX(KSCATEGORY_MICROPHONE_ARRAY_PROCESSOR);
#define KSCATEGORY_MICROPHONE_ARRAY_PROCESSOR                                                      \
    DEFINE_GUIDNAMED(KSCATEGORY_MICROPHONE_ARRAY_PROCESSOR)

#define STATIC_KSNODETYPE_SPEAKER DEFINE_USB_TERMINAL_GUID(0x0301)
DEFINE_GUIDEX(KSNODETYPE_SPEAKER);
#define KSNODETYPE_SPEAKER DEFINE_GUIDNAMED(KSNODETYPE_SPEAKER)

#define STATIC_KSNODETYPE_HEADPHONES DEFINE_USB_TERMINAL_GUID(0x0302)
DEFINE_GUIDEX(KSNODETYPE_HEADPHONES);
#define KSNODETYPE_HEADPHONES DEFINE_GUIDNAMED(KSNODETYPE_HEADPHONES)

#define STATIC_KSNODETYPE_HEAD_MOUNTED_DISPLAY_AUDIO DEFINE_USB_TERMINAL_GUID(0x0303)
DEFINE_GUIDEX(KSNODETYPE_HEAD_MOUNTED_DISPLAY_AUDIO);
#define KSNODETYPE_HEAD_MOUNTED_DISPLAY_AUDIO                                                      \
    DEFINE_GUIDNAMED(KSNODETYPE_HEAD_MOUNTED_DISPLAY_AUDIO)

#define STATIC_KSNODETYPE_DESKTOP_SPEAKER DEFINE_USB_TERMINAL_GUID(0x0304)
DEFINE_GUIDEX(KSNODETYPE_DESKTOP_SPEAKER);
#define KSNODETYPE_DESKTOP_SPEAKER DEFINE_GUIDNAMED(KSNODETYPE_DESKTOP_SPEAKER)

#define STATIC_KSNODETYPE_ROOM_SPEAKER DEFINE_USB_TERMINAL_GUID(0x0305)
DEFINE_GUIDEX(KSNODETYPE_ROOM_SPEAKER);
#define KSNODETYPE_ROOM_SPEAKER DEFINE_GUIDNAMED(KSNODETYPE_ROOM_SPEAKER)

#define STATIC_KSNODETYPE_COMMUNICATION_SPEAKER DEFINE_USB_TERMINAL_GUID(0x0306)
DEFINE_GUIDEX(KSNODETYPE_COMMUNICATION_SPEAKER);
#define KSNODETYPE_COMMUNICATION_SPEAKER DEFINE_GUIDNAMED(KSNODETYPE_COMMUNICATION_SPEAKER)

#define STATIC_KSNODETYPE_LOW_FREQUENCY_EFFECTS_SPEAKER DEFINE_USB_TERMINAL_GUID(0x0307)
DEFINE_GUIDEX(KSNODETYPE_LOW_FREQUENCY_EFFECTS_SPEAKER);
#define KSNODETYPE_LOW_FREQUENCY_EFFECTS_SPEAKER                                                   \
    DEFINE_GUIDNAMED(KSNODETYPE_LOW_FREQUENCY_EFFECTS_SPEAKER)

#define STATIC_KSNODETYPE_HANDSET DEFINE_USB_TERMINAL_GUID(0x0401)
DEFINE_GUIDEX(KSNODETYPE_HANDSET);
#define KSNODETYPE_HANDSET DEFINE_GUIDNAMED(KSNODETYPE_HANDSET)

#define STATIC_KSNODETYPE_HEADSET DEFINE_USB_TERMINAL_GUID(0x0402)
DEFINE_GUIDEX(KSNODETYPE_HEADSET);
#define KSNODETYPE_HEADSET DEFINE_GUIDNAMED(KSNODETYPE_HEADSET)

#define STATIC_KSNODETYPE_SPEAKERPHONE_NO_ECHO_REDUCTION DEFINE_USB_TERMINAL_GUID(0x0403)
DEFINE_GUIDEX(KSNODETYPE_SPEAKERPHONE_NO_ECHO_REDUCTION);
#define KSNODETYPE_SPEAKERPHONE_NO_ECHO_REDUCTION                                                  \
    DEFINE_GUIDNAMED(KSNODETYPE_SPEAKERPHONE_NO_ECHO_REDUCTION)

#define STATIC_KSNODETYPE_ECHO_SUPPRESSING_SPEAKERPHONE DEFINE_USB_TERMINAL_GUID(0x0404)
DEFINE_GUIDEX(KSNODETYPE_ECHO_SUPPRESSING_SPEAKERPHONE);
#define KSNODETYPE_ECHO_SUPPRESSING_SPEAKERPHONE                                                   \
    DEFINE_GUIDNAMED(KSNODETYPE_ECHO_SUPPRESSING_SPEAKERPHONE)

#define STATIC_KSNODETYPE_ECHO_CANCELING_SPEAKERPHONE DEFINE_USB_TERMINAL_GUID(0x0405)
DEFINE_GUIDEX(KSNODETYPE_ECHO_CANCELING_SPEAKERPHONE);
#define KSNODETYPE_ECHO_CANCELING_SPEAKERPHONE                                                     \
    DEFINE_GUIDNAMED(KSNODETYPE_ECHO_CANCELING_SPEAKERPHONE)

#define STATIC_KSNODETYPE_PHONE_LINE DEFINE_USB_TERMINAL_GUID(0x0501)
DEFINE_GUIDEX(KSNODETYPE_PHONE_LINE);
#define KSNODETYPE_PHONE_LINE DEFINE_GUIDNAMED(KSNODETYPE_PHONE_LINE)

#define STATIC_KSNODETYPE_TELEPHONE DEFINE_USB_TERMINAL_GUID(0x0502)
DEFINE_GUIDEX(KSNODETYPE_TELEPHONE);
#define KSNODETYPE_TELEPHONE DEFINE_GUIDNAMED(KSNODETYPE_TELEPHONE)

#define STATIC_KSNODETYPE_DOWN_LINE_PHONE DEFINE_USB_TERMINAL_GUID(0x0503)
DEFINE_GUIDEX(KSNODETYPE_DOWN_LINE_PHONE);
#define KSNODETYPE_DOWN_LINE_PHONE DEFINE_GUIDNAMED(KSNODETYPE_DOWN_LINE_PHONE)

#define STATIC_KSNODETYPE_ANALOG_CONNECTOR DEFINE_USB_TERMINAL_GUID(0x601)
DEFINE_GUIDEX(KSNODETYPE_ANALOG_CONNECTOR);
#define KSNODETYPE_ANALOG_CONNECTOR DEFINE_GUIDNAMED(KSNODETYPE_ANALOG_CONNECTOR)

#define STATIC_KSNODETYPE_DIGITAL_AUDIO_INTERFACE DEFINE_USB_TERMINAL_GUID(0x0602)
DEFINE_GUIDEX(KSNODETYPE_DIGITAL_AUDIO_INTERFACE);
#define KSNODETYPE_DIGITAL_AUDIO_INTERFACE DEFINE_GUIDNAMED(KSNODETYPE_DIGITAL_AUDIO_INTERFACE)

#define STATIC_KSNODETYPE_LINE_CONNECTOR DEFINE_USB_TERMINAL_GUID(0x0603)
DEFINE_GUIDEX(KSNODETYPE_LINE_CONNECTOR);
#define KSNODETYPE_LINE_CONNECTOR DEFINE_GUIDNAMED(KSNODETYPE_LINE_CONNECTOR)

#define STATIC_KSNODETYPE_LEGACY_AUDIO_CONNECTOR DEFINE_USB_TERMINAL_GUID(0x0604)
DEFINE_GUIDEX(KSNODETYPE_LEGACY_AUDIO_CONNECTOR);
#define KSNODETYPE_LEGACY_AUDIO_CONNECTOR DEFINE_GUIDNAMED(KSNODETYPE_LEGACY_AUDIO_CONNECTOR)

#define STATIC_KSNODETYPE_SPDIF_INTERFACE DEFINE_USB_TERMINAL_GUID(0x0605)
DEFINE_GUIDEX(KSNODETYPE_SPDIF_INTERFACE);
#define KSNODETYPE_SPDIF_INTERFACE DEFINE_GUIDNAMED(KSNODETYPE_SPDIF_INTERFACE)

#define STATIC_KSNODETYPE_1394_DA_STREAM DEFINE_USB_TERMINAL_GUID(0x0606)
DEFINE_GUIDEX(KSNODETYPE_1394_DA_STREAM);
#define KSNODETYPE_1394_DA_STREAM DEFINE_GUIDNAMED(KSNODETYPE_1394_DA_STREAM)

#define STATIC_KSNODETYPE_1394_DV_STREAM_SOUNDTRACK DEFINE_USB_TERMINAL_GUID(0x0607)
DEFINE_GUIDEX(KSNODETYPE_1394_DV_STREAM_SOUNDTRACK);
#define KSNODETYPE_1394_DV_STREAM_SOUNDTRACK DEFINE_GUIDNAMED(KSNODETYPE_1394_DV_STREAM_SOUNDTRACK)

#define STATIC_KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE DEFINE_USB_TERMINAL_GUID(0x0701)
DEFINE_GUIDEX(KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE);
#define KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE                                                  \
    DEFINE_GUIDNAMED(KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE)

#define STATIC_KSNODETYPE_EQUALIZATION_NOISE DEFINE_USB_TERMINAL_GUID(0x0702)
DEFINE_GUIDEX(KSNODETYPE_EQUALIZATION_NOISE);
#define KSNODETYPE_EQUALIZATION_NOISE DEFINE_GUIDNAMED(KSNODETYPE_EQUALIZATION_NOISE)

#define STATIC_KSNODETYPE_CD_PLAYER DEFINE_USB_TERMINAL_GUID(0x0703)
DEFINE_GUIDEX(KSNODETYPE_CD_PLAYER);
#define KSNODETYPE_CD_PLAYER DEFINE_GUIDNAMED(KSNODETYPE_CD_PLAYER)

#define STATIC_KSNODETYPE_DAT_IO_DIGITAL_AUDIO_TAPE DEFINE_USB_TERMINAL_GUID(0x0704)
DEFINE_GUIDEX(KSNODETYPE_DAT_IO_DIGITAL_AUDIO_TAPE);
#define KSNODETYPE_DAT_IO_DIGITAL_AUDIO_TAPE DEFINE_GUIDNAMED(KSNODETYPE_DAT_IO_DIGITAL_AUDIO_TAPE)

#define STATIC_KSNODETYPE_DCC_IO_DIGITAL_COMPACT_CASSETTE DEFINE_USB_TERMINAL_GUID(0x0705)
DEFINE_GUIDEX(KSNODETYPE_DCC_IO_DIGITAL_COMPACT_CASSETTE);
#define KSNODETYPE_DCC_IO_DIGITAL_COMPACT_CASSETTE                                                 \
    DEFINE_GUIDNAMED(KSNODETYPE_DCC_IO_DIGITAL_COMPACT_CASSETTE)

#define STATIC_KSNODETYPE_MINIDISK DEFINE_USB_TERMINAL_GUID(0x0706)
DEFINE_GUIDEX(KSNODETYPE_MINIDISK);
#define KSNODETYPE_MINIDISK DEFINE_GUIDNAMED(KSNODETYPE_MINIDISK)

#define STATIC_KSNODETYPE_ANALOG_TAPE DEFINE_USB_TERMINAL_GUID(0x0707)
DEFINE_GUIDEX(KSNODETYPE_ANALOG_TAPE);
#define KSNODETYPE_ANALOG_TAPE DEFINE_GUIDNAMED(KSNODETYPE_ANALOG_TAPE)

#define STATIC_KSNODETYPE_PHONOGRAPH DEFINE_USB_TERMINAL_GUID(0x0708)
DEFINE_GUIDEX(KSNODETYPE_PHONOGRAPH);
#define KSNODETYPE_PHONOGRAPH DEFINE_GUIDNAMED(KSNODETYPE_PHONOGRAPH)

#define STATIC_KSNODETYPE_VCR_AUDIO DEFINE_USB_TERMINAL_GUID(0x0708)
DEFINE_GUIDEX(KSNODETYPE_VCR_AUDIO);
#define KSNODETYPE_VCR_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_VCR_AUDIO)

#define STATIC_KSNODETYPE_VIDEO_DISC_AUDIO DEFINE_USB_TERMINAL_GUID(0x070A)
DEFINE_GUIDEX(KSNODETYPE_VIDEO_DISC_AUDIO);
#define KSNODETYPE_VIDEO_DISC_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_VIDEO_DISC_AUDIO)

#define STATIC_KSNODETYPE_DVD_AUDIO DEFINE_USB_TERMINAL_GUID(0x070B)
DEFINE_GUIDEX(KSNODETYPE_DVD_AUDIO);
#define KSNODETYPE_DVD_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_DVD_AUDIO)

#define STATIC_KSNODETYPE_TV_TUNER_AUDIO DEFINE_USB_TERMINAL_GUID(0x070C)
DEFINE_GUIDEX(KSNODETYPE_TV_TUNER_AUDIO);
#define KSNODETYPE_TV_TUNER_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_TV_TUNER_AUDIO)

#define STATIC_KSNODETYPE_SATELLITE_RECEIVER_AUDIO DEFINE_USB_TERMINAL_GUID(0x070D)
DEFINE_GUIDEX(KSNODETYPE_SATELLITE_RECEIVER_AUDIO);
#define KSNODETYPE_SATELLITE_RECEIVER_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_SATELLITE_RECEIVER_AUDIO)

#define STATIC_KSNODETYPE_CABLE_TUNER_AUDIO DEFINE_USB_TERMINAL_GUID(0x070E)
DEFINE_GUIDEX(KSNODETYPE_CABLE_TUNER_AUDIO);
#define KSNODETYPE_CABLE_TUNER_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_CABLE_TUNER_AUDIO)

#define STATIC_KSNODETYPE_DSS_AUDIO DEFINE_USB_TERMINAL_GUID(0x070F)
DEFINE_GUIDEX(KSNODETYPE_DSS_AUDIO);
#define KSNODETYPE_DSS_AUDIO DEFINE_GUIDNAMED(KSNODETYPE_DSS_AUDIO)

#define STATIC_KSNODETYPE_RADIO_RECEIVER DEFINE_USB_TERMINAL_GUID(0x0710)
DEFINE_GUIDEX(KSNODETYPE_RADIO_RECEIVER);
#define KSNODETYPE_RADIO_RECEIVER DEFINE_GUIDNAMED(KSNODETYPE_RADIO_RECEIVER)

#define STATIC_KSNODETYPE_RADIO_TRANSMITTER DEFINE_USB_TERMINAL_GUID(0x0711)
DEFINE_GUIDEX(KSNODETYPE_RADIO_TRANSMITTER);
#define KSNODETYPE_RADIO_TRANSMITTER DEFINE_GUIDNAMED(KSNODETYPE_RADIO_TRANSMITTER)

#define STATIC_KSNODETYPE_MULTITRACK_RECORDER DEFINE_USB_TERMINAL_GUID(0x0712)
DEFINE_GUIDEX(KSNODETYPE_MULTITRACK_RECORDER);
#define KSNODETYPE_MULTITRACK_RECORDER DEFINE_GUIDNAMED(KSNODETYPE_MULTITRACK_RECORDER)

#define STATIC_KSNODETYPE_SYNTHESIZER DEFINE_USB_TERMINAL_GUID(0x0713)
DEFINE_GUIDEX(KSNODETYPE_SYNTHESIZER);
#define KSNODETYPE_SYNTHESIZER DEFINE_GUIDNAMED(KSNODETYPE_SYNTHESIZER)

#define STATIC_KSNODETYPE_DRM_DESCRAMBLE                                                           \
    0xFFBB6E3F, 0xCCFE, 0x4D84, 0x90, 0xD9, 0x42, 0x14, 0x18, 0xB0, 0x3A, 0x8E
DEFINE_GUIDEX(KSNODETYPE_DRM_DESCRAMBLE);
#define KSNODETYPE_DRM_DESCRAMBLE DEFINE_GUIDNAMED(KSNODETYPE_DRM_DESCRAMBLE)

#define STATIC_KSCATEGORY_AUDIO                                                                    \
    0x6994AD04, 0x93EF, 0x11D0, 0xA3, 0xCC, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_AUDIO);
#define KSCATEGORY_AUDIO DEFINE_GUIDNAMED(KSCATEGORY_AUDIO)

#define STATIC_KSCATEGORY_VIDEO                                                                    \
    0x6994AD05, 0x93EF, 0x11D0, 0xA3, 0xCC, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_VIDEO);
#define KSCATEGORY_VIDEO DEFINE_GUIDNAMED(KSCATEGORY_VIDEO)

#define STATIC_KSCATEGORY_TEXT                                                                     \
    0x6994AD06, 0x93EF, 0x11D0, 0xA3, 0xCC, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_TEXT);
#define KSCATEGORY_TEXT DEFINE_GUIDNAMED(KSCATEGORY_TEXT)

#define STATIC_KSCATEGORY_REALTIME                                                                 \
    0xEB115FFC, 0x10C8, 0x4964, 0x83, 0x1D, 0x6D, 0xCB, 0x02, 0xE6, 0xF2, 0x3F
DEFINE_GUIDEX(KSCATEGORY_REALTIME);
#define KSCATEGORY_REALTIME DEFINE_GUIDNAMED(KSCATEGORY_REALTIME)

#define STATIC_KSCATEGORY_NETWORK                                                                  \
    0x67C9CC3C, 0x69C4, 0x11D2, 0x87, 0x59, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_NETWORK);
#define KSCATEGORY_NETWORK DEFINE_GUIDNAMED(KSCATEGORY_NETWORK)

#define STATIC_KSCATEGORY_TOPOLOGY                                                                 \
    0xDDA54A40, 0x1E4C, 0x11D1, 0xA0, 0x50, 0x40, 0x57, 0x05, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSCATEGORY_TOPOLOGY);
#define KSCATEGORY_TOPOLOGY DEFINE_GUIDNAMED(KSCATEGORY_TOPOLOGY)

#define STATIC_KSCATEGORY_VIRTUAL                                                                  \
    0x3503EAC4, 0x1F26, 0x11D1, 0x8A, 0xB0, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_VIRTUAL);
#define KSCATEGORY_VIRTUAL DEFINE_GUIDNAMED(KSCATEGORY_VIRTUAL)

#define STATIC_KSCATEGORY_ACOUSTIC_ECHO_CANCEL                                                     \
    0xBF963D80, 0xC559, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSCATEGORY_ACOUSTIC_ECHO_CANCEL);
#define KSCATEGORY_ACOUSTIC_ECHO_CANCEL DEFINE_GUIDNAMED(KSCATEGORY_ACOUSTIC_ECHO_CANCEL)

#define STATIC_KSCATEGORY_SYNTHESIZER STATIC_KSNODETYPE_SYNTHESIZER

#define KSCATEGORY_SYNTHESIZER KSNODETYPE_SYNTHESIZER

#define STATIC_KSCATEGORY_DRM_DESCRAMBLE STATIC_KSNODETYPE_DRM_DESCRAMBLE

#define KSCATEGORY_DRM_DESCRAMBLE KSNODETYPE_DRM_DESCRAMBLE

#define STATIC_KSCATEGORY_WDMAUD_USE_PIN_NAME                                                      \
    0x47A4FA20, 0xA251, 0x11D1, 0xA0, 0x50, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSCATEGORY_WDMAUD_USE_PIN_NAME);
#define KSCATEGORY_WDMAUD_USE_PIN_NAME DEFINE_GUIDNAMED(KSCATEGORY_WDMAUD_USE_PIN_NAME)

#define STATIC_KSCATEGORY_ESCALANTE_PLATFORM_DRIVER                                                \
    0x74f3aea8, 0x9768, 0x11d1, 0x8e, 0x07, 0x00, 0xa0, 0xc9, 0x5e, 0xc2, 0x2e
DEFINE_GUIDEX(KSCATEGORY_ESCALANTE_PLATFORM_DRIVER);
#define KSCATEGORY_ESCALANTE_PLATFORM_DRIVER DEFINE_GUIDNAMED(KSCATEGORY_ESCALANTE_PLATFORM_DRIVER)

#endif
