/* The camera's registers: the contract between driver (device.c) and device model (hw.c).
 *
 * One window of CAMERA_WINDOW_BYTES, one level-triggered interrupt line, bus master with 64-bit
 * addresses. Every register is 32 bits wide but ADDRESS, which is 64. RO: reads only. W1C: writing
 * a 1 clears the bit.
 *
 * Life: RESET -> FORMAT, WIDTH, HEIGHT, INTERVAL -> CONTROL = INTERRUPT | RUN. The driver hands
 * over buffers as lists of descriptors: ADDRESS, then LENGTH, which takes both into the queue; the
 * last one of a buffer carries CAMERA_LENGTH_LAST. While RUN is set the sensor takes a picture
 * every INTERVAL and numbers it; if no whole buffer is queued by then, the picture is dropped, but
 * has had its number. A filled buffer is shown by the DONE_* registers, in the order of queueing,
 * until DONE_POP is written; STATUS_DONE raises the interrupt. Without RUN buffers stay queued.
 * RESET forgets all of it; buffers belong to the driver again when BUSY is clear. D1 to D3 lose
 * everything, as RESET does. A device that was pulled out reads as all ones. */
#ifndef CAMERA_HW_H
#define CAMERA_HW_H

#define CAMERA_WINDOW_BYTES 0x1000

#define CAMERA_REG_ID         0x00 /* RO  CAMERA_ID */
#define CAMERA_REG_CONTROL    0x04 /*     CAMERA_CONTROL_* */
#define CAMERA_REG_STATUS     0x08 /* W1C CAMERA_STATUS_* */
#define CAMERA_REG_FORMAT     0x0C /*     CAMERA_FORMAT_* */
#define CAMERA_REG_WIDTH      0x10 /*     pixels: 160 times 1 to 12 */
#define CAMERA_REG_HEIGHT     0x14 /*     lines, even */
#define CAMERA_REG_INTERVAL   0x18 /*     between two pictures, 100 ns */
#define CAMERA_REG_ROOM       0x1C /* RO  descriptors that the queue still takes */
#define CAMERA_REG_ADDRESS    0x20 /*     bus address of the next descriptor, 64 bits */
#define CAMERA_REG_LENGTH     0x28 /*     its bytes, and CAMERA_LENGTH_LAST; queues it */
#define CAMERA_REG_DROPPED    0x2C /* RO  pictures dropped since RESET */
#define CAMERA_REG_DONE_COUNT 0x30 /* RO  filled buffers to be popped */
#define CAMERA_REG_DONE_WHICH 0x34 /* RO  the oldest one: number of its picture, 1, 2, 3 ... */
#define CAMERA_REG_DONE_DROPS 0x38 /* RO  pictures dropped before it, since RESET */
#define CAMERA_REG_DONE_AGE   0x3C /* RO  since its picture was taken, 100 ns */
#define CAMERA_REG_DONE_FAULT                                                                      \
    0x40                         /* RO  1: the bus refused an address, the buffer is not whole     \
                                  */
#define CAMERA_REG_DONE_POP 0x44 /*     any value: on to the next one */

#define CAMERA_ID 0x57434D31 /* "WCM1" */

#define CAMERA_CONTROL_RUN       0x00000001
#define CAMERA_CONTROL_INTERRUPT 0x00000002 /* the line follows STATUS_DONE */
#define CAMERA_CONTROL_RESET     0x80000000 /* clears itself and all else */

#define CAMERA_STATUS_DONE    0x00000001 /* a buffer was filled */
#define CAMERA_STATUS_DROPPED 0x00000002 /* a picture found no buffer */
#define CAMERA_STATUS_REFUSED 0x00000004 /* a descriptor found no room */
#define CAMERA_STATUS_BUSY    0x00000100 /* RO: a transfer goes on */
#define CAMERA_STATUS_CAUSES  0x00000007

#define CAMERA_FORMAT_YUY2  0
#define CAMERA_FORMAT_NV12  1
#define CAMERA_FORMAT_RGB24 2 /* lines from bottom to top */

#define CAMERA_LENGTH_LAST  0x80000000
#define CAMERA_LENGTH_BYTES 0x00FFFFFF

#define CAMERA_DESCRIPTORS 4096 /* in the queue at most */
#define CAMERA_DONE_MAX                                                                            \
    64 /* filled buffers that wait at most; beyond that pictures are dropped                       \
        */

#define CAMERA_WIDTH_UNIT 160
#define CAMERA_WIDTH_MAX  1920
#define CAMERA_HEIGHT_MIN 90
#define CAMERA_HEIGHT_MAX 1080

#endif
