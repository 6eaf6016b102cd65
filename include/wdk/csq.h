/* Cancel-safe queues: part of <wdm.h>. */
#ifndef _WEIR_CSQ_H_
#define _WEIR_CSQ_H_
#include <wdm.h>
#endif /* _WEIR_CSQ_H_ */
