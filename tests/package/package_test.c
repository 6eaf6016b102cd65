/* Install into a folder, move it, use it from there. */
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static int shell(const char *command)
{
    char line[16384];
    snprintf(line, sizeof line,
             "cd '%s' && { %s ; } > log 2>&1 || { code=$?; cat log >&2; exit $code; }",
             weir_test_folder(), command);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void file(const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", weir_test_folder(), name);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

/* Installed to first/, moved to second/. */
static void install(void)
{
    char command[8192];
    snprintf(command, sizeof command, "cmake --install '%s' --prefix first && mv first second",
             weir_test_build_folder());
    assert_int_equal(shell(command), 0);
}

static void moved_install_builds_a_driver(void **state)
{
    (void)state;
    install();
    file("tiny.c", "#include <ntddk.h>\n"
                   "NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)\n"
                   "{\n    (void)driver; (void)path;\n    return STATUS_SUCCESS;\n}\n");
    assert_int_equal(shell("second/bin/weir build tiny.c -o tiny.so && test -f tiny.so"), 0);
}

static void installed_files_name_no_other_place(void **state)
{
    (void)state;
    install();
    assert_int_equal(
        shell(
            "! grep -rlF -e \"$PWD/first\" --include=kit --include=*.pc --include=*.cmake second"),
        0);
}

static void pkg_config_serves_a_moved_install(void **state)
{
    (void)state;
    install();
    file("host.c",
         "#include <weir/weir.h>\nint main(void) { return weir_ntstatus_name(0) == 0; }\n");
    assert_int_equal(
        shell("export PKG_CONFIG_PATH=$(dirname $(find $PWD/second -name weir.pc)); "
              "cc host.c -o host $WEIR_TEST_FLAGS $(pkg-config --cflags --libs weir) && "
              "LD_LIBRARY_PATH=$(pkg-config --variable=libdir weir) ./host"),
        0);
}

static void cmake_package_serves_a_moved_install(void **state)
{
    (void)state;
    install();
    file("host.c",
         "#include <weir/weir.h>\nint main(void) { return weir_ntstatus_name(0) == 0; }\n");
    file("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(host C)\n"
                           "find_package(weir 0.1 REQUIRED)\nadd_executable(host host.c)\n"
                           "target_link_libraries(host PRIVATE weir::weir)\n");
    assert_int_equal(shell("cmake -G Ninja -S . -B b -DCMAKE_PREFIX_PATH=$PWD/second "
                           "-DCMAKE_C_FLAGS=\"$WEIR_TEST_FLAGS\" && "
                           "cmake --build b && b/host"),
                     0);
}

static void library_exports_only_what_is_listed(void **state)
{
    (void)state;
    char command[8192];
    snprintf(command, sizeof command,
             "test -f '%s/lib/libweir.so.0' || exit 1; nm -D --defined-only '%s/lib/libweir.so.0' |"
             " awk '{print $3}' | sed 's/@.*//' | grep -vx WEIR_0 | sort > have;"
             " sed '/^#/d; s/ .*//' '%s/src/exports.list' | sort > want;"
             " comm -23 have want > extra; cat extra; test ! -s extra",
             weir_test_build_folder(), weir_test_build_folder(), weir_test_source_folder());
    assert_int_equal(shell(command), 0);
}

WEIR_TESTS(package, TEST(moved_install_builds_a_driver), TEST(installed_files_name_no_other_place),
           TEST(pkg_config_serves_a_moved_install), TEST(cmake_package_serves_a_moved_install),
           TEST(library_exports_only_what_is_listed));
