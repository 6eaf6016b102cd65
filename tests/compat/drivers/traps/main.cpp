/* The C++ half: operators new, virtual functions, COM, texts; and the driver. */
#include <initguid.h>
#include "common.h"
#include <wchar.h>

/* As old C++ sources have it; no compiler on Linux takes it: shim.h is read before this file. */
const TrapsLevel = 3;

PDEVICE_OBJECT TrapsDevice;

/* --- operators new and delete, as drivers write them ----------------------------------------------------------------- */

static ULONG Deleted;
static bool LowMemory;

void *operator new(size_t Size, POOL_TYPE Type, ULONG Tag)
{
    PVOID Result = LowMemory ? NULL : ExAllocatePoolWithTag(Type, Size, Tag);
    if (Result)
        RtlZeroMemory(Result, Size);
    return Result;
}
void operator delete(void *Memory)
{
    Deleted++;
    if (Memory)
        ExFreePool(Memory);
}
void operator delete(void *Memory, size_t)
{
    Deleted++;
    if (Memory)
        ExFreePool(Memory);
}

static ULONG Constructed;

class Shape
{
  public:
    Shape() { Constructed++; }
    virtual ~Shape() {}
    virtual ULONG Corners() = 0;
    ULONG Untouched; /* zero by operator new alone */
    PVOID Pointers[4];
};
class Square : public Shape
{
  public:
    ULONG Corners() { return 4; }
};

static BOOLEAN NewReturnsNull()
{
    ULONG Before = Constructed;
    LowMemory = true;
    Square *None = new (NonPagedPool, 'parT') Square;
    LowMemory = false;
    return None == NULL && Constructed == Before;
}

static BOOLEAN NewZeroes()
{
    Square *One = new (NonPagedPool, 'parT') Square;
    if (!One)
        return FALSE;
    BOOLEAN Zero = One->Untouched == 0 && One->Pointers[0] == NULL && One->Pointers[3] == NULL;
    delete One;
    return Zero;
}

static BOOLEAN OwnDelete()
{
    ULONG Before = Deleted;
    Shape *One = new (NonPagedPool, 'parT') Square;
    delete One;
    return Deleted == Before + 1;
}

static BOOLEAN VirtualCalls()
{
    Shape *One = new (NonPagedPool, 'parT') Square;
    BOOLEAN Four = One && One->Corners() == 4;
    delete One;
    return Four;
}

/* --- COM ----------------------------------------------------------------------------------------------------------------- */

class Clock : public IKsReferenceClock
{
  public:
    STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID, PVOID *Result)
    {
        *Result = NULL;
        return STATUS_NOT_FOUND;
    }
    STDMETHODIMP_(ULONG) AddRef() { return 2; }
    STDMETHODIMP_(ULONG) Release() { return 1; }
    STDMETHODIMP_(LONGLONG) GetTime() { return 777; }
    STDMETHODIMP_(LONGLONG) GetPhysicalTime() { return 0; }
    STDMETHODIMP_(LONGLONG) GetCorrelatedTime(PLONGLONG) { return 0; }
    STDMETHODIMP_(LONGLONG) GetCorrelatedPhysicalTime(PLONGLONG) { return 0; }
    STDMETHODIMP_(NTSTATUS) GetResolution(PKSRESOLUTION) { return STATUS_SUCCESS; }
    STDMETHODIMP_(NTSTATUS) GetState(PKSSTATE) { return STATUS_SUCCESS; }
};

static BOOLEAN ComFromC()
{
    Clock Mine;
    return TrapsTimeByC(&Mine) == 777;
}

/* --- texts ----------------------------------------------------------------------------------------------------------------- */

static BOOLEAN FormatNarrow()
{
    CHAR Text[128];
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, L"pin");
    if (!NT_SUCCESS(RtlStringCbPrintfA(Text, sizeof(Text), "%ld %lu %I64d %llx %wZ %S %5d|%-3d|%02X %hs", (LONG)-5,
                                       (ULONG)0xFFFFFFFF, -7LL, 0x123456789aULL, &Name, L"wide", 42, 7, 10, "n")))
        return FALSE;
    return strcmp(Text, "-5 4294967295 -7 123456789a pin wide    42|7  |0A n") == 0;
}

static BOOLEAN FormatWide()
{
    WCHAR Text[64];

    if (!NT_SUCCESS(RtlStringCchPrintfW(Text, 64, L"%s %ws %S %hs %lu", L"a", L"b", "c", "d", (ULONG)9)))
        return FALSE;
    return wcscmp(Text, L"a b c d 9") == 0;
}

static BOOLEAN FormatTruncates()
{
    CHAR Text[8] = "1234567";
    return RtlStringCbPrintfA(Text, 4, "%s", "abcdef") == STATUS_BUFFER_OVERFLOW && strcmp(Text, "abc") == 0;
}

static BOOLEAN WideSearch()
{
    WCHAR Text[16];

    wcscpy(Text, L"video");
    return wcschr(Text, L'd') == Text + 2 && wcsncmp(Text, L"vidi", 3) == 0 && _wcsicmp(Text, L"VIDEO") == 0;
}

static BOOLEAN GuidText()
{
    UNICODE_STRING Text;
    GUID Back;

    if (!NT_SUCCESS(RtlStringFromGUID(TrapsGuid, &Text)))
        return FALSE;
    BOOLEAN Good = NT_SUCCESS(RtlGUIDFromString(&Text, &Back)) && IsEqualGUID(Back, TrapsGuid);
    RtlFreeUnicodeString(&Text);
    return Good;
}

