/* Devices: plug and play and power as a host program drives them; the paths of their filters. Part
 * of weir.h. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

struct device_call {
    weir_device *device;
    const char *verb;
    NTSTATUS (*invoke)(struct nt_device *device);
    unsigned d_state;
};

static weir_status device_result(weir_device *device, const char *verb, NTSTATUS status)
{
    weir_machine *machine = device->driver->machine;

    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(machine, WEIR_FAILED, status, "%s: %s was refused with %s (0x%08X)%s",
                        weir_driver_name(device->driver), verb, weir_ntstatus_name(status),
                        (unsigned)status,
                        status == STATUS_DEVICE_BUSY ? "; handles are still open on it" : "");
}

static weir_status call_body(void *argument)
{
    struct device_call *call = argument;
    return device_result(call->device, call->verb, call->invoke(call->device->nt));
}

static weir_status device_call(weir_device *device, const char *verb,
                               NTSTATUS (*invoke)(struct nt_device *device))
{
    struct device_call call = {.device = device, .verb = verb, .invoke = invoke};
    return machine_call(device->driver->machine, call_body, &call);
}

struct add {
    weir_device *device;
    const struct weir_model *model;
};

static weir_status add_body(void *argument)
{
    struct add *add = argument;
    weir_device *device = add->device;
    char sentence[NT_SENTENCE_BYTES] = "", words[MACHINE_SENTENCE_BYTES];
    weir_status status = WEIR_OK;

    if (add->model)
        status = machine_bus_create(device->driver->machine, add->model, &device->bus);
    if (status != WEIR_OK)
        return status;
    NTSTATUS nt =
        nt_device_add(device->driver->nt, device->bus ? machine_bus_resources(device->bus) : NULL,
                      &device->nt, sentence);
    if (NT_SUCCESS(nt))
        return WEIR_OK;
    if (device->bus)
        machine_bus_destroy(device->bus);
    machine_status_words(sentence, words, sizeof(words));
    return machine_fail(device->driver->machine, WEIR_FAILED, nt, "%s", words);
}

weir_status weir_device_add(weir_driver *driver, const struct weir_model *model,
                            weir_device **result)
{
    weir_device *device = calloc(1, sizeof(*device));
    struct add add = {device, model};

    if (!device)
        return machine_fail(driver->machine, WEIR_NO_MEMORY, 0, "no memory for a device");
    device->driver = driver;
    weir_status status = machine_call(driver->machine, add_body, &add);
    if (status != WEIR_OK) {
        free(device);
        return status;
    }
    device->next = driver->devices;
    driver->devices = device;
    *result = device;
    return WEIR_OK;
}

weir_status weir_device_start(weir_device *device)
{
    return device_call(device, "IRP_MN_START_DEVICE", nt_device_start);
}

weir_status weir_device_stop(weir_device *device)
{
    return device_call(device, "IRP_MN_QUERY_STOP_DEVICE or IRP_MN_STOP_DEVICE", nt_device_stop);
}

weir_status weir_device_surprise_remove(weir_device *device)
{
    return device_call(device, "IRP_MN_SURPRISE_REMOVAL", nt_device_surprise_remove);
}

static weir_status power_body(void *argument)
{
    struct device_call *call = argument;
    NTSTATUS status =
        nt_device_power(call->device->nt, (DEVICE_POWER_STATE)(PowerDeviceD0 + call->d_state));
    return device_result(call->device, call->verb, status);
}

weir_status weir_device_power(weir_device *device, unsigned d_state)
{
    struct device_call call = {.device = device, .verb = "IRP_MN_SET_POWER", .d_state = d_state};

    if (d_state > 3)
        return machine_fail(device->driver->machine, WEIR_USAGE, 0,
                            "weir_device_power: D%u is no device power state", d_state);
    return machine_call(device->driver->machine, power_body, &call);
}

static void device_free(weir_device *device)
{
    for (weir_device **at = &device->driver->devices; *at; at = &(*at)->next) {
        if (*at == device) {
            *at = device->next;
            break;
        }
    }
    if (device->bus)
        machine_bus_destroy(device->bus);
    free(device);
}

weir_status weir_device_remove(weir_device *device)
{
    weir_status status =
        device_call(device, "IRP_MN_QUERY_REMOVE_DEVICE or IRP_MN_REMOVE_DEVICE", nt_device_remove);

    if (status == WEIR_OK)
        device_free(device);
    return status;
}

/* What a driver refuses to let go of at the end is pulled out. */
void machine_remove_devices(weir_driver *driver)
{
    while (driver->devices) {
        weir_device *device = driver->devices;
        if (weir_device_remove(device) == WEIR_OK)
            continue;
        if (weir_device_surprise_remove(device) != WEIR_OK || weir_device_remove(device) != WEIR_OK)
            return;
    }
}

