#ifndef TRAPS_BACK_H
#define TRAPS_BACK_H
#define TRAPS_BACK 78
#endif
