/* Time and processors, as a driver reads them.
 *
 * Lock: none.
 * Interface: system time is a fixed offset plus the host's clock, so that absolute timers work. The
 * offset is the same in every run: 2024-01-01 00:00:00 UTC (Deviation: never the wall clock).
 * Invariant: no clock runs backwards. */
#include "nt/ke.h"

#define SYSTEM_TIME_OFFSET 133485408000000000ull /* 2024-01-01, 100 ns since 1601 */

enum {
    TIME_INCREMENT_100NS = 156250, /* a tick of 15.625 ms */
    COUNTER_FREQUENCY = 10000000,  /* 10 MHz, as Windows reports */
    NS_PER_US = 1000,
    NS_PER_COUNT = 100,
};

uint64_t ke_system_time_offset(void)
{
    return SYSTEM_TIME_OFFSET;
}

uint64_t ke_system_time(void)
{
    return SYSTEM_TIME_OFFSET + host_time_100ns();
}

/** The system time: 100 ns since 1601, UTC.
 *  @irql any   @waits never
 *  @source wdm.h, KeQuerySystemTime */
VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    host_point();
    CurrentTime->QuadPart = (LONGLONG)ke_system_time();
}

/** The system time, as exact as the clock.
 *  @irql any   @waits never
 *  @source wdm.h, KeQuerySystemTimePrecise */
VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    host_point();
    CurrentTime->QuadPart = (LONGLONG)ke_system_time();
}

/** Ticks since the start.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryTickCount */
VOID NTAPI KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    host_point();
    CurrentCount->QuadPart = (LONGLONG)(host_time_100ns() / TIME_INCREMENT_100NS);
}

/** Length of a tick, 100 ns.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryTimeIncrement */
ULONG NTAPI KeQueryTimeIncrement(VOID)
{
    return TIME_INCREMENT_100NS;
}

/** 100 ns since the start.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryInterruptTime */
ULONGLONG NTAPI KeQueryInterruptTime(VOID)
{
    host_point();
    return host_time_100ns();
}

/** 100 ns since the start, and the performance counter at that moment.
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryInterruptTimePrecise */
ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    host_point();
    uint64_t time = host_time_100ns();
    *QpcTimeStamp = host_counter_ns() / NS_PER_COUNT;
    return time;
}

/** 100 ns since the start, without sleep; there is none.
 *  @irql any   @waits never
 *  @source ntddk.h, KeQueryUnbiasedInterruptTime */
ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID)
{
    host_point();
    return host_time_100ns();
}

/** The performance counter.
 *  @param PerformanceFrequency  optional; counts a second
 *  @irql any   @waits never
 *  @source wdm.h, KeQueryPerformanceCounter */
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER count;
    host_point();
    if (PerformanceFrequency)
        PerformanceFrequency->QuadPart = COUNTER_FREQUENCY;
    count.QuadPart = (LONGLONG)(host_counter_ns() / NS_PER_COUNT);
    return count;
}

/** Busy wait.
 *  @irql any   @waits without giving up the processor
 *  @source wdm.h, KeStallExecutionProcessor */
VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
    host_stall_ns((uint64_t)MicroSeconds * NS_PER_US);
    host_point(); /* what became due meanwhile may come now */
}

/* Undocumented: the time stamp counter counts nanoseconds. */
ULONG64 NTAPI weir_read_time_stamp_counter(VOID)
{
    host_point();
    return host_counter_ns();
}

/** UTC to local time; the machine's zone is UTC.
 *  @irql any   @waits never
 *  @source wdm.h, ExSystemTimeToLocalTime */
VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    *LocalTime = *SystemTime;
}

/** Local time to UTC; the machine's zone is UTC.
 *  @irql any   @waits never
 *  @source wdm.h, ExLocalTimeToSystemTime */
VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    *SystemTime = *LocalTime;
}
