/* Property and method requests of the KS 1.0 library, as tables: what comes in, its status, its
 * information. */
#include <windef.h>
#include <ks.h>
#include "io_scene.h"

#include <string.h>

static const GUID set_guid = {0x77, 1, 1, {1}}, other_guid = {0x78, 1, 1, {1}};

/* --- handlers that note what they are asked -------------------------------------------- */

static struct {
    unsigned gets, sets, supports;
    KSIDENTIFIER identifier;
    ULONG room; /* OutputBufferLength while the handler ran */
    const KSPROPERTY_ITEM *item;
    const KSPROPERTY_SET *set;
    ULONG value[16]; /* by id */
    NTSTATUS answer, support_answer;
} seen;

static void note(PIRP irp, PKSIDENTIFIER request)
{
    seen.identifier = *request;
    seen.room = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    seen.item = KSPROPERTY_ITEM_IRP_STORAGE(irp);
    seen.set = KSPROPERTY_SET_IRP_STORAGE(irp);
}
static NTSTATUS NTAPI get(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    seen.gets++;
    note(irp, request);
    *(PULONG)data = seen.value[request->Id & 15];
    return seen.answer;
}
static NTSTATUS NTAPI set(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    seen.sets++;
    note(irp, request);
    seen.value[request->Id & 15] = *(PULONG)data;
    return seen.answer;
}
static NTSTATUS NTAPI support(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)data;
    seen.supports++;
    note(irp, request);
    return seen.support_answer;
}

/* --- the set --------------------------------------------------------------------------- */

static const ULONG steps[] = {1, 2, 3, 4}, usual[] = {9, 8};
static const KSPROPERTY_MEMBERSLIST members[] = {
    {{KSPROPERTY_MEMBER_VALUES, sizeof(ULONG), 4, 0}, steps},
    {{KSPROPERTY_MEMBER_VALUES, sizeof(ULONG), 2, KSPROPERTY_MEMBER_FLAG_DEFAULT}, usual}};
static const KSPROPERTY_VALUES values = {{{{{0x79, 1, 1, {1}}, 3, 0}}}, 2, members};
static const KSPROPERTY relations[] = {{{{{0x77, 1, 1, {1}}, 2, 0}}},
                                       {{{{0x77, 1, 1, {1}}, 3, 0}}}};

enum {
    HEAD = sizeof(KSPROPERTY),
    DESCRIPTION = sizeof(KSPROPERTY_DESCRIPTION),
    MEMBERS = sizeof(KSPROPERTY_MEMBERSHEADER),
    ALL = DESCRIPTION + MEMBERS + 16 + MEMBERS + 8,
    USUAL = DESCRIPTION + MEMBERS + 8,
};

/* Items are longer than the documented ones, as those of a driver that keeps more in them. */
struct item {
    KSPROPERTY_ITEM item;
    ULONG_PTR more;
};
static const struct item items[] = {
    {DEFINE_KSPROPERTY_ITEM(1, get, HEAD + 8, 4, set, &values, 2, relations, NULL, 4), 1},
    {DEFINE_KSPROPERTY_ITEM(2, NULL, HEAD + 8, 0, NULL, NULL, 0, NULL, support, 8), 2},
    {DEFINE_KSPROPERTY_ITEM(3, get, HEAD, 4, set, NULL, 0, NULL, NULL, 12), 3},
    {DEFINE_KSPROPERTY_ITEM(4, NULL, HEAD, 0, NULL, NULL, 0, NULL, NULL, 0), 4},
    {DEFINE_KSPROPERTY_ITEM(5, get, HEAD, 4, NULL, &values, 0, NULL, support, 4), 5},
    {DEFINE_KSPROPERTY_ITEM(6, NULL, HEAD, 4, set, NULL, 0, NULL, NULL, 4), 6},
};
static const KSPROPERTY_SET sets[] = {
    {&set_guid, RTL_NUMBER_OF(items), (const KSPROPERTY_ITEM *)items, 0, NULL}};

static unsigned allocations;
static ULONG allocated;
static BOOLEAN allocated_for_input;

static NTSTATUS NTAPI own_buffer(PIRP irp, ULONG size, BOOLEAN input)
{
    allocations++;
    allocated = size;
    allocated_for_input = input;
    irp->AssociatedIrp.SystemBuffer = ExAllocatePoolZero(NonPagedPool, size, 'tset');
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return STATUS_SUCCESS;
}

