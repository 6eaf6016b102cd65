/* Ob, Ps, Se and Zw: objects, threads, security descriptors, and the calls that work on handles. */
#ifndef _WEIR_WDM_OB_H_
#define _WEIR_WDM_OB_H_

#ifdef __cplusplus
extern "C" {
#endif

/* --- Ob. */
typedef struct _OBJECT_HANDLE_INFORMATION {
    ULONG HandleAttributes;
    ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;
typedef struct _OBJECT_NAME_INFORMATION {
    UNICODE_STRING Name;
} OBJECT_NAME_INFORMATION, *POBJECT_NAME_INFORMATION;
extern POBJECT_TYPE *IoFileObjectType;
extern POBJECT_TYPE *ExEventObjectType;
extern POBJECT_TYPE *ExSemaphoreObjectType;
extern POBJECT_TYPE *PsThreadType;
extern POBJECT_TYPE *PsProcessType;
extern POBJECT_TYPE *IoDeviceObjectType;
extern POBJECT_TYPE *IoDriverObjectType;
NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                         POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                         PVOID *Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation);
NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                                ULONG Tag, PVOID *Object,
                                                POBJECT_HANDLE_INFORMATION HandleInformation);
NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                          POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode);
NTSTATUS NTAPI ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK DesiredAccess,
                                                 POBJECT_TYPE ObjectType,
                                                 KPROCESSOR_MODE AccessMode, ULONG Tag);
NTSTATUS NTAPI ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                                     PACCESS_STATE PassedAccessState, ACCESS_MASK DesiredAccess,
                                     POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                     PHANDLE Handle);
LONG_PTR NTAPI ObfReferenceObject(PVOID Object);
BOOLEAN NTAPI ObReferenceObjectSafe(PVOID Object);
LONG_PTR NTAPI ObfReferenceObjectWithTag(PVOID Object, ULONG Tag);
LONG_PTR NTAPI ObfDereferenceObject(PVOID Object);
LONG_PTR NTAPI ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag);
VOID NTAPI ObDereferenceObjectDeferDelete(PVOID Object);
VOID NTAPI ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG Tag);
NTSTATUS NTAPI ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION ObjectNameInfo,
                                 ULONG Length, PULONG ReturnLength);
#define ObReferenceObject(Object)               ObfReferenceObject(Object)
#define ObDereferenceObject(Object)             ObfDereferenceObject(Object)
#define ObReferenceObjectWithTag(Object, Tag)   ObfReferenceObjectWithTag(Object, Tag)
#define ObDereferenceObjectWithTag(Object, Tag) ObfDereferenceObjectWithTag(Object, Tag)

/* --- Ps. */
NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext);
NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus);
HANDLE NTAPI PsGetCurrentProcessId(VOID);
HANDLE NTAPI PsGetCurrentThreadId(VOID);
HANDLE NTAPI PsGetThreadId(PETHREAD Thread);
HANDLE NTAPI PsGetProcessId(PEPROCESS Process);
BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread);
BOOLEAN NTAPI PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                           PUNICODE_STRING CSDVersion);
extern PEPROCESS PsInitialSystemProcess;
#define PsGetCurrentProcess  IoGetCurrentProcess
#define PsGetCurrentThread() ((PETHREAD)KeGetCurrentThread())

#include <wdm/se.h>

/* --- Registry. */
#define KEY_QUERY_VALUE        0x0001
#define KEY_SET_VALUE          0x0002
#define KEY_CREATE_SUB_KEY     0x0004
#define KEY_ENUMERATE_SUB_KEYS 0x0008
#define KEY_NOTIFY             0x0010
#define KEY_CREATE_LINK        0x0020
#define KEY_READ                                                                                   \
    ((STANDARD_RIGHTS_READ | KEY_QUERY_VALUE | KEY_ENUMERATE_SUB_KEYS | KEY_NOTIFY) &              \
     (~SYNCHRONIZE))
#define KEY_WRITE   ((STANDARD_RIGHTS_WRITE | KEY_SET_VALUE | KEY_CREATE_SUB_KEY) & (~SYNCHRONIZE))
#define KEY_EXECUTE (KEY_READ & (~SYNCHRONIZE))
#define KEY_ALL_ACCESS                                                                             \
    ((STANDARD_RIGHTS_ALL | KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_CREATE_SUB_KEY |                 \
      KEY_ENUMERATE_SUB_KEYS | KEY_NOTIFY | KEY_CREATE_LINK) &                                     \
     (~SYNCHRONIZE))
