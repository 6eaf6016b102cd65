/* Debug output: DbgPrint and friends, and RtlAssert.
 *
 * Lock: none.
 * Interface: a line goes to the event stream; if nobody listens, to the host's log with time,
 * processor and IRQL.
 * Undocumented: the component filter is open for DPFLTR_ERROR_LEVEL, for DbgPrint's own level and
 * for what DbgSetDebugFilterState opened.
 * Invariant: a line is written whole, or cut and ended. */
#include "nt/format.h"
#include "nt/ke.h"

enum { LINE_BYTES = 512 + 1, COMPONENTS = 256, LEVELS = 32 };

static uint32_t filters[COMPONENTS]; /* bit n: level n is shown */

static uint32_t level_bit(ULONG level)
{
    return level < LEVELS ? 1u << level : (uint32_t)level;
}

static bool shown(ULONG component, ULONG level)
{
    uint32_t mask = component < COMPONENTS ? filters[component] : 0;
    return ((mask | 1u << DPFLTR_ERROR_LEVEL) & level_bit(level)) != 0;
}

static void write_line(const char *text)
{
    char line[LINE_BYTES + 64];
    uint64_t time = host_time_peek_100ns();
    size_t length = ke_format(
        line, sizeof(line) - 1, "[%llu.%06llu p%u i%u] %s", (unsigned long long)(time / 10000000),
        (unsigned long long)(time % 10000000 / 10), host_processor(), host_irql(), text);
    if (length && line[length - 1] != '\n')
        line[length++] = '\n';
    host_log(line, length);
}

static ULONG print(ULONG component, ULONG level, const char *prefix, const char *format,
                   va_list arguments)
{
    char text[LINE_BYTES];
    size_t length = ke_format(text, sizeof(text), "%s", prefix);
    format_narrow(text + length, sizeof(text) - length, format, arguments);
    if (watch_wants(WATCH_DEBUG_PRINT))
        WATCH(WATCH_DEBUG_PRINT, 0, text, component, level);
    else
        write_line(text);
    return STATUS_SUCCESS;
}

/** Print a line.
 *  @irql any; wide conversions PASSIVE_LEVEL on Windows, any here   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, DbgPrint */
ULONG __cdecl DbgPrint(PCSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    ULONG status = print(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, "", Format, arguments);
    va_end(arguments);
    return status;
}

/** Print a line if the component's filter lets the level through.
 *  @irql any   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, DbgPrintEx */
ULONG __cdecl DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    ULONG status = vDbgPrintExWithPrefix("", ComponentId, Level, Format, arguments);
    va_end(arguments);
    return status;
}

/** DbgPrintEx with an argument list.
 *  @irql any   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, vDbgPrintEx */
ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list Arguments)
{
    return vDbgPrintExWithPrefix("", ComponentId, Level, Format, Arguments);
}

/** vDbgPrintEx with a prefix.
 *  @irql any   @waits never
 *  @return STATUS_SUCCESS
 *  @source wdm.h, vDbgPrintExWithPrefix */
ULONG NTAPI vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                  va_list Arguments)
{
    if (!shown(ComponentId, Level))
        return STATUS_SUCCESS;
    return print(ComponentId, Level, Prefix, Format, Arguments);
}

/** Is the level of the component shown?
 *  @irql any   @waits never
 *  @return TRUE or FALSE; STATUS_INVALID_PARAMETER_1 no such component
 *  @source wdm.h, DbgQueryDebugFilterState */
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    if (ComponentId >= COMPONENTS)
        return STATUS_INVALID_PARAMETER_1;
    return shown(ComponentId, Level);
}

/** Show or hide a level of a component.
 *  @irql any   @waits never
 *  @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER_1 no such component
 *  @source wdm.h, DbgSetDebugFilterState */
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    if (ComponentId >= COMPONENTS)
        return STATUS_INVALID_PARAMETER_1;
    if (State)
        filters[ComponentId] |= level_bit(Level);
    else
        filters[ComponentId] &= ~level_bit(Level);
    return STATUS_SUCCESS;
}

/** A breakpoint without a debugger: the machine stops.
 *  @irql any   @waits does not return
 *  @source wdm.h, DbgBreakPoint */
VOID NTAPI DbgBreakPoint(VOID)
{
    bugcheck_say(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_BREAKPOINT, (ULONG_PTR)KE_CALLER, 0, 0,
                 KE_CALLER, "the driver ran into a breakpoint (DbgBreakPoint)");
}

/** A breakpoint with a status.
 *  @irql any   @waits does not return
 *  @source wdm.h, DbgBreakPointWithStatus */
VOID NTAPI DbgBreakPointWithStatus(ULONG Status)
{
    bugcheck_say(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_BREAKPOINT, (ULONG_PTR)KE_CALLER,
                 Status, 0, KE_CALLER, "the driver ran into a breakpoint (status 0x%x)", Status);
}

/** An assertion of the driver failed.
 *  @irql any   @waits does not return
 *  @source ntddk.h, RtlAssert */
VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    bugcheck_say(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_ASSERTION_FAILURE, (ULONG_PTR)KE_CALLER,
                 0, 0, KE_CALLER, "the driver's assertion failed: %s%s%s (%s:%u)",
                 Message ? Message : "", Message ? ": " : "", (const char *)FailedAssertion,
                 (const char *)FileName, LineNumber);
}