static NTSTATUS (*on_control)(PIRP irp);

static NTSTATUS NTAPI dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    NTSTATUS status = on_control(irp);
    return scene_finish(irp, status, irp->IoStatus.Information);
}

static NTSTATUS property_control(PIRP irp)
{
    return KsPropertyHandlerWithAllocator(irp, 1, sets, own_buffer, sizeof(struct item));
}

static ULONG returned;

static NTSTATUS send(NTSTATUS (*handler)(PIRP), PVOID in, ULONG in_bytes, PVOID out,
                     ULONG out_bytes)
{
    KEVENT done;
    IO_STATUS_BLOCK iosb = {0};
    on_control = handler;
    scene_driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(IOCTL_KS_PROPERTY, scene_device, in, in_bytes, out,
                                             out_bytes, FALSE, &done, &iosb);
    NTSTATUS status = IofCallDriver(scene_device, irp);
    returned = NT_ERROR(status) ? 0 : (ULONG)iosb.Information;
    return status;
}

static UCHAR buffer[512];

static NTSTATUS ask(ULONG id, ULONG flags, ULONG in, ULONG out)
{
    struct {
        KSPROPERTY property;
        ULONG more[2];
    } request = {{{{set_guid, id, flags}}}, {0}};
    return send(property_control, &request, in, buffer, out);
}

struct row {
    ULONG id, flags, in, out;
    NTSTATUS status;
    ULONG information;
};

static void rows_hold(const struct row *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        NTSTATUS status = ask(rows[i].id, rows[i].flags, rows[i].in, rows[i].out);
        if (status != rows[i].status || returned != rows[i].information)
            fail_msg("row %u: status 0x%08x, information %u", i, (unsigned)status,
                     (unsigned)returned);
    }
}
#define ROWS_HOLD(rows) rows_hold(rows, RTL_NUMBER_OF(rows))

#define GET   KSPROPERTY_TYPE_GET
#define SET   KSPROPERTY_TYPE_SET
#define BASIC KSPROPERTY_TYPE_BASICSUPPORT

static void fresh(void)
{
    RtlZeroMemory(&seen, sizeof(seen));
    RtlFillMemory(buffer, sizeof(buffer), 0xEE);
}

/* --- get and set ----------------------------------------------------------------------- */

SCENE(get_and_set_want_their_handler_and_their_sizes)
{
    static const struct row rows[] = {
        {1, GET, HEAD + 8, 4, 0, 4},
        {1, GET, HEAD + 8, 8, 0, 4},
        {1, GET, HEAD + 7, 4, STATUS_INVALID_BUFFER_SIZE, 0},
        {1, GET, HEAD + 8, 3, STATUS_BUFFER_TOO_SMALL, 0},
        {1, SET, HEAD + 8, 4, 0, 0},
        {1, SET, HEAD, 4, STATUS_INVALID_BUFFER_SIZE, 0},
        {1, SET, HEAD + 8, 0, STATUS_BUFFER_TOO_SMALL, 0},
        {2, GET, HEAD + 8, 4, STATUS_NOT_FOUND, 0},
        {2, SET, HEAD + 8, 4, STATUS_NOT_FOUND, 0},
        {5, SET, HEAD, 4, STATUS_NOT_FOUND, 0},
        {6, GET, HEAD, 4, STATUS_NOT_FOUND, 0},
        {7, GET, HEAD, 4, STATUS_NOT_FOUND, 0},
        {0, SET, HEAD, 4, STATUS_NOT_FOUND, 0},
        {1, GET | SET, HEAD + 8, 4, STATUS_INVALID_PARAMETER, 0},
        {1, 0, HEAD + 8, 4, STATUS_INVALID_PARAMETER, 0},
        {1, 0x40000000, HEAD + 8, 4, STATUS_INVALID_PARAMETER, 0},
        {1, GET, HEAD - 1, 4, STATUS_INVALID_BUFFER_SIZE, 0},
        {1, GET, 0, 4, STATUS_INVALID_BUFFER_SIZE, 0},
    };
    fresh();
    ROWS_HOLD(rows);
    assert_int_equal(seen.gets, 2);
    assert_int_equal(seen.sets, 1);
}

