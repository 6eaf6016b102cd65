/* Bug check: the machine stops, and says why so that the driver's author can act on it.
 *
 * Lock: none. The first context to get here owns the report; others wait for the freeze.
 * Interface:
 *  - bugcheck, bugcheck_say never return: they report, tell the listeners and freeze the host
 *  - bugcheck_record keeps code, parameters and text until the next ke_start
 * Undocumented: which sub-code (first parameter) of 0xC4 and 0xC9 stands for a rule that Driver
 * Verifier does not have; ours are 0x31 .. 0x3f, the sentence says what is meant.
 * Invariant: the report is complete before the freeze, and is printed exactly once. */
#include <stdarg.h>

#include "nt/format.h"
#include "nt/ke.h"

enum { REPORT_BYTES = 12288, FRAMES_MAX = 24, COMMAND_BYTES = 512, WHAT_BYTES = 1024 };

static struct {
    volatile int taken;
    struct host_context *volatile owner;
    struct nt_bugcheck record;
    bool recorded;
    char report[REPORT_BYTES];
    size_t length;
    char command[COMMAND_BYTES];
} stop;

const struct nt_bugcheck *bugcheck_record(void)
{
    return stop.recorded ? &stop.record : NULL;
}

void bugcheck_set_reproduce(const char *command)
{
    ke_format(stop.command, sizeof(stop.command), "%s", command ? command : "");
}

static void callbacks_forget(void);

void bugcheck_forget(void)
{
    stop.taken = 0;
    stop.owner = NULL;
    stop.recorded = false;
    stop.length = 0;
    callbacks_forget();
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t room = sizeof(stop.report) - stop.length;
    size_t length = format_native(stop.report + stop.length, room, format, list);
    stop.length += length < room ? length : room - 1;
    va_end(list);
}

static const char *level_name(unsigned level)
{
    static const char *const names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};
    return level < RTL_NUMBER_OF(names) ? names[level]
           : level == CLOCK_LEVEL       ? "CLOCK_LEVEL"
           : level >= HIGH_LEVEL        ? "HIGH_LEVEL"
                                        : "device level";
}

static void say_place(const char *lead, const void *address)
{
    struct host_place place = {0};
    if (!host_symbolise(address, &place)) {
        say("%s (no symbol)\n", lead);
        return;
    }
    if (!place.function[0]) /* where a call that never returns ends a function, behind it */
        host_symbolise((const char *)address - 1, &place);
    say("%s %s", lead, place.function[0] ? place.function : "?");
    if (place.file[0])
        say("  %s:%u", place.file, place.line);
    say("  (%s+0x%llx)\n", place.module, (unsigned long long)place.offset);
}

static void say_backtrace(void)
{
    const void *frames[FRAMES_MAX];
    size_t count = host_backtrace(frames, FRAMES_MAX, 2);
    if (count == 0)
        return;
    say("  backtrace:\n");
    for (size_t i = 0; i < count; i++) {
        char lead[24];
        ke_format(lead, sizeof(lead), "    #%-2u", (unsigned)i);
        say_place(lead, frames[i]);
    }
}

static void write_report(ULONG code, const ULONG_PTR p[4], const void *driver_pc, const char *what)
{
    uint64_t time = host_time_peek_100ns();
    unsigned level = host_irql();
    struct host_context *self = host_self();
    say("*** weir bug check 0x%08X %s\n", code, bugcheck_name(code));
    say("  parameters: 0x%016llX 0x%016llX 0x%016llX 0x%016llX\n", (unsigned long long)p[0],
        (unsigned long long)p[1], (unsigned long long)p[2], (unsigned long long)p[3]);
    if (what && what[0])
        say("  what: %s\n", what);
    say("  where: IRQL %u (%s), processor %u, thread %llu \"%s\", time %llu.%07llu s\n", level,
        level_name(level), host_processor(), self ? (unsigned long long)host_context_id(self) : 0,
        self ? host_context_name(self) : "(none)", (unsigned long long)(time / 10000000),
        (unsigned long long)(time % 10000000));
    if (driver_pc) {
        say("  driver: %s\n", ledger_owner(driver_pc));
        say_place("  at:", driver_pc);
    }
    say_backtrace();
    if (host_simulated) {
        say("  seed: %llu\n", (unsigned long long)host_seed());
        if (stop.command[0])
            say("  to reproduce: %s\n", stop.command);
    }
}

/* Only one context reports. A second bug check while reporting (a fault in the report) just
 * freezes. */
