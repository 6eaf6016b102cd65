/* Sound formats: the wave format tags and the structures that carry them.
 * Only what a minidriver needs: no product numbers, no codec specific extensions but PCM, ADPCM
 * and MPEG. WAVEFORMATEX is packed to bytes (18 of them), as in a file.
 * Without NOBITMAP the bitmap header is here too. */
#ifndef _INC_MMREG
#define _INC_MMREG 158

#include <windef.h>

#ifndef MM_MICROSOFT
#define MM_MICROSOFT 1
#endif

#define WAVE_FORMAT_PCM                        1
#define WAVE_FORMAT_EXTENSIBLE                 0xFFFE
#define WAVE_FORMAT_UNKNOWN                    0x0000
#define WAVE_FORMAT_ADPCM                      0x0002
#define WAVE_FORMAT_IEEE_FLOAT                 0x0003
#define WAVE_FORMAT_VSELP                      0x0004
#define WAVE_FORMAT_IBM_CVSD                   0x0005
#define WAVE_FORMAT_ALAW                       0x0006
#define WAVE_FORMAT_MULAW                      0x0007
#define WAVE_FORMAT_DTS                        0x0008
#define WAVE_FORMAT_DRM                        0x0009
#define WAVE_FORMAT_WMAVOICE9                  0x000A
#define WAVE_FORMAT_WMAVOICE10                 0x000B
#define WAVE_FORMAT_OKI_ADPCM                  0x0010
#define WAVE_FORMAT_DVI_ADPCM                  0x0011
#define WAVE_FORMAT_MEDIASPACE_ADPCM           0x0012
#define WAVE_FORMAT_SIERRA_ADPCM               0x0013
#define WAVE_FORMAT_G723_ADPCM                 0x0014
#define WAVE_FORMAT_DIGISTD                    0x0015
#define WAVE_FORMAT_DIGIFIX                    0x0016
#define WAVE_FORMAT_DIALOGIC_OKI_ADPCM         0x0017
#define WAVE_FORMAT_MEDIAVISION_ADPCM          0x0018
#define WAVE_FORMAT_CU_CODEC                   0x0019
#define WAVE_FORMAT_HP_DYN_VOICE               0x001A
#define WAVE_FORMAT_YAMAHA_ADPCM               0x0020
#define WAVE_FORMAT_SONARC                     0x0021
#define WAVE_FORMAT_DSPGROUP_TRUESPEECH        0x0022
#define WAVE_FORMAT_ECHOSC1                    0x0023
#define WAVE_FORMAT_AUDIOFILE_AF36             0x0024
#define WAVE_FORMAT_APTX                       0x0025
#define WAVE_FORMAT_AUDIOFILE_AF10             0x0026
#define WAVE_FORMAT_PROSODY_1612               0x0027
#define WAVE_FORMAT_LRC                        0x0028
#define WAVE_FORMAT_DOLBY_AC2                  0x0030
#define WAVE_FORMAT_GSM610                     0x0031
#define WAVE_FORMAT_MSNAUDIO                   0x0032
#define WAVE_FORMAT_ANTEX_ADPCME               0x0033
#define WAVE_FORMAT_CONTROL_RES_VQLPC          0x0034
#define WAVE_FORMAT_DIGIREAL                   0x0035
#define WAVE_FORMAT_DIGIADPCM                  0x0036
#define WAVE_FORMAT_CONTROL_RES_CR10           0x0037
#define WAVE_FORMAT_NMS_VBXADPCM               0x0038
#define WAVE_FORMAT_CS_IMAADPCM                0x0039
#define WAVE_FORMAT_ECHOSC3                    0x003A
#define WAVE_FORMAT_ROCKWELL_ADPCM             0x003B
#define WAVE_FORMAT_ROCKWELL_DIGITALK          0x003C
#define WAVE_FORMAT_XEBEC                      0x003D
#define WAVE_FORMAT_G721_ADPCM                 0x0040
#define WAVE_FORMAT_G728_CELP                  0x0041
#define WAVE_FORMAT_MSG723                     0x0042
#define WAVE_FORMAT_INTEL_G723_1               0x0043
#define WAVE_FORMAT_INTEL_G729                 0x0044
#define WAVE_FORMAT_SHARP_G726                 0x0045
#define WAVE_FORMAT_MPEG                       0x0050
#define WAVE_FORMAT_RT24                       0x0052
#define WAVE_FORMAT_PAC                        0x0053
#define WAVE_FORMAT_MPEGLAYER3                 0x0055
#define WAVE_FORMAT_LUCENT_G723                0x0059
#define WAVE_FORMAT_CIRRUS                     0x0060
#define WAVE_FORMAT_ESPCM                      0x0061
#define WAVE_FORMAT_VOXWARE                    0x0062
#define WAVE_FORMAT_CANOPUS_ATRAC              0x0063
#define WAVE_FORMAT_G726_ADPCM                 0x0064
#define WAVE_FORMAT_G722_ADPCM                 0x0065
#define WAVE_FORMAT_DSAT                       0x0066
#define WAVE_FORMAT_DSAT_DISPLAY               0x0067
#define WAVE_FORMAT_VOXWARE_BYTE_ALIGNED       0x0069
#define WAVE_FORMAT_VOXWARE_AC8                0x0070
#define WAVE_FORMAT_VOXWARE_AC10               0x0071
#define WAVE_FORMAT_VOXWARE_AC16               0x0072
#define WAVE_FORMAT_VOXWARE_AC20               0x0073
#define WAVE_FORMAT_VOXWARE_RT24               0x0074
#define WAVE_FORMAT_VOXWARE_RT29               0x0075
#define WAVE_FORMAT_VOXWARE_RT29HW             0x0076
#define WAVE_FORMAT_VOXWARE_VR12               0x0077
#define WAVE_FORMAT_VOXWARE_VR18               0x0078
#define WAVE_FORMAT_VOXWARE_TQ40               0x0079
#define WAVE_FORMAT_VOXWARE_SC3                0x007A
#define WAVE_FORMAT_VOXWARE_SC3_1              0x007B
#define WAVE_FORMAT_SOFTSOUND                  0x0080
#define WAVE_FORMAT_VOXWARE_TQ60               0x0081
#define WAVE_FORMAT_MSRT24                     0x0082
#define WAVE_FORMAT_G729A                      0x0083
#define WAVE_FORMAT_MVI_MVI2                   0x0084
#define WAVE_FORMAT_DF_G726                    0x0085
#define WAVE_FORMAT_DF_GSM610                  0x0086
#define WAVE_FORMAT_ISIAUDIO                   0x0088
#define WAVE_FORMAT_ONLIVE                     0x0089
#define WAVE_FORMAT_MULTITUDE_FT_SX20          0x008A
#define WAVE_FORMAT_INFOCOM_ITS_G721_ADPCM     0x008B
#define WAVE_FORMAT_CONVEDIA_G729              0x008C
#define WAVE_FORMAT_CONGRUENCY                 0x008D
#define WAVE_FORMAT_SBC24                      0x0091
#define WAVE_FORMAT_DOLBY_AC3_SPDIF            0x0092
#define WAVE_FORMAT_MEDIASONIC_G723            0x0093
#define WAVE_FORMAT_PROSODY_8KBPS              0x0094
#define WAVE_FORMAT_ZYXEL_ADPCM                0x0097
#define WAVE_FORMAT_PHILIPS_LPCBB              0x0098
#define WAVE_FORMAT_PACKED                     0x0099
#define WAVE_FORMAT_MALDEN_PHONYTALK           0x00A0
#define WAVE_FORMAT_RACAL_RECORDER_GSM         0x00A1
#define WAVE_FORMAT_RACAL_RECORDER_G720_A      0x00A2
#define WAVE_FORMAT_RACAL_RECORDER_G723_1      0x00A3
#define WAVE_FORMAT_RACAL_RECORDER_TETRA_ACELP 0x00A4
#define WAVE_FORMAT_NEC_AAC                    0x00B0
#define WAVE_FORMAT_RAW_AAC1                   0x00FF
#define WAVE_FORMAT_RHETOREX_ADPCM             0x0100
#define WAVE_FORMAT_IRAT                       0x0101
#define WAVE_FORMAT_VIVO_G723                  0x0111
#define WAVE_FORMAT_VIVO_SIREN                 0x0112
#define WAVE_FORMAT_PHILIPS_CELP               0x0120
#define WAVE_FORMAT_PHILIPS_GRUNDIG            0x0121
#define WAVE_FORMAT_DIGITAL_G723               0x0123
#define WAVE_FORMAT_SANYO_LD_ADPCM             0x0125
#define WAVE_FORMAT_SIPROLAB_ACEPLNET          0x0130
#define WAVE_FORMAT_SIPROLAB_ACELP4800         0x0131
#define WAVE_FORMAT_SIPROLAB_ACELP8V3          0x0132
#define WAVE_FORMAT_SIPROLAB_G729              0x0133
#define WAVE_FORMAT_SIPROLAB_G729A             0x0134
#define WAVE_FORMAT_SIPROLAB_KELVIN            0x0135
#define WAVE_FORMAT_VOICEAGE_AMR               0x0136
#define WAVE_FORMAT_G726ADPCM                  0x0140
#define WAVE_FORMAT_DICTAPHONE_CELP68          0x0141
#define WAVE_FORMAT_DICTAPHONE_CELP54          0x0142
#define WAVE_FORMAT_QUALCOMM_PUREVOICE         0x0150
#define WAVE_FORMAT_QUALCOMM_HALFRATE          0x0151
#define WAVE_FORMAT_TUBGSM                     0x0155
#define WAVE_FORMAT_MSAUDIO1                   0x0160
#define WAVE_FORMAT_WMAUDIO2                   0x0161
#define WAVE_FORMAT_WMAUDIO3                   0x0162
#define WAVE_FORMAT_WMAUDIO_LOSSLESS           0x0163
#define WAVE_FORMAT_WMASPDIF                   0x0164
#define WAVE_FORMAT_UNISYS_NAP_ADPCM           0x0170
#define WAVE_FORMAT_UNISYS_NAP_ULAW            0x0171
#define WAVE_FORMAT_UNISYS_NAP_ALAW            0x0172
#define WAVE_FORMAT_UNISYS_NAP_16K             0x0173
#define WAVE_FORMAT_SYCOM_ACM_SYC008           0x0174
#define WAVE_FORMAT_SYCOM_ACM_SYC701_G726L     0x0175
#define WAVE_FORMAT_SYCOM_ACM_SYC701_CELP54    0x0176
#define WAVE_FORMAT_SYCOM_ACM_SYC701_CELP68    0x0177
#define WAVE_FORMAT_KNOWLEDGE_ADVENTURE_ADPCM  0x0178
#define WAVE_FORMAT_FRAUNHOFER_IIS_MPEG2_AAC   0x0180
#define WAVE_FORMAT_DTS_DS                     0x0190
#define WAVE_FORMAT_CREATIVE_ADPCM             0x0200
#define WAVE_FORMAT_CREATIVE_FASTSPEECH8       0x0202
#define WAVE_FORMAT_CREATIVE_FASTSPEECH10      0x0203
#define WAVE_FORMAT_UHER_ADPCM                 0x0210
#define WAVE_FORMAT_ULEAD_DV_AUDIO             0x0215
#define WAVE_FORMAT_ULEAD_DV_AUDIO_1           0x0216
#define WAVE_FORMAT_QUARTERDECK                0x0220
#define WAVE_FORMAT_ILINK_VC                   0x0230
#define WAVE_FORMAT_RAW_SPORT                  0x0240
#define WAVE_FORMAT_ESST_AC3                   0x0241
#define WAVE_FORMAT_GENERIC_PASSTHRU           0x0249
#define WAVE_FORMAT_IPI_HSX                    0x0250
#define WAVE_FORMAT_IPI_RPELP                  0x0251
#define WAVE_FORMAT_CS2                        0x0260
#define WAVE_FORMAT_SONY_SCX                   0x0270
#define WAVE_FORMAT_SONY_SCY                   0x0271
#define WAVE_FORMAT_SONY_ATRAC3                0x0272
#define WAVE_FORMAT_SONY_SPC                   0x0273
#define WAVE_FORMAT_TELUM_AUDIO                0x0280
#define WAVE_FORMAT_TELUM_IA_AUDIO             0x0281
#define WAVE_FORMAT_NORCOM_VOICE_SYSTEMS_ADPCM 0x0285
#define WAVE_FORMAT_FM_TOWNS_SND               0x0300
#define WAVE_FORMAT_MICRONAS                   0x0350
#define WAVE_FORMAT_MICRONAS_CELP833           0x0351
#define WAVE_FORMAT_BTV_DIGITAL                0x0400
#define WAVE_FORMAT_INTEL_MUSIC_CODER          0x0401
#define WAVE_FORMAT_INDEO_AUDIO                0x0402
#define WAVE_FORMAT_QDESIGN_MUSIC              0x0450
#define WAVE_FORMAT_ON2_VP7_AUDIO              0x0500
#define WAVE_FORMAT_ON2_VP6_AUDIO              0x0501
#define WAVE_FORMAT_VME_VMPCM                  0x0680
#define WAVE_FORMAT_TPC                        0x0681
#define WAVE_FORMAT_LIGHTWAVE_LOSSLESS         0x08AE
#define WAVE_FORMAT_OLIGSM                     0x1000
#define WAVE_FORMAT_OLIADPCM                   0x1001
#define WAVE_FORMAT_OLICELP                    0x1002
#define WAVE_FORMAT_OLISBC                     0x1003
#define WAVE_FORMAT_OLIOPR                     0x1004
#define WAVE_FORMAT_LH_CODEC                   0x1100
#define WAVE_FORMAT_LH_CODEC_CELP              0x1101
#define WAVE_FORMAT_LH_CODEC_SBC8              0x1102
#define WAVE_FORMAT_LH_CODEC_SBC12             0x1103
#define WAVE_FORMAT_LH_CODEC_SBC16             0x1104
#define WAVE_FORMAT_NORRIS                     0x1400
#define WAVE_FORMAT_ISIAUDIO_2                 0x1401
#define WAVE_FORMAT_SOUNDSPACE_MUSICOMPRESS    0x1500
#define WAVE_FORMAT_MPEG_ADTS_AAC              0x1600
#define WAVE_FORMAT_MPEG_RAW_AAC               0x1601
#define WAVE_FORMAT_MPEG_LOAS                  0x1602
#define WAVE_FORMAT_NOKIA_MPEG_ADTS_AAC        0x1608
#define WAVE_FORMAT_NOKIA_MPEG_RAW_AAC         0x1609
#define WAVE_FORMAT_VODAFONE_MPEG_ADTS_AAC     0x160A
#define WAVE_FORMAT_VODAFONE_MPEG_RAW_AAC      0x160B
#define WAVE_FORMAT_MPEG_HEAAC                 0x1610
#define WAVE_FORMAT_VOXWARE_RT24_SPEECH        0x181C
#define WAVE_FORMAT_SONICFOUNDRY_LOSSLESS      0x1971
#define WAVE_FORMAT_INNINGS_TELECOM_ADPCM      0x1979
#define WAVE_FORMAT_LUCENT_SX8300P             0x1C07
#define WAVE_FORMAT_LUCENT_SX5363S             0x1C0C
#define WAVE_FORMAT_CUSEEME                    0x1F03
#define WAVE_FORMAT_NTCSOFT_ALF2CM_ACM         0x1FC4
#define WAVE_FORMAT_DVM                        0x2000
#define WAVE_FORMAT_DTS2                       0x2001
#define WAVE_FORMAT_MAKEAVIS                   0x3313
#define WAVE_FORMAT_DIVIO_MPEG4_AAC            0x4143
#define WAVE_FORMAT_NOKIA_ADAPTIVE_MULTIRATE   0x4201
#define WAVE_FORMAT_DIVIO_G726                 0x4243
#define WAVE_FORMAT_LEAD_SPEECH                0x434C
#define WAVE_FORMAT_LEAD_VORBIS                0x564C
#define WAVE_FORMAT_WAVPACK_AUDIO              0x5756
#define WAVE_FORMAT_ALAC                       0x6C61
#define WAVE_FORMAT_OGG_VORBIS_MODE_1          0x674F
#define WAVE_FORMAT_OGG_VORBIS_MODE_2          0x6750
#define WAVE_FORMAT_OGG_VORBIS_MODE_3          0x6751
#define WAVE_FORMAT_OGG_VORBIS_MODE_1_PLUS     0x676F
#define WAVE_FORMAT_OGG_VORBIS_MODE_2_PLUS     0x6770
#define WAVE_FORMAT_OGG_VORBIS_MODE_3_PLUS     0x6771
#define WAVE_FORMAT_3COM_NBX                   0x7000
#define WAVE_FORMAT_OPUS                       0x704F
#define WAVE_FORMAT_FAAD_AAC                   0x706D
#define WAVE_FORMAT_AMR_NB                     0x7361
#define WAVE_FORMAT_AMR_WB                     0x7362
#define WAVE_FORMAT_AMR_WP                     0x7363
#define WAVE_FORMAT_GSM_AMR_CBR                0x7A21
#define WAVE_FORMAT_GSM_AMR_VBR_SID            0x7A22
#define WAVE_FORMAT_COMVERSE_INFOSYS_G723_1    0xA100
#define WAVE_FORMAT_COMVERSE_INFOSYS_AVQSBC    0xA101
#define WAVE_FORMAT_COMVERSE_INFOSYS_SBC       0xA102
#define WAVE_FORMAT_SYMBOL_G729_A              0xA103
#define WAVE_FORMAT_VOICEAGE_AMR_WB            0xA104
#define WAVE_FORMAT_INGENIENT_G726             0xA105
#define WAVE_FORMAT_MPEG4_AAC                  0xA106
#define WAVE_FORMAT_ENCORE_G726                0xA107
#define WAVE_FORMAT_ZOLL_ASAO                  0xA108
#define WAVE_FORMAT_SPEEX_VOICE                0xA109
#define WAVE_FORMAT_VIANIX_MASC                0xA10A
#define WAVE_FORMAT_WM9_SPECTRUM_ANALYZER      0xA10B
#define WAVE_FORMAT_WMF_SPECTRUM_ANAYZER       0xA10C
#define WAVE_FORMAT_GSM_610                    0xA10D
#define WAVE_FORMAT_GSM_620                    0xA10E
#define WAVE_FORMAT_GSM_660                    0xA10F
#define WAVE_FORMAT_GSM_690                    0xA110
#define WAVE_FORMAT_GSM_ADAPTIVE_MULTIRATE_WB  0xA111
#define WAVE_FORMAT_POLYCOM_G722               0xA112
#define WAVE_FORMAT_POLYCOM_G728               0xA113
#define WAVE_FORMAT_POLYCOM_G729_A             0xA114
#define WAVE_FORMAT_POLYCOM_SIREN              0xA115
#define WAVE_FORMAT_GLOBAL_IP_ILBC             0xA116
#define WAVE_FORMAT_RADIOTIME_TIME_SHIFT_RADIO 0xA117
#define WAVE_FORMAT_NICE_ACA                   0xA118
#define WAVE_FORMAT_NICE_ADPCM                 0xA119
#define WAVE_FORMAT_VOCORD_G721                0xA11A
#define WAVE_FORMAT_VOCORD_G726                0xA11B
#define WAVE_FORMAT_VOCORD_G722_1              0xA11C
#define WAVE_FORMAT_VOCORD_G728                0xA11D
#define WAVE_FORMAT_VOCORD_G729                0xA11E
#define WAVE_FORMAT_VOCORD_G729_A              0xA11F
#define WAVE_FORMAT_VOCORD_G723_1              0xA120
#define WAVE_FORMAT_VOCORD_LBC                 0xA121
#define WAVE_FORMAT_NICE_G728                  0xA122
#define WAVE_FORMAT_FRACE_TELECOM_G729         0xA123
#define WAVE_FORMAT_CODIAN                     0xA124
#define WAVE_FORMAT_DOLBY_AC4                  0xAC40
#define WAVE_FORMAT_FLAC                       0xF1AC