#define REG_OPTION_NON_VOLATILE        0x00000000
#define REG_OPTION_VOLATILE            0x00000001
#define REG_CREATED_NEW_KEY            0x00000001
#define REG_OPENED_EXISTING_KEY        0x00000002
#define REG_NONE                       0
#define REG_SZ                         1
#define REG_EXPAND_SZ                  2
#define REG_BINARY                     3
#define REG_DWORD                      4
#define REG_DWORD_LITTLE_ENDIAN        4
#define REG_DWORD_BIG_ENDIAN           5
#define REG_LINK                       6
#define REG_MULTI_SZ                   7
#define REG_RESOURCE_LIST              8
#define REG_FULL_RESOURCE_DESCRIPTOR   9
#define REG_RESOURCE_REQUIREMENTS_LIST 10
#define REG_QWORD                      11
#define REG_QWORD_LITTLE_ENDIAN        11
typedef enum _KEY_INFORMATION_CLASS {
    KeyBasicInformation,
    KeyNodeInformation,
    KeyFullInformation,
    KeyNameInformation
} KEY_INFORMATION_CLASS;
typedef struct _KEY_BASIC_INFORMATION {
    LARGE_INTEGER LastWriteTime;
    ULONG TitleIndex;
    ULONG NameLength;
    WCHAR Name[1];
} KEY_BASIC_INFORMATION, *PKEY_BASIC_INFORMATION;
typedef struct _KEY_NODE_INFORMATION {
    LARGE_INTEGER LastWriteTime;
    ULONG TitleIndex;
    ULONG ClassOffset;
    ULONG ClassLength;
    ULONG NameLength;
    WCHAR Name[1];
} KEY_NODE_INFORMATION, *PKEY_NODE_INFORMATION;

typedef struct _KEY_FULL_INFORMATION {
    LARGE_INTEGER LastWriteTime;
    ULONG TitleIndex;
    ULONG ClassOffset;
    ULONG ClassLength;
    ULONG SubKeys;
    ULONG MaxNameLen;
    ULONG MaxClassLen;
    ULONG Values;
    ULONG MaxValueNameLen;
    ULONG MaxValueDataLen;
    WCHAR Class[1];
} KEY_FULL_INFORMATION, *PKEY_FULL_INFORMATION;
typedef enum _KEY_VALUE_INFORMATION_CLASS {
    KeyValueBasicInformation,
    KeyValueFullInformation,
    KeyValuePartialInformation,
    KeyValueFullInformationAlign64,
    KeyValuePartialInformationAlign64
} KEY_VALUE_INFORMATION_CLASS;
typedef struct _KEY_VALUE_BASIC_INFORMATION {
    ULONG TitleIndex;
    ULONG Type;
    ULONG NameLength;
    WCHAR Name[1];
} KEY_VALUE_BASIC_INFORMATION, *PKEY_VALUE_BASIC_INFORMATION;
typedef struct _KEY_VALUE_FULL_INFORMATION {
    ULONG TitleIndex;
    ULONG Type;
    ULONG DataOffset;
    ULONG DataLength;
    ULONG NameLength;
    WCHAR Name[1];
} KEY_VALUE_FULL_INFORMATION, *PKEY_VALUE_FULL_INFORMATION;
typedef struct _KEY_VALUE_PARTIAL_INFORMATION {
    ULONG TitleIndex;
    ULONG Type;
    ULONG DataLength;
    UCHAR Data[1];
} KEY_VALUE_PARTIAL_INFORMATION, *PKEY_VALUE_PARTIAL_INFORMATION;

/* --- Zw and Nt: the same entry points; Zw sets the previous mode to kernel. */
#define WEIR_ZW(type, name, arguments)                                                             \
    type NTAPI Zw##name arguments;                                                                 \
    type NTAPI Nt##name arguments;
WEIR_ZW(NTSTATUS, CreateFile,
        (PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
         PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize, ULONG FileAttributes,
         ULONG ShareAccess, ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
         ULONG EaLength))
WEIR_ZW(NTSTATUS, OpenFile,
        (PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
         PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions))
WEIR_ZW(NTSTATUS, ReadFile,
        (HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
         PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
         PULONG Key))
WEIR_ZW(NTSTATUS, WriteFile,
        (HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
         PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
         PULONG Key))
WEIR_ZW(NTSTATUS, DeviceIoControlFile,
        (HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
         PIO_STATUS_BLOCK IoStatusBlock, ULONG IoControlCode, PVOID InputBuffer,
         ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength))
WEIR_ZW(NTSTATUS, QuerySecurityObject,
        (HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
         PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Length, PULONG LengthNeeded))
WEIR_ZW(NTSTATUS, SetSecurityObject,
        (HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
         PSECURITY_DESCRIPTOR SecurityDescriptor))
WEIR_ZW(NTSTATUS, FlushBuffersFile, (HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock))
WEIR_ZW(NTSTATUS, CancelIoFile, (HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock))
NTSTATUS NTAPI NtCancelIoFileEx(HANDLE FileHandle, PIO_STATUS_BLOCK IoRequestToCancel,
                                PIO_STATUS_BLOCK IoStatusBlock);
WEIR_ZW(NTSTATUS, FsControlFile,
        (HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
         PIO_STATUS_BLOCK IoStatusBlock, ULONG FsControlCode, PVOID InputBuffer,
         ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength))
