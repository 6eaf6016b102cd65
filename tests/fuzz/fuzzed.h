/* What the fuzzed driver (driver.c) has, for the targets that send it requests. */
#ifndef FUZZED_H
#define FUZZED_H

#define FUZZED_SET       {0xf022ed00, 1, 1, {1}}
#define FUZZED_MAJOR     {0xf022ed01, 1, 1, {1}}
#define FUZZED_SUB       {0xf022ed02, 1, 1, {1}}
#define FUZZED_ATTRIBUTE {0xf022ed03, 1, 1, {1}}

enum { FUZZED_IN, FUZZED_OUT, FUZZED_PINS };         /* pins */
enum { FUZZED_LEVEL = 1, FUZZED_BLOB, FUZZED_FIRE }; /* properties */
enum { FUZZED_SUM = 1, FUZZED_ECHO };                /* methods */
enum { FUZZED_PLAIN = 1, FUZZED_ADDED };             /* events */

#endif