SCENE(a_handler_knows_its_item_and_its_set)
{
    fresh();
    seen.value[1] = 55;
    assert_int_equal(ask(1, GET, HEAD + 8, 4), 0);
    assert_int_equal(*(PULONG)buffer, 55);
    assert_ptr_equal(seen.item, &items[0].item);
    assert_ptr_equal(seen.set, &sets[0]);
    assert_int_equal(seen.identifier.Flags, GET);
    seen.answer = STATUS_ALERTED;
    *(PULONG)buffer = 66;
    assert_int_equal(ask(3, SET, HEAD, 4), STATUS_ALERTED);
    assert_ptr_equal(seen.item, &items[2].item);
    assert_int_equal(seen.value[3], 66);
    seen.answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(ask(3, GET, HEAD, 4), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(returned, 0);
}

SCENE(a_drivers_allocator_provides_the_buffer)
{
    fresh();
    allocations = 0;
    assert_int_equal(ask(1, GET, HEAD + 8, 5), 0);
    assert_int_equal(allocations, 1);
    assert_int_equal(allocated, 8 + HEAD + 8);
    assert_true(allocated_for_input);
    assert_int_equal(ask(3, SET, HEAD, 4), 0);
    assert_int_equal(allocations, 2);
    assert_false(allocated_for_input);
}

/* --- support --------------------------------------------------------------------------- */

SCENE(support_is_described_as_far_as_there_is_room)
{
    static const struct row rows[] = {
        {1, BASIC, HEAD, 0, STATUS_BUFFER_OVERFLOW, ALL},
        {1, BASIC, HEAD, 3, STATUS_BUFFER_TOO_SMALL, 0},
        {1, BASIC, HEAD, 4, 0, 4},
        {1, BASIC, HEAD, DESCRIPTION - 1, 0, 4},
        {1, BASIC, HEAD, ALL - 1, 0, DESCRIPTION},
        {1, BASIC, HEAD, DESCRIPTION, 0, DESCRIPTION},
        {1, BASIC, HEAD, ALL, 0, ALL},
        {1, BASIC, HEAD, ALL + 8, 0, ALL},
        {3, BASIC, HEAD, 0, STATUS_BUFFER_OVERFLOW, DESCRIPTION},
        {1, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, 0, STATUS_BUFFER_OVERFLOW, USUAL},
        {1, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, 4, STATUS_BUFFER_TOO_SMALL, 0},
        {1, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, DESCRIPTION, 0, DESCRIPTION},
        {1, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, USUAL, 0, USUAL},
        {3, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, USUAL, STATUS_NOT_FOUND, 0},
        {1, KSPROPERTY_TYPE_RELATIONS, HEAD, 0, STATUS_BUFFER_OVERFLOW, 8 + 2 * HEAD},
        {1, KSPROPERTY_TYPE_RELATIONS, HEAD, 8, 0, 8},
        {1, KSPROPERTY_TYPE_RELATIONS, HEAD, 8 + 2 * HEAD, 0, 8 + 2 * HEAD},
        {3, KSPROPERTY_TYPE_RELATIONS, HEAD, 8 + HEAD, 0, 8},
        {1, KSPROPERTY_TYPE_SERIALIZERAW, HEAD, 4, STATUS_INVALID_PARAMETER, 0},
        {1, KSPROPERTY_TYPE_UNSERIALIZERAW, HEAD, 4, STATUS_INVALID_PARAMETER, 0},
    };
    fresh();
    ROWS_HOLD(rows);
    assert_int_equal(seen.gets + seen.sets, 0);
}

SCENE(a_description_has_access_type_and_members)
{
    PKSPROPERTY_DESCRIPTION to = (PKSPROPERTY_DESCRIPTION)buffer;
    PKSPROPERTY_MEMBERSHEADER first = (PKSPROPERTY_MEMBERSHEADER)(to + 1);
    fresh();
    assert_int_equal(ask(1, BASIC, HEAD, ALL), 0);
    assert_int_equal(to->AccessFlags, GET | SET);
    assert_int_equal(to->DescriptionSize, ALL);
    assert_memory_equal(&to->PropTypeSet, &values.PropTypeSet, sizeof(KSIDENTIFIER));
    assert_int_equal(to->MembersListCount, 2);
    assert_int_equal(to->Reserved, 0);
    assert_memory_equal(first, &members[0].MembersHeader, MEMBERS);
    assert_memory_equal(first + 1, steps, sizeof(steps));
    assert_memory_equal((PUCHAR)(first + 1) + sizeof(steps), &members[1].MembersHeader, MEMBERS);
    assert_memory_equal((PUCHAR)(first + 2) + sizeof(steps), usual, sizeof(usual));
    RtlFillMemory(buffer, sizeof(buffer), 0xEE);
    assert_int_equal(ask(1, BASIC, HEAD, ALL - 1), 0); /* the head alone, with the size of all */
    assert_int_equal(to->DescriptionSize, ALL);
    assert_int_equal(to->MembersListCount, 2);
    assert_int_equal(((PUCHAR)first)[0], 0xEE);
    assert_int_equal(ask(1, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, USUAL), 0);
    assert_int_equal(to->MembersListCount, 1);
    assert_int_equal(to->DescriptionSize, USUAL);
    assert_memory_equal(first, &members[1].MembersHeader, MEMBERS);
    assert_memory_equal(first + 1, usual, sizeof(usual));
    RtlFillMemory(buffer, sizeof(buffer), 0xEE);
    assert_int_equal(ask(3, BASIC, HEAD, DESCRIPTION), 0);
    assert_memory_equal(&to->PropTypeSet.Set, &GUID_NULL, sizeof(GUID));
    assert_int_equal(to->MembersListCount, 0);
    assert_int_equal(ask(5, BASIC, HEAD, 4), 0);
    assert_int_equal(ask(1, KSPROPERTY_TYPE_RELATIONS, HEAD, 8 + 2 * HEAD), 0);
    assert_memory_equal(buffer + 8, relations, sizeof(relations));
}

SCENE(access_follows_from_the_handlers)
{
    static const struct {
        ULONG id, access;
    } rows[] = {{1, GET | SET}, {4, 0}, {5, GET}, {6, SET}};
    fresh();
    seen.support_answer = STATUS_MORE_PROCESSING_REQUIRED;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask(rows[i].id, BASIC, HEAD, 4), 0);
        assert_int_equal(*(PULONG)buffer, rows[i].access);
    }
}

