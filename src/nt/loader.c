/* Drivers: loading a shared object, DriverEntry, DriverUnload, and what is left behind.
 * Lock: none; the machine's owner loads and unloads one at a time.
 * Interface:
 *  - a driver is linked against import stubs (libntoskrnl, libks); its section "weir" is its note
 *  - on every failure nothing stays loaded and the sentence says what to do
 * Invariant: an image is closed only after the ledger has nothing alive of its owner. */
#include "nt/io.h"

#if defined(__SANITIZE_THREAD__)
#define HOST_IS_THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HOST_IS_THREAD_SANITIZED 1
#endif
#endif
#ifndef HOST_IS_THREAD_SANITIZED
#define HOST_IS_THREAD_SANITIZED 0
#endif

struct nt_driver {
    struct host_image *image;
    PDRIVER_OBJECT object;
    char name[64];
    const char *owner; /* the ledger's copy of the file's name */
    UNICODE_STRING registry_path;
    uint64_t id;
};

static const char *file_name(const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++)
        name = *at == '/' ? at + 1 : name;
    return name;
}

/* "dir/camera.so" -> "camera": the service's name. */
static void service_name(const char *path, char *name, size_t bytes)
{
    const char *from = file_name(path);
    size_t i = 0;
    for (; from[i] && from[i] != '.' && i + 1 < bytes; i++)
        name[i] = from[i];
    name[i] = '\0';
}

static NTSTATUS driver_paths(struct nt_driver *driver, UNICODE_STRING *object_name)
{
    char text[192];
    ke_format(text, sizeof text, "\\Driver\\%s", driver->name);
    NTSTATUS status = nt_string_from_text(object_name, text);
    ke_format(text, sizeof text, "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\%s",
              driver->name);
    if (NT_SUCCESS(status))
        status = nt_string_from_text(&driver->registry_path, text);
    ke_format(text, sizeof text,
              "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\%s\\Parameters",
              driver->name);
    UNICODE_STRING parameters = {0, 0, NULL};
    if (NT_SUCCESS(status))
        status = nt_string_from_text(&parameters, text);
    if (NT_SUCCESS(status))
        status = registry_ensure(&parameters);
    nt_string_free(&parameters);
    return status;
}

struct leftover {
    char text[NT_SENTENCE_BYTES];
    size_t length;
    uint64_t rows;
};

static void note_leftover(void *context, const struct nt_leak *leak)
{
    struct leftover *left = context;
    left->rows++;
    if (left->length + 80 >= sizeof left->text)
        return;
    left->length +=
        ke_format(left->text + left->length, sizeof left->text - left->length, "%s%llu %s%s%s%s%s",
                  left->length ? "; " : "", (unsigned long long)leak->count, leak->kind,
                  leak->detail && *leak->detail ? " " : "", leak->detail ? leak->detail : "",
                  *leak->place ? " made by " : "", leak->place);
}

/* What the driver left: a bug check that names it. */
static void check_leftovers(struct nt_driver *driver)
{
    struct leftover left = {.length = 0};
    ke_work_flush();
    ledger_report(driver->owner, note_leftover, &left);
    if (left.rows)
        bugcheck_say(DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS, left.rows,
                     (ULONG_PTR)driver->object, 0, 0,
                     (const void *)(ULONG_PTR)driver->object->DriverUnload,
                     "%s was unloaded but left behind: %s", driver->owner, left.text);
}

static void driver_free(struct nt_driver *driver)
{
    if (driver->object)
        io_driver_destroy(driver->object);
    nt_string_free(&driver->registry_path);
    nt_free(driver);
}

/* Close the image; false with a sentence if it stayed mapped. */
static bool image_close(struct nt_driver *driver, char *sentence)
{
    ledger_image_remove(driver->image);
    bool gone = host_image_close(driver->image);
    driver->image = NULL;
    if (!gone)
        ke_format(sentence, NT_SENTENCE_BYTES,
                  "%s stays mapped after closing: it was linked so that it cannot be unloaded "
                  "(-z nodelete, or g++ without -fno-gnu-unique)",
                  driver->name);
    return gone;
}

static void clear_initialising(PDRIVER_OBJECT object)
{
    for (PDEVICE_OBJECT at = object->DeviceObject; at; at = at->NextDevice)
        at->Flags &= ~DO_DEVICE_INITIALIZING;
}