#pragma pack(push, 1)

typedef struct waveformat_tag {
    WORD wFormatTag;
    WORD nChannels;
    DWORD nSamplesPerSec;
    DWORD nAvgBytesPerSec;
    WORD nBlockAlign;
} WAVEFORMAT, *PWAVEFORMAT, *NPWAVEFORMAT, *LPWAVEFORMAT;

typedef struct pcmwaveformat_tag {
    WAVEFORMAT wf;
    WORD wBitsPerSample;
} PCMWAVEFORMAT, *PPCMWAVEFORMAT, *NPPCMWAVEFORMAT, *LPPCMWAVEFORMAT;

#ifndef _WAVEFORMATEX_
#define _WAVEFORMATEX_
/* cbSize bytes of the format's own data follow. */
typedef struct tWAVEFORMATEX {
    WORD wFormatTag;
    WORD nChannels;
    DWORD nSamplesPerSec;
    DWORD nAvgBytesPerSec;
    WORD nBlockAlign;
    WORD wBitsPerSample;
    WORD cbSize;
} WAVEFORMATEX, *PWAVEFORMATEX, *NPWAVEFORMATEX, *LPWAVEFORMATEX;
#endif
typedef const WAVEFORMATEX *LPCWAVEFORMATEX;

#ifndef _WAVEFORMATEXTENSIBLE_
#define _WAVEFORMATEXTENSIBLE_
/* Says what the plain structure cannot: valid bits, speaker positions, a format by GUID. */
typedef struct {
    WAVEFORMATEX Format;
    union {
        WORD wValidBitsPerSample;
        WORD wSamplesPerBlock;
        WORD wReserved;
    } Samples;
    DWORD dwChannelMask;
    GUID SubFormat;
} WAVEFORMATEXTENSIBLE, *PWAVEFORMATEXTENSIBLE;
#endif