/* --- the paths of its filters -------------------------------------------------------- */

weir_machine *machine_of_device(weir_device *device)
{
    return device->driver->machine;
}

const char *machine_device_name(weir_device *device)
{
    return weir_driver_name(device->driver);
}

static size_t units(const WCHAR *text)
{
    size_t count = 0;

    while (text[count])
        count++;
    return count;
}

/* Links of one filter under several categories differ in the class GUID only: what follows the last
 * backslash, the reference string, is the filter's name on its device. */
static const WCHAR *reference_string(const WCHAR *link)
{
    const WCHAR *last = link;

    for (const WCHAR *at = link; *at; at++)
        last = *at == '\\' ? at + 1 : last;
    return last;
}

static bool same_filter(const WCHAR *one, const WCHAR *other)
{
    const WCHAR *a = reference_string(one), *b = reference_string(other);

    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool seen_before(const WCHAR *list, const WCHAR *link)
{
    for (; list < link; list += units(list) + 1) {
        if (same_filter(list, link))
            return true;
    }
    return false;
}

/* Copy the index-th link of a list; distinct: of different filters. Counts them all in `count` if
 * it is given. */
static bool link_pick(const WCHAR *list, bool distinct, unsigned index, uint16_t *link,
                      unsigned *count)
{
    unsigned at = 0;
    bool found = false;

    for (const WCHAR *each = list; *each; each += units(each) + 1) {
        if (distinct && seen_before(list, each))
            continue;
        if (at++ == index && link && units(each) < MACHINE_LINK_UNITS) {
            memcpy(link, each, (units(each) + 1) * sizeof(WCHAR));
            found = true;
        }
    }
    if (count)
        *count = at;
    return found;
}

bool machine_device_link(weir_device *device, unsigned index, uint16_t link[MACHINE_LINK_UNITS])
{
    PWSTR list;

    if (!NT_SUCCESS(nt_interfaces(NULL, device->nt, &list)))
        return false;
    bool found = link_pick(list, true, index, link, NULL);
    ExFreePool(list);
    return found;
}

bool machine_category_link(weir_machine *machine, const struct weir_guid *category, unsigned index,
                           uint16_t link[MACHINE_LINK_UNITS])
{
    GUID guid;
    PWSTR list;

    (void)machine;
    memcpy(&guid, category->bytes, sizeof(guid));
    if (!NT_SUCCESS(nt_interfaces(&guid, NULL, &list)))
        return false;
    bool found = link_pick(list, false, index, link, NULL);
    ExFreePool(list);
    return found;
}

struct filters {
    weir_device *device;
    unsigned count;
};

static weir_status filters_body(void *argument)
{
    struct filters *filters = argument;
    PWSTR list;
    NTSTATUS status = nt_interfaces(NULL, filters->device->nt, &list);

    if (!NT_SUCCESS(status))
        return device_result(filters->device, "listing its filters", status);
    link_pick(list, true, 0, NULL, &filters->count);
    ExFreePool(list);
    return WEIR_OK;
}

weir_status weir_device_filters(weir_device *device, unsigned *count)
{
    struct filters filters = {.device = device};
    weir_status status = machine_call(device->driver->machine, filters_body, &filters);

    *count = filters.count;
    return status;
}
