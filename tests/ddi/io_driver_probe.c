/* A driver that looks at its own key: Level 7 is well, 9 means leak, another is refused. */
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD probe_unload;

static ULONG level;
static volatile PVOID lost;

VOID probe_unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    if (level == 9)
        lost = ExAllocatePoolWithTag(NonPagedPoolNx, 48, 'kaeL');
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    RTL_QUERY_REGISTRY_TABLE table[3];
    UNREFERENCED_PARAMETER(path);
    RtlZeroMemory(table, sizeof(table));
    table[0].Flags = RTL_QUERY_REGISTRY_SUBKEY;
    table[0].Name = (PWSTR)L"Parameters";
    table[1].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_REQUIRED;
    table[1].Name = (PWSTR)L"Level";
    table[1].EntryContext = &level;
    driver->DriverUnload = probe_unload;
    NTSTATUS status =
        RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path->Buffer, table, NULL, NULL);
    if (NT_SUCCESS(status) && level != 7 && level != 9)
        status = STATUS_INVALID_PARAMETER;
    return status;
}
