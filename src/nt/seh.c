/* Structured exceptions: what __try, __except and __finally of excpt.h call, and who raises.
 *
 * Lock: none; the chain of frames belongs to one context.
 * Interface:
 *  - ke_raise jumps to the innermost frame; without one it is KMODE_EXCEPTION_NOT_HANDLED
 *  - ke_fault turns a fault signal into an exception (below DISPATCH_LEVEL, if a frame waits) or a
 *    bug check
 * Invariant: frames on a chain lie on the stack of its context, innermost first.
 * Deviation: the filter runs after the unwinding; EXCEPTION_CONTINUE_EXECUTION is a bug check. */
#include "nt/ke.h"

enum { SIGNAL_ILL = 4, SIGNAL_BUS = 7, SIGNAL_FPE = 8, SIGNAL_SEGV = 11 };

static struct ke_seh *seh(void)
{
    return &ke_thread_current()->seh;
}

static _Noreturn void jump(struct weir_seh_frame *frame)
{
    __builtin_longjmp(frame->jump, 1);
}

void ke_raise(NTSTATUS status, const void *address)
{
    struct ke_seh *state = seh();
    struct weir_seh_frame *frame = state->top;
    if (!frame)
        bugcheck_say(KMODE_EXCEPTION_NOT_HANDLED, (ULONG_PTR)(LONG_PTR)status, (ULONG_PTR)address,
                     0, 0, address, "exception 0x%08X was raised and no __except waits for it",
                     (unsigned)status);
    state->top = frame->previous;
    state->code = (unsigned)status;
    state->address = address;
    frame->code = (unsigned)status;
    frame->disposition = 0;
    jump(frame);
}

void weir_seh_push(struct weir_seh_frame *frame)
{
    struct ke_seh *state = seh();
    if (!state->top)
        state->deferred_count = 0; /* a __finally that was left by return forgot its entry */
    frame->previous = state->top;
    frame->code = 0;
    frame->disposition = 0;
    frame->pointers = NULL;
    state->caught = 0;
    state->top = frame;
}

void weir_seh_pop(struct weir_seh_frame *frame)
{
    struct ke_seh *state = seh();
    for (struct weir_seh_frame *on = state->top; on; on = on->previous) {
        if (on == frame) {
            state->top = frame->previous;
            break;
        }
    }
    if (frame->code && frame->disposition == EXCEPTION_CONTINUE_SEARCH)
        ke_raise((NTSTATUS)frame->code, state->address);
}

void weir_seh_leave(struct weir_seh_frame *frame)
{
    seh()->top = frame->previous;
    frame->code = 0;
    frame->disposition = WEIR_SEH_LEAVE;
    jump(frame);
}

void weir_seh_decide(struct weir_seh_frame *frame, int disposition)
{
    struct ke_seh *state = seh();
    frame->disposition = disposition > 0 ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
    if (disposition < 0)
        bugcheck_say(KMODE_EXCEPTION_NOT_HANDLED, frame->code, (ULONG_PTR)state->address, 0, 0,
                     KE_CALLER,
                     "a filter said EXCEPTION_CONTINUE_EXECUTION, which cannot be honoured here");
    state->code = frame->code;
    state->caught = disposition > 0;
}

int weir_seh_caught(void)
{
    struct ke_seh *state = seh();
    int caught = state->caught;
    state->caught = 0;
    return caught;
}

void weir_seh_defer(struct weir_seh_frame *frame)
{
    struct ke_seh *state = seh();
    WEIR_ASSERT(state->deferred_count < KE_SEH_DEFERRED_MAX);
    state->deferred[state->deferred_count++] =
        frame->disposition == WEIR_SEH_LEAVE ? 0 : frame->code;
    frame->code = 0;
}

int weir_seh_finally(int again)
{
    struct ke_seh *state = seh();
    if (!again)
        return 1;
    WEIR_ASSERT(state->deferred_count > 0);
    unsigned code = state->deferred[--state->deferred_count];
    if (code)
        ke_raise((NTSTATUS)code, state->address);
    return 0;
}