/* Object, registry, DriverEntry. */
static NTSTATUS driver_enter(struct nt_driver *driver, PDRIVER_INITIALIZE entry, char *sentence)
{
    UNICODE_STRING object_name = {0, 0, NULL};
    NTSTATUS status = driver_paths(driver, &object_name);
    if (NT_SUCCESS(status))
        status = io_driver_create(&object_name, &driver->registry_path, &driver->object);
    nt_string_free(&object_name);
    if (!NT_SUCCESS(status)) {
        ke_format(sentence, NT_SENTENCE_BYTES,
                  status == STATUS_OBJECT_NAME_COLLISION ? "a driver named %s is loaded already"
                                                         : "no driver object for %s",
                  driver->name);
        return status;
    }
    if (driver->image) {
        status = registry_apply_pending(&driver->registry_path);
        if (!NT_SUCCESS(status)) {
            ke_format(sentence, NT_SENTENCE_BYTES,
                      "no memory for the registry values that %s was to get", driver->name);
            return status;
        }
    }
    driver->object->DriverInit = entry;
    driver->object->DriverStart = (PVOID)(ULONG_PTR)entry;
    driver->object->DriverSection = driver;
    status = entry(driver->object, &driver->registry_path);
    if (!NT_SUCCESS(status))
        ke_format(sentence, NT_SENTENCE_BYTES, "DriverEntry of %s failed with status 0x%08x",
                  driver->name, (unsigned)status);
    return status;
}

/* --- the note, and why an image cannot be loaded ------------------------------------- */

/* The value of KEY in the note's lines of KEY=VALUE, copied; "" without one. */
static void note_value(const char *note, size_t bytes, const char *key, char *value, size_t room)
{
    size_t at = 0, length = 0;
    while (at < bytes && note[at]) {
        size_t i = 0;
        while (key[i] && at + i < bytes && note[at + i] == key[i])
            i++;
        if (!key[i] && at + i < bytes && note[at + i] == '=') {
            for (at += i + 1; at < bytes && note[at] && note[at] != '\n' && length + 1 < room; at++)
                value[length++] = note[at];
            break;
        }
        while (at < bytes && note[at] && note[at] != '\n')
            at++;
        at += at < bytes && note[at] == '\n';
    }
    value[length] = '\0';
}

static bool holds(const char *text, const char *part)
{
    for (; *text; text++) {
        size_t i = 0;
        while (part[i] && text[i] == part[i])
            i++;
        if (!part[i])
            return true;
    }
    return false;
}

