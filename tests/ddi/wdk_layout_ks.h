/* What the C half and the C++ half of the ks.h test call in each other. */
#ifndef WDK_LAYOUT_KS_H
#define WDK_LAYOUT_KS_H

#ifdef __cplusplus
extern "C" {
#endif

LONGLONG cxx_reads_clock(PIKSREFERENCECLOCK clock, PLONGLONG system_time);
NTSTATUS cxx_asks_for_control(PIKSREFERENCECLOCK clock, PVOID *control);
PIKSCONTROL cxx_makes_control(void);
const GUID *cxx_guid_of_filter_name(void);
SIZE_T cxx_size_of_pin(void);

#ifdef __cplusplus
}
#endif

#endif