unsigned int weir_seh_code(void)
{
    return seh()->code;
}

/* Undocumented: the record of a fault is not kept; a filter that asks gets NULL. */
struct _EXCEPTION_POINTERS *weir_seh_information(void)
{
    return NULL;
}

int weir_seh_abnormal(void)
{
    struct ke_seh *state = seh();
    return state->deferred_count && state->deferred[state->deferred_count - 1] != 0;
}

/** Raise an exception.
 *  @irql <= DISPATCH_LEVEL   @waits does not return
 *  @source wdm.h, ExRaiseStatus */
VOID NTAPI ExRaiseStatus(NTSTATUS Status)
{
    ke_raise(Status, KE_CALLER);
}

/** Raise STATUS_ACCESS_VIOLATION.
 *  @irql <= APC_LEVEL   @waits does not return
 *  @source ntddk.h, ExRaiseAccessViolation */
VOID NTAPI ExRaiseAccessViolation(VOID)
{
    ke_raise(STATUS_ACCESS_VIOLATION, KE_CALLER);
}

/** Raise STATUS_DATATYPE_MISALIGNMENT.
 *  @irql <= APC_LEVEL   @waits does not return
 *  @source ntddk.h, ExRaiseDatatypeMisalignment */
VOID NTAPI ExRaiseDatatypeMisalignment(VOID)
{
    ke_raise(STATUS_DATATYPE_MISALIGNMENT, KE_CALLER);
}

static NTSTATUS fault_status(int signal_number)
{
    switch (signal_number) {
    case SIGNAL_FPE:
        return STATUS_INTEGER_DIVIDE_BY_ZERO;
    case SIGNAL_ILL:
        return STATUS_ILLEGAL_INSTRUCTION;
    case SIGNAL_BUS:
        return STATUS_IN_PAGE_ERROR;
    default:
        return STATUS_ACCESS_VIOLATION;
    }
}

static void say_pool_block(const void *address, char *text, size_t bytes)
{
    struct ex_pool_facts facts;
    text[0] = 0;
    if (!ex_pool_find(address, &facts))
        return;
    ke_format(text, bytes, "; the address lies in a pool block of %llu bytes, tag '%.4s', %s",
              (unsigned long long)facts.bytes, (const char *)&facts.tag,
              facts.freed ? "freed already" : "still allocated");
}

bool ke_fault(int signal_number, const void *address, const void *program_counter)
{
    if (!host_self())
        return false;
    NTSTATUS status = fault_status(signal_number);
    unsigned level = host_irql();
    if (level < DISPATCH_LEVEL && seh()->top && !host_frozen()) {
        host_fault_leave();
        ke_raise(status, program_counter);
    }
    if (signal_number != SIGNAL_SEGV && signal_number != SIGNAL_BUS)
        bugcheck_say(KMODE_EXCEPTION_NOT_HANDLED, (ULONG_PTR)(LONG_PTR)status,
                     (ULONG_PTR)program_counter, 0, 0, program_counter, "%s",
                     signal_number == SIGNAL_FPE ? "division by zero" : "bad instruction");
    char block[160];
    say_pool_block(address, block, sizeof(block));
    if (level >= DISPATCH_LEVEL)
        bugcheck_say(DRIVER_IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)address, level, 0,
                     (ULONG_PTR)program_counter, program_counter,
                     "bad memory access at 0x%llx at IRQL %u%s",
                     (unsigned long long)(ULONG_PTR)address, level, block);
    bugcheck_say(PAGE_FAULT_IN_NONPAGED_AREA, (ULONG_PTR)address, 0, (ULONG_PTR)program_counter, 0,
                 program_counter, "bad memory access at 0x%llx%s",
                 (unsigned long long)(ULONG_PTR)address, block);
}