static BOOLEAN TimeFields()
{
    LARGE_INTEGER Now;
    TIME_FIELDS Fields;

    KeQuerySystemTime(&Now);
    RtlTimeToTimeFields(&Now, &Fields);
    return Fields.Year >= 2024 && Fields.Month >= 1 && Fields.Month <= 12;
}

/* --- the rest ------------------------------------------------------------------------------------------------------------------ */

static BOOLEAN SehInCpp()
{
    volatile NTSTATUS Code = 0;
    __try {
        ExRaiseStatus(STATUS_NO_SUCH_DEVICE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = GetExceptionCode();
    }
    return Code == STATUS_NO_SUCH_DEVICE;
}

static BOOLEAN ZeroedPool()
{
    PUCHAR Memory = (PUCHAR)ExAllocatePoolZero(NonPagedPoolNx, 300, 'oreZ');
    ULONG Sum = 0;

    for (ULONG i = 0; Memory && i < 300; i++)
        Sum |= Memory[i];
    if (!Memory)
        return FALSE;
    ExFreePoolWithTag(Memory, 'oreZ');
    return Sum == 0;
}

static BOOLEAN Unaligned()
{
    UCHAR Bytes[8] = {0, 0x78, 0x56, 0x34, 0x12};
    return *(ULONG UNALIGNED *)(Bytes + 1) == 0x12345678;
}

static BOOLEAN Check(ULONG Trap)
{
    switch (Trap) {
    case TRAP_NEW_RETURNS_NULL: return NewReturnsNull();
    case TRAP_NEW_ZEROES: return NewZeroes();
    case TRAP_OWN_DELETE: return OwnDelete();
    case TRAP_VIRTUAL_CALLS: return VirtualCalls();
    case TRAP_GUID_IN_EVERY_FILE: return IsEqualGUID(TrapsGuid, *TrapsGuidOfC());
    case TRAP_GUIDSTRUCT: return IsEqualGUID(TRAPS_NAMED, *TrapsNamedOfC()) && TrapsNamedOfC()->Data1 == 0xc0a9a722;
    case TRAP_WIDE_LENGTH: return sizeof(WCHAR) == 2 && sizeof(L"ab") == 6 && wcslen(L"twelve units") == 12;
    case TRAP_WIDE_SEARCH: return WideSearch();
    case TRAP_FORMAT_NARROW: return FormatNarrow();
    case TRAP_FORMAT_WIDE: return FormatWide();
    case TRAP_FORMAT_TRUNCATES: return FormatTruncates();
    case TRAP_COM_FROM_CPP: return TrapsClockOfC()->GetTime() == 123456789012345LL && TrapsClockOfC()->AddRef() == 2;
    case TRAP_COM_FROM_C: return ComFromC();
    case TRAP_SEH_CPP: return SehInCpp();
    case TRAP_FRAME_INFO: return FIELD_OFFSET(KS_FRAME_INFO, lSurfacePitch) != 0 && sizeof(KS_FRAME_INFO) % 8 == 0;
    case TRAP_ZEROED_POOL: return ZeroedPool();
    case TRAP_TYPE_SIZES: return sizeof(ULONG) == 4 && sizeof(LONG) == 4 && sizeof(ULONG_PTR) == 8;
    case TRAP_UNALIGNED: return Unaligned();
    case TRAP_GUID_TEXT: return GuidText();
    case TRAP_TIME_FIELDS: return TimeFields();
    default: return TrapsCheckC(Trap);
    }
}

/* --- driver --------------------------------------------------------------------------------------------------------------------- */

static NTSTATUS NTAPI GetCheck(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    TrapsDevice = KsGetDevice(KsGetFilterFromIrp(Irp))->FunctionalDeviceObject;
    *(PULONG)Data = Check(Request->Id);
    return STATUS_SUCCESS;
}

static const GUID SetId = TRAPS_SET_INIT;
#define ITEM(Trap) DEFINE_KSPROPERTY_ITEM(Trap, GetCheck, sizeof(KSPROPERTY), sizeof(ULONG), NULL, NULL, 0, NULL, NULL, 0)
#define ITEMS4(Trap) ITEM(Trap), ITEM(Trap + 1), ITEM(Trap + 2), ITEM(Trap + 3)
#define ITEMS12(Trap) ITEMS4(Trap), ITEMS4(Trap + 4), ITEMS4(Trap + 8)
static const KSPROPERTY_ITEM Items[] = {ITEMS12(1), ITEMS12(13), ITEMS12(25)};
static const KSPROPERTY_SET Sets[] = {DEFINE_KSPROPERTY_SET(&SetId, SIZEOF_ARRAY(Items), Items, 0, NULL)};
static DEFINE_KSAUTOMATION_TABLE(Automation){
    DEFINE_KSAUTOMATION_PROPERTIES(Sets),
    DEFINE_KSAUTOMATION_METHODS_NULL,
    DEFINE_KSAUTOMATION_EVENTS_NULL,
};
static const GUID Categories[] = {{STATICGUIDOF(KSCATEGORY_VIDEO)}};
static DEFINE_KSFILTER_DESCRIPTOR(Filter){
    NULL, &Automation, KSFILTER_DESCRIPTOR_VERSION, 0, &KSNAME_Filter, 0, sizeof(KSPIN_DESCRIPTOR_EX), NULL,
    DEFINE_KSFILTER_CATEGORIES(Categories), DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS, NULL,
};
static DEFINE_KSFILTER_DESCRIPTOR_TABLE(Filters){&Filter};
static const KSDEVICE_DESCRIPTOR Device = {NULL, 1, Filters, KSDEVICE_DESCRIPTOR_VERSION, 0};

extern "C" DRIVER_INITIALIZE DriverEntry;
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    return KsInitializeDriver(Driver, Path, &Device);
}
