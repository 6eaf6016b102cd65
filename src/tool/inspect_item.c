/* Names of the items of sets that every driver has, and of those that cameras and sound have. WDK
 * world. */
#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <stdio.h>
#include <string.h>

#include "tool/inspect.h"

struct item_names {
    const GUID *set;
    const char *prefix; /* of the names as the headers have them */
    const char *const *names;
    unsigned count;
};

#define ITEM(name) [KSPROPERTY_GENERAL_##name] = #name
static const char *const general_items[] = {ITEM(COMPONENTID)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_PIN_##name] = #name
static const char *const pin_items[] = {ITEM(CINSTANCES),
                                        ITEM(CTYPES),
                                        ITEM(DATAFLOW),
                                        ITEM(DATARANGES),
                                        ITEM(DATAINTERSECTION),
                                        ITEM(INTERFACES),
                                        ITEM(MEDIUMS),
                                        ITEM(COMMUNICATION),
                                        ITEM(GLOBALCINSTANCES),
                                        ITEM(NECESSARYINSTANCES),
                                        ITEM(PHYSICALCONNECTION),
                                        ITEM(CATEGORY),
                                        ITEM(NAME),
                                        ITEM(CONSTRAINEDDATARANGES),
                                        ITEM(PROPOSEDATAFORMAT),
                                        ITEM(PROPOSEDATAFORMAT2),
                                        ITEM(MODEDATAFORMATS)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_TOPOLOGY_##name] = #name
static const char *const topology_items[] = {ITEM(CATEGORIES), ITEM(NODES), ITEM(CONNECTIONS),
                                             ITEM(NAME)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_CONNECTION_##name] = #name
static const char *const connection_items[] = {ITEM(STATE),
                                               ITEM(PRIORITY),
                                               ITEM(DATAFORMAT),
                                               ITEM(ALLOCATORFRAMING),
                                               ITEM(PROPOSEDATAFORMAT),
                                               ITEM(ACQUIREORDERING),
                                               ITEM(ALLOCATORFRAMING_EX),
                                               ITEM(STARTAT)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_STREAM_##name] = #name
static const char *const stream_items[] = {ITEM(ALLOCATOR),
                                           ITEM(QUALITY),
                                           ITEM(DEGRADATION),
                                           ITEM(MASTERCLOCK),
                                           ITEM(TIMEFORMAT),
                                           ITEM(PRESENTATIONTIME),
                                           ITEM(PRESENTATIONEXTENT),
                                           ITEM(FRAMETIME),
                                           ITEM(RATECAPABILITY),
                                           ITEM(RATE),
                                           ITEM(PIPE_ID)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_STREAMINTERFACE_##name] = #name
static const char *const streaminterface_items[] = {ITEM(HEADERSIZE)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_DROPPEDFRAMES_##name] = #name
static const char *const vidcap_droppedframes_items[] = {ITEM(CURRENT)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_VIDEOPROCAMP_##name] = #name
static const char *const vidcap_videoprocamp_items[] = {ITEM(BRIGHTNESS),
                                                        ITEM(CONTRAST),
                                                        ITEM(HUE),
                                                        ITEM(SATURATION),
                                                        ITEM(SHARPNESS),
                                                        ITEM(GAMMA),
                                                        ITEM(COLORENABLE),
                                                        ITEM(WHITEBALANCE),
                                                        ITEM(BACKLIGHT_COMPENSATION),
                                                        ITEM(GAIN),
                                                        ITEM(DIGITAL_MULTIPLIER),
                                                        ITEM(DIGITAL_MULTIPLIER_LIMIT),
                                                        ITEM(WHITEBALANCE_COMPONENT),
                                                        ITEM(POWERLINE_FREQUENCY)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_CAMERACONTROL_##name] = #name
static const char *const vidcap_cameracontrol_items[] = {ITEM(PAN),
                                                         ITEM(TILT),
                                                         ITEM(ROLL),
                                                         ITEM(ZOOM),
                                                         ITEM(EXPOSURE),
                                                         ITEM(IRIS),
                                                         ITEM(FOCUS),
                                                         ITEM(SCANMODE),
                                                         ITEM(PRIVACY),
                                                         ITEM(PANTILT),
                                                         ITEM(PAN_RELATIVE),
                                                         ITEM(TILT_RELATIVE),
                                                         ITEM(ROLL_RELATIVE),
                                                         ITEM(ZOOM_RELATIVE),
                                                         ITEM(EXPOSURE_RELATIVE),
                                                         ITEM(IRIS_RELATIVE),
                                                         ITEM(FOCUS_RELATIVE),
                                                         ITEM(PANTILT_RELATIVE),
                                                         ITEM(FOCAL_LENGTH),
                                                         ITEM(AUTO_EXPOSURE_PRIORITY)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_VIDEOCONTROL_##name] = #name
static const char *const vidcap_videocontrol_items[] = {ITEM(CAPS), ITEM(ACTUAL_FRAME_RATE),
                                                        ITEM(FRAME_RATES), ITEM(MODE)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_VIDEODECODER_##name] = #name
static const char *const vidcap_videodecoder_items[] = {
    ITEM(CAPS), ITEM(STANDARD), ITEM(STATUS), ITEM(OUTPUT_ENABLE), ITEM(VCR_TIMING), ITEM(STATUS2)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_CROSSBAR_##name] = #name
static const char *const vidcap_crossbar_items[] = {ITEM(CAPS), ITEM(PININFO), ITEM(CAN_ROUTE),
                                                    ITEM(ROUTE), ITEM(INPUT_ACTIVE)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_TUNER_##name] = #name
static const char *const tuner_items[] = {
    ITEM(CAPS),      ITEM(MODE_CAPS),   ITEM(MODE),          ITEM(STANDARD),
    ITEM(FREQUENCY), ITEM(INPUT),       ITEM(STATUS),        ITEM(IF_MEDIUM),
    ITEM(SCAN_CAPS), ITEM(SCAN_STATUS), ITEM(STANDARD_MODE), ITEM(NETWORKTYPE_SCAN_CAPS)};
#undef ITEM

#define ITEM(name) [KSPROPERTY_AUDIO_##name] = #name
static const char *const audio_items[] = {ITEM(LATENCY),
                                          ITEM(COPY_PROTECTION),
                                          ITEM(CHANNEL_CONFIG),
                                          ITEM(VOLUMELEVEL),
                                          ITEM(POSITION),
                                          ITEM(DYNAMIC_RANGE),
                                          ITEM(QUALITY),
                                          ITEM(SAMPLING_RATE),
                                          ITEM(DYNAMIC_SAMPLING_RATE),
                                          ITEM(MIX_LEVEL_TABLE),
                                          ITEM(MIX_LEVEL_CAPS),
                                          ITEM(MUX_SOURCE),
                                          ITEM(MUTE),
                                          ITEM(BASS),
                                          ITEM(MID),
                                          ITEM(TREBLE),
                                          ITEM(BASS_BOOST),
                                          ITEM(EQ_LEVEL),
                                          ITEM(NUM_EQ_BANDS),
                                          ITEM(EQ_BANDS),
                                          ITEM(AGC),
                                          ITEM(DELAY),
                                          ITEM(LOUDNESS),
                                          ITEM(WIDE_MODE),
                                          ITEM(WIDENESS),
                                          ITEM(REVERB_LEVEL),
                                          ITEM(CHORUS_LEVEL),
                                          ITEM(DEV_SPECIFIC),
                                          ITEM(DEMUX_DEST),
                                          ITEM(STEREO_ENHANCE),
                                          ITEM(MANUFACTURE_GUID),
                                          ITEM(PRODUCT_GUID),
                                          ITEM(CPU_RESOURCES),
                                          ITEM(STEREO_SPEAKER_GEOMETRY),
                                          ITEM(SURROUND_ENCODE),
                                          ITEM(3D_INTERFACE),
                                          ITEM(PEAKMETER),
                                          ITEM(ALGORITHM_INSTANCE),
                                          ITEM(FILTER_STATE),
                                          ITEM(PREFERRED_STATUS),
                                          ITEM(PEQ_MAX_BANDS),
                                          ITEM(PEQ_NUM_BANDS),
                                          ITEM(PEQ_BAND_CENTER_FREQ),
                                          ITEM(PEQ_BAND_Q_FACTOR),
                                          ITEM(PEQ_BAND_LEVEL),
                                          ITEM(CHORUS_MODULATION_RATE),
                                          ITEM(CHORUS_MODULATION_DEPTH),
                                          ITEM(REVERB_TIME),
                                          ITEM(REVERB_DELAY_FEEDBACK),
                                          ITEM(POSITIONEX),
                                          ITEM(MIC_ARRAY_GEOMETRY),
                                          ITEM(PRESENTATION_POSITION),
                                          ITEM(WAVERT_CURRENT_WRITE_POSITION),
                                          ITEM(LINEAR_BUFFER_POSITION),
                                          ITEM(PEAKMETER2),
                                          ITEM(WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION),
                                          ITEM(VOLUMELIMIT_ENGAGED),
                                          ITEM(MIC_SENSITIVITY),
                                          ITEM(MIC_SNR),
                                          ITEM(MIC_SENSITIVITY2)};
#undef ITEM

#define ITEM(name) [KSEVENT_CONNECTION_##name] = #name
static const char *const connection_events[] = {ITEM(POSITIONUPDATE), ITEM(DATADISCONTINUITY),
                                                ITEM(TIMEDISCONTINUITY), ITEM(PRIORITY),
                                                ITEM(ENDOFSTREAM)};
#undef ITEM

#define ITEM(name) [KSEVENT_DEVICE_##name] = #name
static const char *const device_events[] = {ITEM(LOST), ITEM(PREEMPTED), ITEM(THERMAL_HIGH),
                                            ITEM(THERMAL_LOW)};
#undef ITEM

static const struct item_names known[] = {
    {&KSEVENTSETID_Device, "KSEVENT_DEVICE_", device_events, RTL_NUMBER_OF(device_events)},
    {&KSPROPSETID_General, "KSPROPERTY_GENERAL_", general_items, RTL_NUMBER_OF(general_items)},
    {&KSPROPSETID_Pin, "KSPROPERTY_PIN_", pin_items, RTL_NUMBER_OF(pin_items)},
    {&KSPROPSETID_Topology, "KSPROPERTY_TOPOLOGY_", topology_items, RTL_NUMBER_OF(topology_items)},
    {&KSPROPSETID_Connection, "KSPROPERTY_CONNECTION_", connection_items,
     RTL_NUMBER_OF(connection_items)},
    {&KSPROPSETID_Stream, "KSPROPERTY_STREAM_", stream_items, RTL_NUMBER_OF(stream_items)},
    {&KSPROPSETID_StreamInterface, "KSPROPERTY_STREAMINTERFACE_", streaminterface_items,
     RTL_NUMBER_OF(streaminterface_items)},
    {&PROPSETID_VIDCAP_DROPPEDFRAMES, "KSPROPERTY_DROPPEDFRAMES_", vidcap_droppedframes_items,
     RTL_NUMBER_OF(vidcap_droppedframes_items)},
    {&PROPSETID_VIDCAP_VIDEOPROCAMP, "KSPROPERTY_VIDEOPROCAMP_", vidcap_videoprocamp_items,
     RTL_NUMBER_OF(vidcap_videoprocamp_items)},
    {&PROPSETID_VIDCAP_CAMERACONTROL, "KSPROPERTY_CAMERACONTROL_", vidcap_cameracontrol_items,
     RTL_NUMBER_OF(vidcap_cameracontrol_items)},
    {&PROPSETID_VIDCAP_VIDEOCONTROL, "KSPROPERTY_VIDEOCONTROL_", vidcap_videocontrol_items,
     RTL_NUMBER_OF(vidcap_videocontrol_items)},
    {&PROPSETID_VIDCAP_VIDEODECODER, "KSPROPERTY_VIDEODECODER_", vidcap_videodecoder_items,
     RTL_NUMBER_OF(vidcap_videodecoder_items)},
    {&PROPSETID_VIDCAP_CROSSBAR, "KSPROPERTY_CROSSBAR_", vidcap_crossbar_items,
     RTL_NUMBER_OF(vidcap_crossbar_items)},
    {&PROPSETID_TUNER, "KSPROPERTY_TUNER_", tuner_items, RTL_NUMBER_OF(tuner_items)},
    {&KSPROPSETID_Audio, "KSPROPERTY_AUDIO_", audio_items, RTL_NUMBER_OF(audio_items)},
    {&KSEVENTSETID_Connection, "KSEVENT_CONNECTION_", connection_events,
     RTL_NUMBER_OF(connection_events)},
};

const char *inspect_item_name(const void *set, unsigned id, const char **prefix)
{
    for (unsigned i = 0; i < RTL_NUMBER_OF(known); i++) {
        if (memcmp(known[i].set, set, sizeof(GUID)) || id >= known[i].count)
            continue;
        *prefix = known[i].prefix;
        return known[i].names[id];
    }
    return NULL;
}
