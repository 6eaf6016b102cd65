/* Kernel streaming media: formats, categories and property sets of sound and video devices.
 * The parts are under ksmedia/, by subject. ks.h comes first. Sound structures that contain a
 * WAVEFORMATEX are always there: mmreg.h is included with its bitmap part left to the caller.
 * Constants and layouts are those of 64-bit Windows. */
#ifndef _KSMEDIA_
#define _KSMEDIA_

#include <ks.h>
#ifndef _INC_MMREG
#ifndef NOBITMAP
#define NOBITMAP
#include <mmreg.h>
#undef NOBITMAP
#else
#include <mmreg.h>
#endif
#endif

#ifndef MAX_PATH
#define MAX_PATH 260
#endif
typedef DWORD COLORREF;

#include <ksmedia/general.h>
#include <ksmedia/audio_format.h>
#include <ksmedia/audio_3d.h>
#include <ksmedia/audio.h>
#include <ksmedia/audio_node.h>
#include <ksmedia/audio_wave.h>
#include <ksmedia/mpeg.h>
#include <ksmedia/video_format.h>
#include <ksmedia/vbi.h>
#include <ksmedia/video.h>
#include <ksmedia/video_capture.h>
#include <ksmedia/tuner.h>
#include <ksmedia/video_node.h>
#include <ksmedia/ext_device.h>
#include <ksmedia/video_control.h>
#include <ksmedia/video_port.h>
#include <ksmedia/newer.h>
#include <ksmedia/audio_newer.h>
#include <ksmedia/camera.h>
#include <ksmedia/camera_profile.h>

#endif