typedef struct adpcmcoef_tag {
    short iCoef1;
    short iCoef2;
} ADPCMCOEFSET, *PADPCMCOEFSET, *NPADPCMCOEFSET, *LPADPCMCOEFSET;

typedef struct mpeg1waveformat_tag {
    WAVEFORMATEX wfx;
    WORD fwHeadLayer;
    DWORD dwHeadBitrate;
    WORD fwHeadMode;
    WORD fwHeadModeExt;
    WORD wHeadEmphasis;
    WORD fwHeadFlags;
    DWORD dwPTSLow;
    DWORD dwPTSHigh;
} MPEG1WAVEFORMAT, *PMPEG1WAVEFORMAT, *NPMPEG1WAVEFORMAT, *LPMPEG1WAVEFORMAT;

#pragma pack(pop)

#if !defined(NOBITMAP) && !defined(WEIR_WDK_BITMAPINFOHEADER)
#define WEIR_WDK_BITMAPINFOHEADER
typedef struct tagBITMAPINFOHEADER {
    DWORD biSize;
    LONG biWidth;
    LONG biHeight;
    WORD biPlanes;
    WORD biBitCount;
    DWORD biCompression;
    DWORD biSizeImage;
    LONG biXPelsPerMeter;
    LONG biYPelsPerMeter;
    DWORD biClrUsed;
    DWORD biClrImportant;
} BITMAPINFOHEADER, *PBITMAPINFOHEADER, *LPBITMAPINFOHEADER;
#endif

#endif
