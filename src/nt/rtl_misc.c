/* Rtl: memory comparison, random numbers, division, calendar.
 * Lock: none. */
#include "nt/ke.h"

enum {
    TICKS_PER_MS = 10000,
    MS_PER_DAY = 86400000,
    DAYS_PER_400_YEARS = 146097,
    FIRST_YEAR = 1601,
    LAST_YEAR = 30827,
};

/** How many bytes are equal from the start?
 *  @irql any   @waits never
 *  @source wdm.h, RtlCompareMemory */
SIZE_T NTAPI RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *a = Source1, *b = Source2;
    SIZE_T i = 0;
    while (i < Length && a[i] == b[i])
        i++;
    return i;
}

/** How many bytes repeat the pattern from the start?
 *  @irql any   @waits never
 *  @source ntifs.h, RtlCompareMemoryUlong */
SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern)
{
    const ULONG *word = Source;
    SIZE_T count = 0;
    while (count < Length / sizeof(ULONG) && word[count] == Pattern)
        count++;
    return count * sizeof(ULONG);
}

/** A random number below 2^31 - 1 from the caller's seed, which moves on.
 *  @irql any   @waits never
 *  @source ntddk.h, RtlRandomEx */
ULONG NTAPI RtlRandomEx(PULONG Seed)
{
    *Seed = (ULONG)((16807ull * (*Seed % MAXLONG + (*Seed % MAXLONG == 0))) % MAXLONG);
    return *Seed;
}

/** A random number below 2^31 - 1 from the caller's seed, which moves on.
 *  @irql any   @waits never
 *  @source ntddk.h, RtlRandom */
ULONG NTAPI RtlRandom(PULONG Seed)
{
    return RtlRandomEx(Seed);
}

/** Divide.
 *  @param Remainder  optional
 *  @irql any   @waits never
 *  @source wdm.h, RtlExtendedLargeIntegerDivide */
LARGE_INTEGER NTAPI RtlExtendedLargeIntegerDivide(LARGE_INTEGER Dividend, ULONG Divisor,
                                                  PULONG Remainder)
{
    LARGE_INTEGER quotient = {.QuadPart = Dividend.QuadPart / (LONGLONG)Divisor};
    if (Remainder)
        *Remainder = (ULONG)(Dividend.QuadPart % (LONGLONG)Divisor);
    return quotient;
}

/** Divide.
 *  @param Remainder  optional
 *  @irql any   @waits never
 *  @source wdm.h, RtlLargeIntegerDivide */
LARGE_INTEGER NTAPI RtlLargeIntegerDivide(LARGE_INTEGER Dividend, LARGE_INTEGER Divisor,
                                          PLARGE_INTEGER Remainder)
{
    LARGE_INTEGER quotient = {.QuadPart = Dividend.QuadPart / Divisor.QuadPart};
    if (Remainder)
        Remainder->QuadPart = Dividend.QuadPart % Divisor.QuadPart;
    return quotient;
}

static bool is_leap(LONGLONG year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(LONGLONG year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1601-01-01 to January 1st of a year. */
static LONGLONG days_before(LONGLONG year)
{
    LONGLONG past = year - 1;
    return (past * 365 + past / 4 - past / 100 + past / 400) - 584388;
}

/** Calendar fields of a system time.
 *  @irql any   @waits never
 *  @source wdm.h, RtlTimeToTimeFields */
VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    LONGLONG ms = Time->QuadPart / TICKS_PER_MS;
    LONGLONG days = ms / MS_PER_DAY;
    int rest = (int)(ms % MS_PER_DAY);
    LONGLONG year = FIRST_YEAR + days * 400 / DAYS_PER_400_YEARS;
    while (days_before(year) > days)
        year--;
    while (days_before(year + 1) <= days)
        year++;
    int day = (int)(days - days_before(year)), month = 1;
    for (; day >= month_days(year, month); month++)
        day -= month_days(year, month);
    TimeFields->Year = (CSHORT)year;
    TimeFields->Month = (CSHORT)month;
    TimeFields->Day = (CSHORT)(day + 1);
    TimeFields->Hour = (CSHORT)(rest / 3600000);
    TimeFields->Minute = (CSHORT)(rest / 60000 % 60);
    TimeFields->Second = (CSHORT)(rest / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(rest % 1000);
    TimeFields->Weekday = (CSHORT)((days + 1) % 7); /* 1601-01-01 was a Monday */
}

/** System time of calendar fields; Weekday is not looked at.
 *  @irql any   @waits never
 *  @return FALSE: a field is out of range
 *  @source wdm.h, RtlTimeFieldsToTime */
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    const TIME_FIELDS *f = TimeFields;
    if (f->Year < FIRST_YEAR || f->Year > LAST_YEAR || f->Month < 1 || f->Month > 12 ||
        f->Day < 1 || f->Day > month_days(f->Year, f->Month) || f->Hour < 0 || f->Hour > 23 ||
        f->Minute < 0 || f->Minute > 59 || f->Second < 0 || f->Second > 59 || f->Milliseconds < 0 ||
        f->Milliseconds > 999)
        return FALSE;
    LONGLONG days = days_before(f->Year) + f->Day - 1;
    for (int month = 1; month < f->Month; month++)
        days += month_days(f->Year, month);
    LONGLONG seconds = (f->Hour * 60 + f->Minute) * 60 + f->Second;
    Time->QuadPart = (days * MS_PER_DAY + seconds * 1000 + f->Milliseconds) * TICKS_PER_MS;
    return TRUE;
}

/** A GUID from the machine's random numbers (version 4).
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS
 *  @source ntddk.h, ExUuidCreate */
NTSTATUS NTAPI ExUuidCreate(GUID *Uuid)
{
    uint64_t words[2] = {host_random(), host_random()};
    KE_REQUIRE_IRQL_MAX(APC_LEVEL);
    RtlCopyMemory(Uuid, words, sizeof(*Uuid));
    Uuid->Data3 = (USHORT)((Uuid->Data3 & 0x0FFF) | 0x4000);
    Uuid->Data4[0] = (UCHAR)((Uuid->Data4[0] & 0x3F) | 0x80);
    return STATUS_SUCCESS;
}