SCENE(a_support_handler_answers_or_leaves_it_to_the_tables)
{
    static const struct row its_own[] = {
        {2, BASIC, HEAD + 8, 4, STATUS_ALERTED, 0},
        {2, BASIC, HEAD, 4, STATUS_INVALID_BUFFER_SIZE, 0},
        {2, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, 4, STATUS_ALERTED, 0},
        {2, KSPROPERTY_TYPE_SERIALIZERAW, HEAD, 4, STATUS_ALERTED, 0},
        {2, KSPROPERTY_TYPE_UNSERIALIZERAW, HEAD, 4, STATUS_ALERTED, 0}};
    static const struct row the_tables[] = {
        {5, BASIC, HEAD, 4, 0, 4},
        {2, BASIC, HEAD + 8, 0, STATUS_BUFFER_OVERFLOW, DESCRIPTION},
        {5, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, USUAL, 0, USUAL},
        {2, KSPROPERTY_TYPE_DEFAULTVALUES, HEAD, USUAL, STATUS_NOT_FOUND, 0}};
    fresh();
    seen.support_answer = STATUS_ALERTED;
    ROWS_HOLD(its_own);
    assert_int_equal(seen.supports, 4);
    assert_ptr_equal(seen.item, &items[1].item);
    seen.support_answer = STATUS_MORE_PROCESSING_REQUIRED;
    ROWS_HOLD(the_tables);
    assert_int_equal(seen.supports, 8);
}

/* --- sets in one buffer ---------------------------------------------------------------- */

enum {
    SERIAL = sizeof(KSPROPERTY_SERIAL),
    START = (sizeof(KSPROPERTY_SERIALHDR) + 7) & ~7,
    FIRST = SERIAL + 8,   /* property 1: 4 bytes */
    SECOND = SERIAL + 16, /* property 3: 12 bytes */
    SERIALIZED = START + FIRST + SECOND,
};
#define SERIALIZE   KSPROPERTY_TYPE_SERIALIZESET
#define UNSERIALIZE KSPROPERTY_TYPE_UNSERIALIZESET

