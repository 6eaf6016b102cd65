/* Included as "trapsmixed.H" and as "Inc\TrapsBack.h" beside it. */
#ifndef TRAPS_MIXED_H
#define TRAPS_MIXED_H
#define TRAPS_MIXED 77
#endif