WEIR_ZW(NTSTATUS, QueryInformationFile,
        (HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation, ULONG Length,
         FILE_INFORMATION_CLASS FileInformationClass))
WEIR_ZW(NTSTATUS, SetInformationFile,
        (HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation, ULONG Length,
         FILE_INFORMATION_CLASS FileInformationClass))
WEIR_ZW(NTSTATUS, QueryVolumeInformationFile,
        (HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FsInformation, ULONG Length,
         FS_INFORMATION_CLASS FsInformationClass))
WEIR_ZW(NTSTATUS, DeleteFile, (POBJECT_ATTRIBUTES ObjectAttributes))
WEIR_ZW(NTSTATUS, Close, (HANDLE Handle))
WEIR_ZW(NTSTATUS, DuplicateObject,
        (HANDLE SourceProcessHandle, HANDLE SourceHandle, HANDLE TargetProcessHandle,
         PHANDLE TargetHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes, ULONG Options))
WEIR_ZW(NTSTATUS, MakeTemporaryObject, (HANDLE Handle))
WEIR_ZW(NTSTATUS, CreateKey,
        (PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
         ULONG TitleIndex, PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition))
WEIR_ZW(NTSTATUS, OpenKey,
        (PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes))
WEIR_ZW(NTSTATUS, OpenKeyEx,
        (PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
         ULONG OpenOptions))
WEIR_ZW(NTSTATUS, DeleteKey, (HANDLE KeyHandle))
WEIR_ZW(NTSTATUS, DeleteValueKey, (HANDLE KeyHandle, PUNICODE_STRING ValueName))
WEIR_ZW(NTSTATUS, FlushKey, (HANDLE KeyHandle))
WEIR_ZW(NTSTATUS, EnumerateKey,
        (HANDLE KeyHandle, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass,
         PVOID KeyInformation, ULONG Length, PULONG ResultLength))
WEIR_ZW(NTSTATUS, EnumerateValueKey,
        (HANDLE KeyHandle, ULONG Index, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
         PVOID KeyValueInformation, ULONG Length, PULONG ResultLength))
WEIR_ZW(NTSTATUS, QueryKey,
        (HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
         ULONG Length, PULONG ResultLength))
WEIR_ZW(NTSTATUS, QueryValueKey,
        (HANDLE KeyHandle, PUNICODE_STRING ValueName,
         KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
         ULONG Length, PULONG ResultLength))
WEIR_ZW(NTSTATUS, SetValueKey,
        (HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex, ULONG Type, PVOID Data,
         ULONG DataSize))
WEIR_ZW(NTSTATUS, CreateEvent,
        (PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
         EVENT_TYPE EventType, BOOLEAN InitialState))
WEIR_ZW(NTSTATUS, OpenEvent,
        (PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes))
WEIR_ZW(NTSTATUS, SetEvent, (HANDLE EventHandle, PLONG PreviousState))
WEIR_ZW(NTSTATUS, ResetEvent, (HANDLE EventHandle, PLONG PreviousState))
WEIR_ZW(NTSTATUS, ClearEvent, (HANDLE EventHandle))
WEIR_ZW(NTSTATUS, WaitForSingleObject, (HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout))
WEIR_ZW(NTSTATUS, WaitForMultipleObjects,
        (ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType, BOOLEAN Alertable,
         PLARGE_INTEGER Timeout))
WEIR_ZW(NTSTATUS, CreateDirectoryObject,
        (PHANDLE DirectoryHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes))
WEIR_ZW(NTSTATUS, OpenSymbolicLinkObject,
        (PHANDLE LinkHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes))
WEIR_ZW(NTSTATUS, QuerySymbolicLinkObject,
        (HANDLE LinkHandle, PUNICODE_STRING LinkTarget, PULONG ReturnedLength))
typedef enum _SECTION_INHERIT { ViewShare = 1, ViewUnmap = 2 } SECTION_INHERIT;
WEIR_ZW(NTSTATUS, CreateSection,
        (PHANDLE SectionHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
         PLARGE_INTEGER MaximumSize, ULONG SectionPageProtection, ULONG AllocationAttributes,
         HANDLE FileHandle))
WEIR_ZW(NTSTATUS, OpenSection,
        (PHANDLE SectionHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes))
WEIR_ZW(NTSTATUS, MapViewOfSection,
        (HANDLE SectionHandle, HANDLE ProcessHandle, PVOID *BaseAddress, ULONG_PTR ZeroBits,
         SIZE_T CommitSize, PLARGE_INTEGER SectionOffset, PSIZE_T ViewSize,
         SECTION_INHERIT InheritDisposition, ULONG AllocationType, ULONG Win32Protect))
WEIR_ZW(NTSTATUS, UnmapViewOfSection, (HANDLE ProcessHandle, PVOID BaseAddress))

#ifdef __cplusplus
}
#endif

#endif /* _WEIR_WDM_OB_H_ */
