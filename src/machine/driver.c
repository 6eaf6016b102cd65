/* Drivers: load, unload. Part of weir.h. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

struct load {
    weir_machine *machine;
    const char *path;
    weir_driver *driver;
};

static weir_status load_body(void *argument)
{
    struct load *load = argument;
    char sentence[NT_SENTENCE_BYTES] = "";
    char words[MACHINE_SENTENCE_BYTES];
    NTSTATUS status = nt_driver_load(load->path, &load->driver->nt, sentence);

    if (NT_SUCCESS(status))
        return WEIR_OK;
    machine_status_words(sentence, words, sizeof(words));
    return machine_fail(load->machine,
                        status == STATUS_PROCEDURE_NOT_FOUND ? WEIR_MISSING_DDI : WEIR_FAILED,
                        status, "%s", words);
}

weir_status weir_driver_load(weir_machine *machine, const char *path, weir_driver **result)
{
    weir_driver *driver = calloc(1, sizeof(*driver));
    struct load load = {machine, path, driver};

    if (!driver)
        return machine_fail(machine, WEIR_NO_MEMORY, 0, "no memory for driver %s", path);
    driver->machine = machine;
    weir_status status = machine_call(machine, load_body, &load);
    if (status != WEIR_OK) {
        free(driver);
        return status;
    }
    driver->next = machine->drivers;
    machine->drivers = driver;
    *result = driver;
    return WEIR_OK;
}

const char *weir_driver_name(const weir_driver *driver)
{
    return nt_driver_name(driver->nt);
}

static weir_status unload_body(void *argument)
{
    weir_driver *driver = argument;
    char sentence[NT_SENTENCE_BYTES] = "";

    if (driver->devices)
        return machine_fail(driver->machine, WEIR_USAGE, 0,
                            "%s still has a device: call weir_device_remove first",
                            weir_driver_name(driver));
    NTSTATUS status = nt_driver_unload(driver->nt, sentence);
    if (NT_SUCCESS(status))
        return WEIR_OK;
    return machine_fail(driver->machine, WEIR_FAILED, status, "%s", sentence);
}

weir_status weir_driver_unload(weir_driver *driver)
{
    weir_machine *machine = driver->machine;

    machine_leaks_resolve(machine);
    weir_status status = machine_call(machine, unload_body, driver);

    if (status != WEIR_OK)
        return status;
    for (weir_driver **at = &machine->drivers; *at; at = &(*at)->next) {
        if (*at == driver) {
            *at = driver->next;
            break;
        }
    }
    free(driver);
    return WEIR_OK;
}