SCENE(a_set_is_serialized_property_by_property)
{
    static const struct row rows[] = {
        {0, SERIALIZE, HEAD + 8, 0, STATUS_BUFFER_OVERFLOW, SERIALIZED},
        {0, SERIALIZE, HEAD + 8, SERIALIZED - 1, STATUS_BUFFER_TOO_SMALL, 0},
        {0, SERIALIZE, HEAD + 8, SERIALIZED + 8, 0, SERIALIZED},
        {0, SERIALIZE, HEAD, SERIALIZED, STATUS_INVALID_BUFFER_SIZE, 0}, /* 1 wants more */
        {0, KSPROPERTY_TYPE_SERIALIZESIZE, HEAD, 0, STATUS_BUFFER_OVERFLOW, 4},
        {0, KSPROPERTY_TYPE_SERIALIZESIZE, HEAD, 3, STATUS_BUFFER_TOO_SMALL, 0},
        {0, KSPROPERTY_TYPE_SERIALIZESIZE, HEAD, 4, 0, 4},
    };
    fresh();
    ROWS_HOLD(rows);
    assert_int_equal(*(PULONG)buffer, SERIALIZED);
    fresh();
    seen.value[1] = 11, seen.value[3] = 33;
    assert_int_equal(ask(0, SERIALIZE, HEAD + 8, SERIALIZED), 0);
    assert_int_equal(seen.gets, 2);
    PKSPROPERTY_SERIALHDR head = (PKSPROPERTY_SERIALHDR)buffer;
    PKSPROPERTY_SERIAL one = (PKSPROPERTY_SERIAL)(buffer + START);
    PKSPROPERTY_SERIAL three = (PKSPROPERTY_SERIAL)(buffer + START + FIRST);
    assert_memory_equal(&head->PropertySet, &set_guid, sizeof(GUID));
    assert_int_equal(head->Count, 2);
    assert_memory_equal(&one->PropTypeSet, &values.PropTypeSet, sizeof(KSIDENTIFIER));
    assert_int_equal(one->Id, 1);
    assert_int_equal(one->PropertyLength, 4);
    assert_int_equal(*(PULONG)(one + 1), 11);
    assert_memory_equal(&three->PropTypeSet.Set, &GUID_NULL, sizeof(GUID));
    assert_int_equal(three->Id, 3);
    assert_int_equal(three->PropertyLength, 12);
    assert_int_equal(*(PULONG)(three + 1), 33);
    assert_int_equal(seen.identifier.Id, 3);
    assert_int_equal(seen.identifier.Flags, GET);
    assert_int_equal(seen.room, 12); /* the value's own, while its handler runs */
}

/* buffer is a serialized set. */
static void serialized(void)
{
    fresh();
    seen.value[1] = 11, seen.value[3] = 33;
    assert_int_equal(ask(0, SERIALIZE, HEAD + 8, SERIALIZED), 0);
    seen.value[1] = seen.value[3] = 0;
}

SCENE(a_serialized_set_is_put_back_property_by_property)
{
    serialized();
    assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, SERIALIZED), 0);
    assert_int_equal(returned, 0);
    assert_int_equal(seen.sets, 2);
    assert_int_equal(seen.value[1], 11);
    assert_int_equal(seen.value[3], 33);
    assert_int_equal(seen.identifier.Flags, SET);
    assert_int_equal(seen.room, 12);
    serialized();
    ((PKSPROPERTY_SERIALHDR)buffer)->Count = 1;
    assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, SERIALIZED), 0);
    assert_int_equal(seen.sets, 1);
}

SCENE(a_handler_that_fails_or_pends_ends_the_set)
{
    fresh();
    seen.answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(ask(0, SERIALIZE, HEAD + 8, SERIALIZED), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(seen.gets, 1);
    serialized();
    seen.answer = STATUS_NO_SUCH_DEVICE;
    assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, SERIALIZED), STATUS_NO_SUCH_DEVICE);
    assert_int_equal(seen.sets, 1);
    serialized();
    seen.answer = STATUS_PENDING;
    assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, SERIALIZED), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(ask(0, SERIALIZE, HEAD + 8, SERIALIZED), STATUS_INVALID_DEVICE_REQUEST);
}

