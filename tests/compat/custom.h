/* What drivers/custom.c and its test agree on. */
#ifndef CUSTOM_H
#define CUSTOM_H

#define CUSTOM_SET_INIT {0xc0a9a710, 0x5e7, 0x4a11, {0x91, 1, 2, 3, 4, 5, 6, 7}}
enum { CUSTOM_LEVEL = 1, CUSTOM_BLOB, CUSTOM_READ_ONLY };
enum { CUSTOM_SUM = 1 };
enum { CUSTOM_FIRED = 1, CUSTOM_DEFAULT };
struct custom_sum {
    unsigned int a, b, sum;
};

#endif
