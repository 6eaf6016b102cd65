/* Structured exceptions as macros, for drivers that write __try / __except / __finally.
 *
 *     __try { A } __except (filter) { B }
 *     __try { A } __finally { B }
 *
 * A frame lives on the stack of the function and is on a chain that belongs to the running context
 * (the library keeps it, so that fibers and threads both work). ExRaiseStatus and a fault in A jump
 * back to the frame. GetExceptionCode() works in the filter and in B.
 *
 * What differs from the Microsoft compiler (Deviation):
 *  - the filter runs after the stack was unwound; EXCEPTION_CONTINUE_EXECUTION cannot be honoured
 * and is a bug check
 *  - a return, break, continue or goto out of A ends the frame, but does not run the __finally
 * block
 *  - a local variable that A changes and B reads should be volatile: a fault at a memory access is
 * not a call
 *  - `if (x) __try {} __except (f) {} else {}` needs braces around the __try statement
 *  - __leave works at any depth inside A
 *
 * The library implements the five hooks. A frame is pushed and popped by the same context, in stack
 * order. */
#ifndef _INC_EXCPT
#define _INC_EXCPT

#define EXCEPTION_EXECUTE_HANDLER    1
#define EXCEPTION_CONTINUE_SEARCH    0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#ifdef __cplusplus
extern "C" {
#endif

struct _EXCEPTION_POINTERS;

struct weir_seh_frame {
    struct weir_seh_frame *previous;
    void *jump[5];     /* for __builtin_setjmp: frame, address, stack */
    unsigned int code; /* why the jump back happened: the status that was raised */
    int disposition;   /* what the filter said; WEIR_SEH_LEAVE after __leave */
    void *pointers;    /* struct _EXCEPTION_POINTERS of the fault, or NULL */
};

#define WEIR_SEH_LEAVE 2

/* Put the frame on top of the running context's chain; code, disposition and pointers are cleared.
 */
void weir_seh_push(struct weir_seh_frame *frame);
/* Take the frame off the chain if it still is on it (a jump to it has already taken it off). Runs
 * on every way out of the guarded block; when the frame holds an exception that its filter declined
 * (disposition 0, code set), the search goes on from here with the next frame and the call does not
 * return. */
void weir_seh_pop(struct weir_seh_frame *frame);
/* __leave: jump back to the frame with code 0 and disposition WEIR_SEH_LEAVE. */
__attribute__((noreturn)) void weir_seh_leave(struct weir_seh_frame *frame);
/* The filter's verdict. Remembers, for weir_seh_caught, that the handler is to run. */
void weir_seh_decide(struct weir_seh_frame *frame, int disposition);
/* TRUE once after a decision to run the handler, FALSE otherwise. */
int weir_seh_caught(void);
/* __finally: 1 when the block is to run; a second call, with 1, raises again what was pending and
 * returns 0. */
void weir_seh_defer(struct weir_seh_frame *frame);
int weir_seh_finally(int again);
/* Code of the exception whose filter or handler runs, and its record. */
unsigned int weir_seh_code(void);
struct _EXCEPTION_POINTERS *weir_seh_information(void);
int weir_seh_abnormal(void);

#ifdef __cplusplus
}
#endif

#define WEIR_SEH_CLEANUP __attribute__((cleanup(weir_seh_pop)))

/* clang-format off */
#define __try                                                                                      \
    {                                                                                              \
        struct weir_seh_frame weir_seh_here WEIR_SEH_CLEANUP;                                      \
        weir_seh_push(&weir_seh_here);                                                             \
        if (__builtin_setjmp(weir_seh_here.jump) == 0)

#define __except(filter)                                                                           \
        else if (weir_seh_here.disposition != WEIR_SEH_LEAVE) {                                    \
            weir_seh_decide(&weir_seh_here, (int)(filter));                                        \
        }                                                                                          \
    }                                                                                              \
    if (weir_seh_caught())

#define __finally                                                                                  \
        weir_seh_defer(&weir_seh_here);                                                            \
    }                                                                                              \
    for (int weir_seh_again = 0; weir_seh_finally(weir_seh_again); weir_seh_again = 1)

#define __leave weir_seh_leave(&weir_seh_here)
/* clang-format on */

#define GetExceptionCode()        weir_seh_code()
#define _exception_code()         weir_seh_code()
#define exception_code()          weir_seh_code()
#define GetExceptionInformation() weir_seh_information()
#define _exception_info()         weir_seh_information()
#define exception_info()          weir_seh_information()
#define AbnormalTermination()     weir_seh_abnormal()
#define _abnormal_termination()   weir_seh_abnormal()

typedef enum _EXCEPTION_DISPOSITION {
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

#endif /* _INC_EXCPT */