SCENE(a_serialized_set_that_is_damaged_sets_nothing)
{
    PKSPROPERTY_SERIALHDR head = (PKSPROPERTY_SERIALHDR)buffer;
    PKSPROPERTY_SERIAL one = (PKSPROPERTY_SERIAL)(buffer + START);
    PKSPROPERTY_SERIAL three = (PKSPROPERTY_SERIAL)(buffer + START + FIRST);
#define DAMAGED(change, bytes, expected)                                                           \
    do {                                                                                           \
        serialized();                                                                              \
        change;                                                                                    \
        assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, bytes), expected);                          \
        assert_int_equal(seen.sets, 0);                                                            \
    } while (0)
    DAMAGED(head->PropertySet = other_guid, SERIALIZED, STATUS_INVALID_PARAMETER);
    DAMAGED((void)0, START - 1, STATUS_INVALID_PARAMETER);
    DAMAGED((void)0, 0, STATUS_INVALID_PARAMETER);
    DAMAGED((void)0, START + SERIAL - 1, STATUS_INVALID_BUFFER_SIZE);
    DAMAGED((void)0, START + SERIAL + 3, STATUS_INVALID_BUFFER_SIZE);
    DAMAGED((void)0, START + SERIAL + 4, STATUS_INVALID_BUFFER_SIZE); /* the second is not there */
    DAMAGED(head->Count = 3, SERIALIZED, STATUS_INVALID_BUFFER_SIZE);
    DAMAGED(three->PropertyLength = 17, SERIALIZED, STATUS_INVALID_BUFFER_SIZE);
    DAMAGED(one->PropertyLength = 0xFFFFFFFF, SERIALIZED, STATUS_INVALID_BUFFER_SIZE);
    DAMAGED(one->PropertyLength = 3, SERIALIZED, STATUS_INVALID_PARAMETER); /* below MinData */
    DAMAGED(three->Id = 9, SERIALIZED, STATUS_NOT_FOUND);
    DAMAGED(three->Id = 2, SERIALIZED, STATUS_INVALID_PARAMETER); /* neither got nor set */
    DAMAGED(three->Id = 4, SERIALIZED, STATUS_INVALID_PARAMETER); /* no size */
    DAMAGED(three->Id = 5, SERIALIZED, STATUS_INVALID_PARAMETER); /* not set */
    DAMAGED(three->Id = 6, SERIALIZED, STATUS_INVALID_PARAMETER); /* not got */
    serialized();
    three->PropertyLength = 16; /* ends with the buffer */
    assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, SERIALIZED), 0);
    head->Count = 0; /* nothing to set, nothing wrong */
    assert_int_equal(ask(0, UNSERIALIZE, HEAD + 8, START), 0);
}

/* --- lists ----------------------------------------------------------------------------- */

static NTSTATUS NTAPI empty_list(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request, (void)data;
    return KsHandleSizedListQuery(irp, 0, 16, NULL);
}
static NTSTATUS list_control(PIRP irp)
{
    static const KSPROPERTY_ITEM list[] = {
        DEFINE_KSPROPERTY_ITEM(1, empty_list, HEAD, 0, NULL, NULL, 0, NULL, NULL, 0)};
    static const KSPROPERTY_SET all[] = {DEFINE_KSPROPERTY_SET(&set_guid, 1, list, 0, NULL)};
    return KsPropertyHandler(irp, 1, all);
}

SCENE(a_list_of_nothing_is_a_head)
{
    static const struct {
        ULONG room;
        NTSTATUS status;
        ULONG information;
    } rows[] = {{0, STATUS_BUFFER_OVERFLOW, 8},  {4, 0, 4}, {7, STATUS_BUFFER_TOO_SMALL, 0},
                {3, STATUS_BUFFER_TOO_SMALL, 0}, {8, 0, 8}, {24, 0, 8}};
    KSPROPERTY request = {{{set_guid, 1, GET}}};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(send(list_control, &request, HEAD, buffer, rows[i].room), rows[i].status);
        assert_int_equal(returned, rows[i].information);
    }
    assert_int_equal(((PKSMULTIPLE_ITEM)buffer)->Size, 8);
    assert_int_equal(((PKSMULTIPLE_ITEM)buffer)->Count, 0);
}

/* --- fast properties and methods ------------------------------------------------------- */

static unsigned fast_gets, fast_sets;
static BOOLEAN NTAPI fast_get(PFILE_OBJECT file, PKSIDENTIFIER request, ULONG bytes, PVOID data,
                              ULONG data_bytes, PIO_STATUS_BLOCK iosb)
{
    (void)file, (void)request, (void)bytes, (void)data, (void)data_bytes;
    fast_gets++;
    iosb->Status = 77;
    return TRUE;
}
static BOOLEAN NTAPI fast_set(PFILE_OBJECT file, PKSIDENTIFIER request, ULONG bytes, PVOID data,
                              ULONG data_bytes, PIO_STATUS_BLOCK iosb)
{
    (void)file, (void)request, (void)bytes, (void)data, (void)data_bytes, (void)iosb;
    fast_sets++;
    return FALSE;
}

