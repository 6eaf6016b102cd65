/* The machine's own structures: shared by the files of src/machine only. */
#ifndef WEIR_MACHINE_INSIDE_H
#define WEIR_MACHINE_INSIDE_H

#include <ntifs.h>

#include "machine.h"
#include "nt/machine.h"

struct weir_machine {
    bool running;
    char sentence[MACHINE_SENTENCE_BYTES];
    int32_t ntstatus;
    struct weir_options options;
    struct nt_driver *clock_driver;
    weir_driver *drivers; /* the latest first */
    struct model *models; /* loaded by weir_model_load */
    struct trace *trace;
    bool log_listening;
    struct leaks *leaks; /* what ks took back from drivers that had left it */
};

struct weir_driver {
    weir_driver *next;
    weir_machine *machine;
    struct nt_driver *nt;
    weir_device *devices; /* the latest first */
};

struct weir_device {
    weir_device *next;
    weir_driver *driver;
    struct nt_device *nt;
    struct weir_bus *bus; /* NULL: no model */
};

/* device.c: remove what is left, without asking. */
void machine_remove_devices(weir_driver *driver);
/* model.c */
void machine_unload_models(weir_machine *machine);
weir_status machine_bus_create(weir_machine *machine, const struct weir_model *model,
                               weir_bus **bus);
void machine_bus_destroy(weir_bus *bus);
const struct hal_resources *machine_bus_resources(weir_bus *bus);
/* log.c */
void machine_log_start(weir_machine *machine);
void machine_log_stop(weir_machine *machine);
/* leak.c */
bool machine_leaks_start(weir_machine *machine);
void machine_leaks_resolve(
    weir_machine *machine); /* before an image goes: who made what, in words */
size_t machine_leaks_give(weir_machine *machine, weir_leak_sink *sink, void *context);
void machine_leaks_stop(weir_machine *machine);

#endif
