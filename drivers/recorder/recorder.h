/* The recorder's own property set: what it has seen since it was last acquired. Ask on the handle
 * of its pin. */
#ifndef RECORDER_H
#define RECORDER_H

/* {6B1F2A54-0D3C-4E57-9C1E-5A7D81E6F3B2} */
#define STATIC_RECORDER_PROPSETID                                                                  \
    0x6b1f2a54, 0x0d3c, 0x4e57, 0x9c, 0x1e, 0x5a, 0x7d, 0x81, 0xe6, 0xf3, 0xb2

enum { RECORDER_PROPERTY_RESULTS }; /* get: RECORDER_RESULTS */

/* Numbers are those of KS_FRAME_INFO.PictureNumber, in frames that carry one; times of frames with
 * TIMEVALID. */
typedef struct _RECORDER_RESULTS {
    unsigned long long Frames; /* with data */
    unsigned long long Empty;  /* without */
    unsigned long long Bytes;
    unsigned long long Checksum;   /* of all data in order: recorder.c, RecorderChecksum */
    unsigned long long Numbered;   /* frames with a number */
    unsigned long long Gaps;       /* places where the number is not one more than before */
    unsigned long long Missing;    /* numbers that were left out there */
    unsigned long long Timed;      /* frames with a time */
    unsigned long long TimeErrors; /* times that are not later than the one before */
    long long FirstNumber, LastNumber;
    long long DropCount;           /* as the source last told it */
    long long FirstTime, LastTime; /* 100 ns */
    unsigned int EndOfStream;      /* 1: the last frame had KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM */
    unsigned int Reserved;
} RECORDER_RESULTS, *PRECORDER_RESULTS;

#endif
