/* The frame store's registers and memory: the contract between driver and device model (hw.c).
 *
 * Two windows: registers, FRAMESTORE_WINDOW_BYTES, and the board's memory, FRAMESTORE_MEMORY_BYTES.
 * One level-triggered interrupt line. No bus master: the board writes to its own memory alone.
 * Every register is 32 bits wide. RO: reads only. W1C: writing a 1 clears the bit.
 *
 * The memory is FRAMESTORE_FRAMES frames, one behind the other. Each has a scratch register, in
 * which the driver notes a cookie (not 0) when it gives the frame out, and 0 when the frame is
 * back. GRAB queues a frame to be filled, COOKIE written before: it is taken only if that is the
 * cookie in the frame's scratch register, and looked at again before the board writes; so a frame
 * that was never given out, or is no longer, is not written to.
 *
 * Life: RESET -> WIDTH, HEIGHT, INTERVAL -> CONTROL = INTERRUPT | RUN. While RUN is set the board
 * takes a YUY2 picture every INTERVAL and numbers it; without a frame queued the picture is
 * dropped, but has had its number. A filled frame is shown by the DONE_* registers, in the order of
 * queueing, until DONE_POP is written; STATUS_DONE raises the interrupt. RESET forgets all but the
 * scratch registers; frames belong to the driver again when BUSY is clear. D1 to D3 lose the
 * scratch registers, too. A device that was pulled out reads as all ones. */
#ifndef FRAMESTORE_HW_H
#define FRAMESTORE_HW_H

#define FRAMESTORE_WINDOW_BYTES 0x1000
#define FRAMESTORE_FRAMES       6
#define FRAMESTORE_FRAME_BYTES  0x96000 /* 640 x 480 x 2, a multiple of the page */
#define FRAMESTORE_MEMORY_BYTES (FRAMESTORE_FRAMES * FRAMESTORE_FRAME_BYTES)

#define FRAMESTORE_REG_ID         0x00 /* RO  FRAMESTORE_ID */
#define FRAMESTORE_REG_CONTROL    0x04 /*     FRAMESTORE_CONTROL_* */
#define FRAMESTORE_REG_STATUS     0x08 /* W1C FRAMESTORE_STATUS_* */
#define FRAMESTORE_REG_WIDTH      0x0C /*     pixels: 160 times 1 to 4 */
#define FRAMESTORE_REG_HEIGHT     0x10 /*     lines, even */
#define FRAMESTORE_REG_INTERVAL   0x14 /*     between two pictures, 100 ns */
#define FRAMESTORE_REG_COOKIE     0x18 /*     of the next GRAB */
#define FRAMESTORE_REG_GRAB       0x1C /*     number of a frame: queues it; reads 1 if it was taken */
#define FRAMESTORE_REG_DONE_COUNT 0x20  /* RO  filled frames to be popped */
#define FRAMESTORE_REG_DONE_FRAME 0x24  /* RO  the oldest one: number of the frame */
#define FRAMESTORE_REG_DONE_WHICH 0x28  /* RO  number of its picture, 1, 2, 3 ... */
#define FRAMESTORE_REG_DONE_DROPS 0x2C  /* RO  pictures dropped before it, since RESET */
#define FRAMESTORE_REG_DONE_AGE   0x30  /* RO  since its picture was taken, 100 ns */
#define FRAMESTORE_REG_DONE_FAULT 0x34  /* RO  1: its cookie had changed, nothing was written */
#define FRAMESTORE_REG_DONE_POP   0x38  /*     any value: on to the next one */
#define FRAMESTORE_REG_SCRATCH    0x100 /*    and 0x104 ...: one for each frame */

#define FRAMESTORE_ID 0x57465331 /* "WFS1" */

#define FRAMESTORE_CONTROL_RUN       0x00000001
#define FRAMESTORE_CONTROL_INTERRUPT 0x00000002 /* the line follows STATUS_DONE */
#define FRAMESTORE_CONTROL_RESET     0x80000000 /* clears itself and all else */

#define FRAMESTORE_STATUS_DONE    0x00000001 /* a frame was filled */
#define FRAMESTORE_STATUS_DROPPED 0x00000002 /* a picture found no frame */
#define FRAMESTORE_STATUS_REFUSED 0x00000004 /* a GRAB was not taken */
#define FRAMESTORE_STATUS_BUSY    0x00000100 /* RO: the board writes */
#define FRAMESTORE_STATUS_CAUSES  0x00000007

#endif
