/* IRQL: the level of the virtual processor, as the DDIs see it.
 *
 * Lock: none; the host keeps the level.
 * Interface:
 *  - raising never lowers, lowering never raises: else a bug check that names the caller
 *  - lowering delivers what became deliverable before it returns
 * Invariant: a driver routine returns at the level at which it was called, or its caller reports
 * it.
 */
#include "nt/ke.h"

/** The calling processor's IRQL.
 *  @irql any   @waits never
 *  @return the level
 *  @source wdm.h, KeGetCurrentIrql */
KIRQL NTAPI KeGetCurrentIrql(VOID)
{
    return (KIRQL)host_irql();
}

static KIRQL raise(KIRQL level, const void *caller)
{
    unsigned old = host_irql();
    if (__builtin_expect(level < old, 0))
        bugcheck_say(IRQL_NOT_GREATER_OR_EQUAL, old, level, 0, 0, caller,
                     "KeRaiseIrql to %u while at %u: it can only raise", level, old);
    if (level > HIGH_LEVEL)
        bugcheck_say(IRQL_UNEXPECTED_VALUE, level, old, 0, 0, caller,
                     "KeRaiseIrql to %u: there is no such level", level);
    host_set_irql(level);
    host_point();
    return (KIRQL)old;
}

/** Raise the IRQL; the function behind KeRaiseIrql.
 *  @param NewIrql  at or above the current level
 *  @irql any   @waits never
 *  @return the old level, for KeLowerIrql
 *  @source wdm.h, KeRaiseIrql */
KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql)
{
    return raise(NewIrql, KE_CALLER);
}

/** Raise to DISPATCH_LEVEL.
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the old level
 *  @source wdm.h, KeRaiseIrqlToDpcLevel */
KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID)
{
    return raise(DISPATCH_LEVEL, KE_CALLER);
}

/** Lower the IRQL to what KeRaiseIrql returned.
 *  @param NewIrql  at or below the current level
 *  @irql any   @waits never, but interrupts and DPCs that wait for the lower level run first
 *  @source wdm.h, KeLowerIrql */
VOID NTAPI KeLowerIrql(KIRQL NewIrql)
{
    unsigned old = host_irql();
    if (__builtin_expect(NewIrql > old, 0))
        bugcheck_say(IRQL_NOT_LESS_OR_EQUAL, NewIrql, old, 0, (ULONG_PTR)KE_CALLER, KE_CALLER,
                     "KeLowerIrql to %u while at %u: it can only lower", NewIrql, old);
    host_set_irql(NewIrql);
    host_point();
}

void ke_irql_violation(const char *ddi, unsigned level_max, const void *caller)
{
    unsigned level = host_irql();
    bugcheck_say(IRQL_NOT_LESS_OR_EQUAL, level_max, level, 0, (ULONG_PTR)caller, caller,
                 "%s called at IRQL %u, but it is allowed at IRQL %u at most", ddi, level,
                 level_max);
}

/** The check behind PAGED_CODE(): paged code must not run above APC_LEVEL.
 *  @irql any   @waits never
 *  @source wdm.h, PAGED_CODE */
void weir_paged_code(const char *file, int line, const char *function)
{
    unsigned level = host_irql();
    if (level > APC_LEVEL)
        bugcheck_say(IRQL_NOT_LESS_OR_EQUAL, APC_LEVEL, level, 8, (ULONG_PTR)KE_CALLER, KE_CALLER,
                     "PAGED_CODE in %s (%s:%d) at IRQL %u: pageable code must not run at "
                     "DISPATCH_LEVEL or above",
                     function, file, line, level);
}