/* A driver that a different weir build made, or whose sanitizer this process cannot serve. */
static NTSTATUS check_note(struct host_image *image, const char *file, char *sentence)
{
    size_t bytes = 0;
    char abi[16], sanitizer[64];
    const char *note = host_image_section(image, "weir", &bytes);
    if (!note) {
        char line[160];
        size_t length = ke_format(
            line, sizeof line, "weir: %s carries no weir note: not made by 'weir build'\n", file);
        host_log(line, length);
        return STATUS_SUCCESS;
    }
    note_value(note, bytes, "abi", abi, sizeof abi);
    note_value(note, bytes, "sanitizer", sanitizer, sizeof sanitizer);
    if (abi[0] - '0' != NT_DRIVER_ABI || abi[1]) {
        ke_format(sentence, NT_SENTENCE_BYTES,
                  "%s was built for ABI %s, and this weir has ABI %d: build it again with this "
                  "weir's 'weir build'",
                  file, abi[0] ? abi : "(none)", NT_DRIVER_ABI);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    if (HOST_IS_THREAD_SANITIZED && !holds(sanitizer, "thread")) {
        ke_format(sentence, NT_SENTENCE_BYTES,
                  "%s was built with sanitizer %s, and this weir with thread: ThreadSanitizer must "
                  "see all code; build it again with 'weir build --sanitize thread'",
                  file, sanitizer[0] ? sanitizer : "(none)");
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    return STATUS_SUCCESS;
}

/* The loader's own words, turned into ours: a missing DDI, a sanitizer without its runtime. */
static NTSTATUS explain_open(const char *file, const char *error, char *sentence)
{
    static const char mark[] = "undefined symbol: ";
    static const char *const runtimes[][2] = {
        {"__asan_", "address"}, {"__tsan_", "thread"}, {"__ubsan_", "undefined"}};
    const char *symbol = NULL;
    char name[128];
    size_t length = 0;
    for (const char *at = error; *at && !symbol; at++) {
        size_t i = 0;
        while (mark[i] && at[i] == mark[i])
            i++;
        symbol = mark[i] ? NULL : at + i;
    }
    if (!symbol) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s", error);
        return STATUS_DRIVER_UNABLE_TO_LOAD;
    }
    while (symbol[length] && symbol[length] != ' ' && symbol[length] != ',' &&
           length + 1 < sizeof name) {
        name[length] = symbol[length];
        length++;
    }
    name[length] = '\0';
    for (unsigned i = 0; i < sizeof runtimes / sizeof *runtimes; i++) {
        if (holds(name, runtimes[i][0])) {
            ke_format(sentence, NT_SENTENCE_BYTES,
                      "%s was built with the %s sanitizer, and this process has no runtime for it "
                      "(%s): start it with 'weir run', or build a host with that sanitizer",
                      file, runtimes[i][1], name);
            return STATUS_INVALID_IMAGE_FORMAT;
        }
    }
    ke_format(sentence, NT_SENTENCE_BYTES,
              "%s wants %s, which weir does not have (weir build names it at build time)", file,
              name);
    return STATUS_PROCEDURE_NOT_FOUND;
}

/* Open the image and look at its note; on failure nothing stays loaded. */
static NTSTATUS image_open(struct nt_driver *driver, const char *path, char *sentence)
{
    char error[HOST_ERROR_BYTES];
    driver->image = host_image_open(path, error);
    if (!driver->image)
        return explain_open(file_name(path), error, sentence);
    NTSTATUS status = check_note(driver->image, file_name(path), sentence);
    if (!NT_SUCCESS(status)) {
        host_image_close(driver->image);
        driver->image = NULL;
    }
    return status;
}

NTSTATUS nt_driver_load(const char *path, struct nt_driver **result, char *sentence)
{
    struct nt_driver *driver = nt_allocate(sizeof *driver);
    *result = NULL;
    sentence[0] = '\0';
    if (!driver)
        return STATUS_INSUFFICIENT_RESOURCES;
    service_name(path, driver->name, sizeof driver->name);
    driver->id = watch_object_id();
    NTSTATUS status = image_open(driver, path, sentence);
    if (!NT_SUCCESS(status)) {
        driver_free(driver);
        return status;
    }
    ledger_image_add(driver->image, file_name(path));
    void *symbol = host_image_symbol(driver->image, "DriverEntry");
    status = STATUS_DRIVER_ENTRYPOINT_NOT_FOUND;
    if (symbol) {
        driver->owner = ledger_owner(symbol);
        status = driver_enter(driver, (PDRIVER_INITIALIZE)(ULONG_PTR)symbol, sentence);
    } else {
        ke_format(sentence, NT_SENTENCE_BYTES,
                  "%s has no DriverEntry: in C++ it must be extern \"C\"", file_name(path));
    }
    WATCH(WATCH_DRIVER_LOAD, driver->id, driver->name, (ULONG)status, 0);
    if (!NT_SUCCESS(status)) {
        char ignored[NT_SENTENCE_BYTES];
        if (driver->object)
            check_leftovers(driver);
        image_close(driver, ignored);
        driver_free(driver);
        return status;
    }
    clear_initialising(driver->object);
    *result = driver;
    return STATUS_SUCCESS;
}

NTSTATUS nt_driver_builtin(const char *name, PDRIVER_INITIALIZE entry, struct nt_driver **result)
{
    char sentence[NT_SENTENCE_BYTES];
    struct nt_driver *driver = nt_allocate(sizeof *driver);
    *result = NULL;
    if (!driver)
        return STATUS_INSUFFICIENT_RESOURCES;
    service_name(name, driver->name, sizeof driver->name);
    driver->id = watch_object_id();
    NTSTATUS status = driver_enter(driver, entry, sentence);
    if (!NT_SUCCESS(status)) {
        driver_free(driver);
        return status;
    }
    clear_initialising(driver->object);
    *result = driver;
    return STATUS_SUCCESS;
}

struct user_of {
    struct nt_driver *driver;
    bool found;
};

static void find_device(void *context, struct nt_device *node)
{
    struct user_of *user = context;
    user->found |= node->driver == user->driver;
}

NTSTATUS nt_driver_unload(struct nt_driver *driver, char *sentence)
{
    struct user_of user = {driver, false};
    sentence[0] = '\0';
    pnp_list_nodes(find_device, &user);
    if (user.found) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s still has devices: remove them first",
                  driver->name);
        return STATUS_DEVICE_BUSY;
    }
    if (!driver->object->DriverUnload) {
        ke_format(sentence, NT_SENTENCE_BYTES, "%s has no DriverUnload: it cannot be unloaded",
                  driver->name);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    driver->object->DriverUnload(driver->object);
    if (driver->image) /* what a built-in driver leaves is weir's own, reported at nt_stop */
        check_leftovers(driver);
    WATCH(WATCH_DRIVER_UNLOAD, driver->id, driver->name, 0, 0);
    bool gone = !driver->image || image_close(driver, sentence);
    driver_free(driver);
    return gone ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

PDRIVER_OBJECT nt_driver_object(struct nt_driver *driver)
{
    return driver->object;
}

const char *nt_driver_name(struct nt_driver *driver)
{
    return driver->name;
}

NTSTATUS nt_device_add(struct nt_driver *driver, const struct hal_resources *resources,
                       struct nt_device **device, char *sentence)
{
    sentence[0] = '\0';
    return pnp_device_add(driver, driver->object, driver->name, resources, device, sentence);
}
