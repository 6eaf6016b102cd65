/* A driver whose DriverEntry stops the machine. */
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    (void)Driver;
    (void)Path;
    DbgPrint("the last words\n");
    KeBugCheckEx(0xDEADDEAD, 1, 2, 3, 4);
}
