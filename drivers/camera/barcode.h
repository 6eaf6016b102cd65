/* The picture's number as a barcode, so that a checker can read it back from the pixels.
 *
 * The top lines of every picture, CAMERA_BARCODE_LINES * width / 160 of them, are a row of 40 cells
 * of equal width, light for 1 and dark for 0, from the left: a mark 1010, the number of 32 bits
 * with the highest first, and a check of 4 bits: the exclusive or of the mark and of the number's
 * eight nibbles. A picture that was inverted shows 0101 as its mark, and every other bit inverted.
 * Freestanding C and C++; used by the device model and by tests. */
#ifndef CAMERA_BARCODE_H
#define CAMERA_BARCODE_H

#include <stdint.h>

#define CAMERA_BARCODE_CELLS 40u
#define CAMERA_BARCODE_LINES 8u /* at a width of 160 */
#define CAMERA_BARCODE_MARK  0xAu
#define CAMERA_BARCODE_ALL   ((UINT64_C(1) << CAMERA_BARCODE_CELLS) - 1)

static inline uint64_t camera_barcode_bits(uint32_t number)
{
    uint32_t check = CAMERA_BARCODE_MARK;
    unsigned shift;

    for (shift = 0; shift < 32; shift += 4)
        check ^= number >> shift & 0xF;
    return (uint64_t)CAMERA_BARCODE_MARK << 36 | (uint64_t)number << 4 | check;
}

/* The number, or -1 if these bits are no barcode. *inverted says whether light and dark were
 * exchanged. */
static inline int64_t camera_barcode_number(uint64_t bits, int *inverted)
{
    uint32_t number;

    *inverted = bits >> 36 == (~CAMERA_BARCODE_MARK & 0xFu);
    if (*inverted)
        bits = ~bits & CAMERA_BARCODE_ALL;
    number = (uint32_t)(bits >> 4);
    return camera_barcode_bits(number) == bits ? (int64_t)number : -1;
}

/* Read the barcode of a picture. luma: of the first line of the picture as it is shown, pixel_bytes
 * apart: YUY2 2, NV12 1, RGB24 3 with luma in the first line from the bottom, as it lies in memory.
 */
static inline int64_t camera_barcode_read(const uint8_t *luma, unsigned pixel_bytes, unsigned width,
                                          int *inverted)
{
    unsigned cell_pixels = width / CAMERA_BARCODE_CELLS, cell;
    uint64_t bits = 0;

    for (cell = 0; cell < CAMERA_BARCODE_CELLS; cell++) {
        unsigned middle = cell * cell_pixels + cell_pixels / 2;
        bits = bits << 1 | (luma[middle * pixel_bytes] >= 128);
    }
    return camera_barcode_number(bits, inverted);
}

#endif