SCENE(a_fast_property_needs_its_handler_and_its_sizes)
{
    static const KSPROPERTY_ITEM plain[] = {
        DEFINE_KSPROPERTY_ITEM(1, get, HEAD + 8, 4, set, NULL, 0, NULL, NULL, 0),
        DEFINE_KSPROPERTY_ITEM(2, get, HEAD, 0, set, NULL, 0, NULL, NULL, 0)};
    static const KSFASTPROPERTY_ITEM fast[] = {
        DEFINE_KSFASTPROPERTY_ITEM(2, (PFNKSFASTHANDLER)fast_get, NULL),
        DEFINE_KSFASTPROPERTY_ITEM(1, (PFNKSFASTHANDLER)fast_get, (PFNKSFASTHANDLER)fast_set)};
    static const KSPROPERTY_SET fast_sets_of[] = {
        DEFINE_KSPROPERTY_SET(&set_guid, 2, plain, 2, fast)};
    static const struct {
        ULONG id, flags, bytes, room;
        bool other, taken;
        unsigned gets, sets;
    } rows[] = {
        {1, GET, HEAD + 8, 4, false, true, 1, 0},    {1, SET, HEAD + 8, 4, false, false, 0, 1},
        {2, GET, HEAD, 0, false, true, 1, 0},        {2, SET, HEAD, 0, false, false, 0, 0},
        {1, GET, HEAD + 7, 4, false, false, 0, 0},   {1, GET, HEAD + 8, 3, false, false, 0, 0},
        {2, GET, HEAD - 1, 0, false, false, 0, 0},   {3, GET, HEAD, 0, false, false, 0, 0},
        {2, GET, HEAD, 0, true, false, 0, 0},        {2, BASIC, HEAD, 0, false, false, 0, 0},
        {2, GET | SET, HEAD, 0, false, false, 0, 0},
    };
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++) {
        struct {
            KSPROPERTY property;
            ULONG more[2];
        } request = {{{{rows[i].other ? other_guid : set_guid, rows[i].id, rows[i].flags}}}, {0}};
        IO_STATUS_BLOCK iosb = {0};
        fast_gets = fast_sets = 0;
        BOOLEAN taken = KsFastPropertyHandler(NULL, &request.property, rows[i].bytes, buffer,
                                              rows[i].room, &iosb, 1, fast_sets_of);
        if (taken != rows[i].taken || fast_gets != rows[i].gets || fast_sets != rows[i].sets)
            fail_msg("row %u: %u, %u gets, %u sets", i, taken, fast_gets, fast_sets);
    }
}

static const KSMETHOD_ITEM *method_item;
static const KSMETHOD_SET *method_set;
static ULONG method_type, method_data;

static NTSTATUS NTAPI method_note(PIRP irp, PKSIDENTIFIER request, PVOID data)
{
    (void)request;
    method_item = KSMETHOD_ITEM_IRP_STORAGE(irp);
    method_set = KSMETHOD_SET_IRP_STORAGE(irp);
    method_type = KSMETHOD_TYPE_IRP_STORAGE(irp);
    method_data = data ? *(PULONG)data : 1;
    if (data)
        *(PULONG)data = 99;
    irp->IoStatus.Information = data ? 4 : 0;
    return seen.answer;
}

struct method {
    KSMETHOD_ITEM item;
    ULONG_PTR more;
};
static const struct method methods[] = {
    {DEFINE_KSMETHOD_ITEM(1, KSMETHOD_TYPE_READ, method_note, HEAD, 4, NULL), 0},
    {DEFINE_KSMETHOD_ITEM(2, KSMETHOD_TYPE_WRITE, method_note, HEAD + 8, 4, support), 0},
    {DEFINE_KSMETHOD_ITEM(3, KSMETHOD_TYPE_NONE, NULL, HEAD, 0, NULL), 0}};
static const KSMETHOD_SET methods_set[] = {
    {&set_guid, RTL_NUMBER_OF(methods), (const KSMETHOD_ITEM *)methods, 0, NULL}};

static NTSTATUS method_control(PIRP irp)
{
    return KsMethodHandlerWithAllocator(irp, 1, methods_set, own_buffer, sizeof(struct method));
}