static void take_ownership(void)
{
    int expected = 0;
    struct host_context *self = host_self();
    if (__atomic_compare_exchange_n(&stop.taken, &expected, 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        stop.owner = self;
        return;
    }
    if (host_simulated || stop.owner == self || stop.recorded)
        host_freeze();
    for (;;)
        host_stall_ns(1000000);
}

/* Bug check callbacks, in order of registration; each record is taken off before it is called. */
static struct {
    struct host_lock lock;
    LIST_ENTRY records;
} callbacks;

static LIST_ENTRY *callback_records(void)
{
    if (!callbacks.records.Flink)
        InitializeListHead(&callbacks.records);
    return &callbacks.records;
}

/** Ask to be called when the machine stops.
 *  @param CallbackRecord  resident, initialised by KeInitializeCallbackRecord
 *  @irql any   @waits never
 *  @return FALSE: it is registered already
 *  @source wdm.h, KeRegisterBugCheckCallback */
BOOLEAN NTAPI KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord,
                                         PKBUGCHECK_CALLBACK_ROUTINE CallbackRoutine, PVOID Buffer,
                                         ULONG Length, PUCHAR Component)
{
    host_lock_acquire(&callbacks.lock);
    bool fresh = CallbackRecord->State == BufferEmpty;
    if (fresh) {
        CallbackRecord->State = BufferInserted;
        CallbackRecord->CallbackRoutine = CallbackRoutine;
        CallbackRecord->Buffer = Buffer;
        CallbackRecord->Length = Length;
        CallbackRecord->Component = Component;
        InsertTailList(callback_records(), &CallbackRecord->Entry);
    }
    host_lock_release(&callbacks.lock);
    return fresh;
}

/** Take a bug check callback back.
 *  @irql any   @waits never
 *  @return FALSE: it is not registered
 *  @source wdm.h, KeDeregisterBugCheckCallback */
BOOLEAN NTAPI KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord)
{
    host_lock_acquire(&callbacks.lock);
    bool known = CallbackRecord->State == BufferInserted;
    if (known) {
        RemoveEntryList(&CallbackRecord->Entry);
        CallbackRecord->State = BufferEmpty;
    }
    host_lock_release(&callbacks.lock);
    return known;
}

static void callbacks_forget(void)
{
    InitializeListHead(&callbacks.records); /* records of a machine that is gone */
}

static void run_callbacks(void)
{
    LIST_ENTRY *records = callback_records();
    while (!IsListEmpty(records)) {
        PKBUGCHECK_CALLBACK_RECORD record =
            CONTAINING_RECORD(RemoveHeadList(records), KBUGCHECK_CALLBACK_RECORD, Entry);
        record->State = BufferStarted;
        record->CallbackRoutine(record->Buffer, record->Length);
        record->State = BufferFinished;
    }
}

static _Noreturn void stop_machine(ULONG code, const ULONG_PTR p[4], const void *driver_pc,
                                   const char *what)
{
    take_ownership();
    write_report(code, p, driver_pc, what);
    stop.record.code = code;
    for (int i = 0; i < 4; i++)
        stop.record.parameters[i] = p[i];
    stop.record.report = stop.report;
    stop.recorded = true;
    host_log(stop.report, stop.length);
    WATCH(WATCH_BUG_CHECK, 0, stop.report, code, p[0]);
    run_callbacks();
    host_freeze();
}

void bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
              const void *driver_pc)
{
    const ULONG_PTR p[4] = {p1, p2, p3, p4};
    stop_machine(code, p, driver_pc, NULL);
}

void bugcheck_say(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                  const void *driver_pc, const char *format, ...)
{
    const ULONG_PTR p[4] = {p1, p2, p3, p4};
    char what[WHAT_BYTES];
    va_list list;
    va_start(list, format);
    format_native(what, sizeof(what), format, list);
    va_end(list);
    stop_machine(code, p, driver_pc, what);
}

/* These do not return: the compiler may end the caller's function with the call, and the return
 * address lies in the next one. The call itself lies before it. */
#define CALL_PLACE ((const char *)KE_CALLER - 1)

/** Stop the machine with a code and four parameters.
 *  @irql any   @waits does not return
 *  @source wdm.h, KeBugCheckEx */
VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                        ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                        ULONG_PTR BugCheckParameter4)
{
    const ULONG_PTR p[4] = {BugCheckParameter1, BugCheckParameter2, BugCheckParameter3,
                            BugCheckParameter4};
    stop_machine(BugCheckCode, p, CALL_PLACE, "the driver called KeBugCheckEx");
}

/** Stop the machine with a code.
 *  @irql any   @waits does not return
 *  @source ntddk.h, KeBugCheck */
VOID NTAPI KeBugCheck(ULONG BugCheckCode)
{
    const ULONG_PTR p[4] = {0};
    stop_machine(BugCheckCode, p, CALL_PLACE, "the driver called KeBugCheck");
}

void ke_stuck(enum host_stuck what, struct host_context *culprit, const char *sentence)
{
    static const struct {
        ULONG code;
        const char *words;
    } kinds[] = {
        [HOST_STUCK_DEADLOCK] = {0xEA, "deadlock: every thread waits and no timer is armed"},
        [HOST_STUCK_SPINNING] = {0x133, "deadlock: every processor spins on a lock"},
        [HOST_STUCK_LIVELOCK] = {0x133, "livelock: very many steps without any progress"},
        [HOST_STUCK_RUNAWAY] = {0xEA, "a thread runs without a kernel call"},
    };
    bugcheck_say(kinds[what].code, (ULONG_PTR)what, culprit ? host_context_id(culprit) : 0, 0, 0,
                 NULL, "%s%s%s%s%s", kinds[what].words, culprit ? "; culprit: " : "",
                 culprit ? host_context_name(culprit) : "", sentence ? ": " : "",
                 sentence ? sentence : "");
}
