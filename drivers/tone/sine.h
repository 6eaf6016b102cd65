/* A sine in integers: a quarter of a wave in 129 points, and a straight line between two of them.
 * The result is within 1.5 of the true value, of 32767. Phase: 2^32 is one wave. Freestanding C and
 * C++. */
#ifndef TONE_SINE_H
#define TONE_SINE_H

static const short ToneQuarter[129] = {
    0,     402,   804,   1206,  1608,  2009,  2410,  2811,  3212,  3612,  4011,  4410,  4808,
    5205,  5602,  5998,  6393,  6786,  7179,  7571,  7962,  8351,  8739,  9126,  9512,  9896,
    10278, 10659, 11039, 11417, 11793, 12167, 12539, 12910, 13279, 13645, 14010, 14372, 14732,
    15090, 15446, 15800, 16151, 16499, 16846, 17189, 17530, 17869, 18204, 18537, 18868, 19195,
    19519, 19841, 20159, 20475, 20787, 21096, 21403, 21705, 22005, 22301, 22594, 22884, 23170,
    23452, 23731, 24007, 24279, 24547, 24811, 25072, 25329, 25582, 25832, 26077, 26319, 26556,
    26790, 27019, 27245, 27466, 27683, 27896, 28105, 28310, 28510, 28706, 28898, 29085, 29268,
    29447, 29621, 29791, 29956, 30117, 30273, 30424, 30571, 30714, 30852, 30985, 31113, 31237,
    31356, 31470, 31580, 31685, 31785, 31880, 31971, 32057, 32137, 32213, 32285, 32351, 32412,
    32469, 32521, 32567, 32609, 32646, 32678, 32705, 32728, 32745, 32757, 32765, 32767,
};

static inline int ToneSine(unsigned int Phase)
{
    unsigned int Quarter = Phase >> 30;
    unsigned int Position = Phase & 0x3FFFFFFF; /* 23 bits below each of 128 steps */
    unsigned int Step, Part;
    int Value;

    if (Quarter & 1)
        Position = 0x40000000 - Position;
    Step = Position >> 23;
    Part = (Position & 0x7FFFFF) >> 8;
    Value = ToneQuarter[Step];
    if (Part)
        Value += (int)(((ToneQuarter[Step + 1] - Value) * (int)Part + 0x4000) >> 15);
    return Quarter & 2 ? -Value : Value;
}

#endif