SCENE(methods_move_their_data_as_their_flags_say)
{
    static const struct row rows[] = {
        {1, KSMETHOD_TYPE_READ, HEAD, 4, 0, 4},
        {1, KSMETHOD_TYPE_READ, HEAD, 3, STATUS_BUFFER_TOO_SMALL, 0},
        {1, KSMETHOD_TYPE_SOURCE, HEAD, 4, 0, 4},
        {2, KSMETHOD_TYPE_WRITE, HEAD + 8, 4, 0, 4},
        {2, KSMETHOD_TYPE_WRITE, HEAD + 7, 4, STATUS_INVALID_BUFFER_SIZE, 0},
        {2, KSMETHOD_TYPE_BASICSUPPORT, HEAD, 4, STATUS_ALERTED, 0},
        {2, KSMETHOD_TYPE_BASICSUPPORT | KSMETHOD_TYPE_READ, HEAD + 8, 4, STATUS_INVALID_PARAMETER,
         0},
        {3, KSMETHOD_TYPE_NONE, HEAD, 0, STATUS_NOT_FOUND, 0},
        {3, KSMETHOD_TYPE_BASICSUPPORT, HEAD, 4, 0, 4},
        {3, KSMETHOD_TYPE_BASICSUPPORT, HEAD, 0, 0, 0},
        {3, KSMETHOD_TYPE_BASICSUPPORT, HEAD, 3, STATUS_BUFFER_TOO_SMALL, 0},
        {4, KSMETHOD_TYPE_BASICSUPPORT, HEAD, 4, STATUS_NOT_FOUND, 0},
        {1, KSMETHOD_TYPE_READ, HEAD - 1, 4, STATUS_INVALID_BUFFER_SIZE, 0},
    };
    fresh();
    seen.support_answer = STATUS_ALERTED;
    for (unsigned i = 0; i < RTL_NUMBER_OF(rows); i++) {
        struct {
            KSMETHOD method;
            ULONG more[2];
        } request = {{{{set_guid, rows[i].id, rows[i].flags}}}, {0}};
        NTSTATUS status = send(method_control, &request, rows[i].in, buffer, rows[i].out);
        if (status != rows[i].status || returned != rows[i].information)
            fail_msg("row %u: status 0x%08x, information %u", i, (unsigned)status,
                     (unsigned)returned);
    }
}

SCENE(a_method_knows_its_item_its_set_and_its_type)
{
    KSMETHOD request = {{{set_guid, 1, KSMETHOD_TYPE_READ}}};
    fresh();
    allocations = 0;
    *(PULONG)buffer = 5;
    assert_int_equal(send(method_control, &request, sizeof(request), buffer, 4), 0);
    assert_ptr_equal(method_item, &methods[0].item);
    assert_ptr_equal(method_set, &methods_set[0]);
    assert_int_equal(method_type, KSMETHOD_TYPE_READ);
    assert_int_equal(method_data, 5);
    assert_int_equal(*(PULONG)buffer, 5); /* it reads, nothing comes back */
    assert_int_equal(allocations, 1);
    assert_false(allocated_for_input);
    struct {
        KSMETHOD method;
        ULONG more[2];
    } longer = {{{{set_guid, 2, KSMETHOD_TYPE_WRITE}}}, {0}};
    *(PULONG)buffer = 5;
    assert_int_equal(send(method_control, &longer, sizeof(longer), buffer, 4), 0);
    assert_ptr_equal(method_item, &methods[1].item);
    assert_int_equal(method_data, 0); /* it writes, nothing goes in */
    assert_int_equal(*(PULONG)buffer, 99);
    assert_true(allocated_for_input);
}

WEIR_TESTS(ks_requests, TEST_BOTH(get_and_set_want_their_handler_and_their_sizes),
           TEST_BOTH(a_handler_knows_its_item_and_its_set),
           TEST_BOTH(a_drivers_allocator_provides_the_buffer),
           TEST_BOTH(support_is_described_as_far_as_there_is_room),
           TEST_BOTH(a_description_has_access_type_and_members),
           TEST_BOTH(access_follows_from_the_handlers),
           TEST_BOTH(a_support_handler_answers_or_leaves_it_to_the_tables),
           TEST_BOTH(a_set_is_serialized_property_by_property),
           TEST_BOTH(a_serialized_set_is_put_back_property_by_property),
           TEST_BOTH(a_handler_that_fails_or_pends_ends_the_set),
           TEST_BOTH(a_serialized_set_that_is_damaged_sets_nothing),
           TEST_BOTH(a_list_of_nothing_is_a_head),
           TEST_BOTH(a_fast_property_needs_its_handler_and_its_sizes),
           TEST_BOTH(methods_move_their_data_as_their_flags_say),
           TEST_BOTH(a_method_knows_its_item_its_set_and_its_type));
