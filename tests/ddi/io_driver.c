/* Loading a driver: its note, its values, what it leaves behind. */
#include "io_scene.h"

#define PROBE SCENE_DRIVERS "/io_driver_probe.so"

static struct nt_driver *driver;
static char sentence[NT_SENTENCE_BYTES];

SCENE(a_value_set_before_loading_reaches_the_driver)
{
    assert_int_equal(nt_driver_load(PROBE, &driver, sentence), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(nt_registry_set("Parameters\\Level=dword:7", sentence), 0);
    assert_int_equal(nt_driver_load(PROBE, &driver, sentence), 0);
    assert_string_equal(nt_driver_name(driver), "io_driver_probe");
    assert_int_equal(nt_driver_unload(driver, sentence), 0);
}

SCENE(the_last_of_two_assignments_counts)
{
    nt_registry_set("Parameters\\Level=dword:1", sentence);
    assert_int_equal(nt_driver_load(PROBE, &driver, sentence), STATUS_INVALID_PARAMETER);
    nt_registry_set("Parameters\\Level=dword:7", sentence);
    assert_int_equal(nt_driver_load(PROBE, &driver, sentence), 0);
    assert_int_equal(nt_driver_unload(driver, sentence), 0);
}

SCENE(a_leak_at_unload_is_a_bug_check_that_names_it)
{
    nt_registry_set("Parameters\\Level=dword:9", sentence);
    assert_int_equal(nt_driver_load(PROBE, &driver, sentence), 0);
    nt_driver_unload(driver, sentence);
}

/* A copy of the driver with some bytes changed. */
static void copy_changed(const char *to, const char *from, const char *with)
{
    static char image[1 << 20];
    struct host_file *file;
    size_t bytes = 0, done, length = strlen(from), changed = 0;
    assert_int_equal(host_file_open(PROBE, HOST_OPEN_READ, &file), HOST_FILE_OK);
    assert_int_equal(host_file_read(file, 0, image, sizeof image, &bytes), HOST_FILE_OK);
    host_file_close(file);
    assert_true(bytes < sizeof image);
    for (size_t i = 0; i + length <= bytes; i++) {
        if (memcmp(image + i, from, length) != 0)
            continue;
        memcpy(image + i, with, length);
        changed++;
    }
    assert_true(changed > 0);
    assert_int_equal(
        host_file_open(to, HOST_OPEN_WRITE | HOST_OPEN_CREATE | HOST_OPEN_TRUNCATE, &file),
        HOST_FILE_OK);
    assert_int_equal(host_file_write(file, 0, image, bytes, &done), HOST_FILE_OK);
    host_file_close(file);
    assert_int_equal(done, bytes);
}

static NTSTATUS load_changed(const char *from, const char *with)
{
    char path[512];
    ke_format(path, sizeof path, "%s/changed.so", weir_test_folder());
    copy_changed(path, from, with);
    return nt_driver_load(path, &driver, sentence);
}

SCENE(a_driver_of_another_abi_is_refused_by_name)
{
    assert_int_equal(load_changed("abi=1\n", "abi=8\n"), STATUS_INVALID_IMAGE_FORMAT);
    assert_null(driver);
    assert_non_null(__builtin_strstr(sentence, "changed.so was built for ABI 8"));
}

SCENE(a_missing_ddi_is_named)
{
    assert_int_equal(load_changed("RtlQueryRegistryValues", "RtlQueryRegistryVolume"),
                     STATUS_PROCEDURE_NOT_FOUND);
    assert_non_null(__builtin_strstr(sentence, "wants RtlQueryRegistryVolume"));
    assert_non_null(__builtin_strstr(sentence, "weir build names it at build time"));
}

SCENE(a_file_that_is_no_driver_is_refused)
{
    assert_int_equal(nt_driver_load("/no/such.so", &driver, sentence),
                     STATUS_DRIVER_UNABLE_TO_LOAD);
    assert_non_null(__builtin_strstr(sentence, "/no/such.so"));
}

WEIR_TESTS(io_driver, TEST_BOTH(a_value_set_before_loading_reaches_the_driver),
           TEST_BOTH(the_last_of_two_assignments_counts),
           TEST_BUGCHECK_TEXT(a_leak_at_unload_is_a_bug_check_that_names_it, 0xce, "Leak"),
           TEST_BOTH(a_driver_of_another_abi_is_refused_by_name), TEST_BOTH(a_missing_ddi_is_named),
           TEST_BOTH(a_file_that_is_no_driver_is_refused));
