/* weir build of sources and folders: what is missing, names of includes, shims, exit codes, JSON.
 */
#include "tool.h"
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIVER_ENTRY                                                                               \
    "#include <ntddk.h>\n"                                                                         \
    "NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)\n"                          \
    "{\n"                                                                                          \
    "    (void)driver; (void)path;\n"                                                              \
    "    return STATUS_SUCCESS;\n"                                                                 \
    "}\n"

static void good_source_becomes_a_shared_object(void **state)
{
    (void)state;
    tool_file("tiny.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build tiny.c -o out.so"), 0);
    assert_string_equal(tool_out, "out.so\n");
    assert_true(tool_has("out.so"));
}

static void default_output_is_named_after_the_folder(void **state)
{
    (void)state;
    tool_file("camera/one.c", DRIVER_ENTRY);
    tool_file("camera/two.cpp", "int two;\n");
    assert_int_equal(tool_run("build camera"), 0);
    assert_true(tool_has("camera.so"));
}

static void output_path_may_have_commas_and_spaces(void **state)
{
    (void)state;
    tool_file("a b,c/one, two.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build 'a b,c/one, two.c' -o 'o,p q/r,s t.so'"), 0);
    assert_true(tool_has("o,p q/r,s t.so"));
    assert_int_equal(tool_run("build 'a b,c/one, two.c' --sanitize address -o 'o,p/r,s.so'"), 0);
}

static void missing_ddi_is_named_with_every_place(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY "NTSTATUS KeNoSuchThing(int);\n"
                                  "NTSTATUS first(void);\n"
                                  "NTSTATUS first(void) { return KeNoSuchThing(1); }\n");
    tool_file("b.cpp", "extern \"C\" int KeNoSuchThing(int);\n\n"
                       "int second() { return KeNoSuchThing(2); }\n");
    assert_int_equal(tool_run("build a.c b.cpp -o x.so"), 4);
    tool_says("missing DDI      KeNoSuchThing\n");
    tool_says("a.c:9\n");
    tool_says("b.cpp:3\n");
    assert_false(tool_has("x.so"));
}

static void undeclared_ddi_is_a_missing_ddi(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY "void f(void);\nvoid f(void) { KsNoSuchThing(1); }\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 4);
    tool_says("missing DDI      KsNoSuchThing\n                   a.c:8\n");
}

static void every_missing_header_is_named_in_one_run(void **state)
{
    (void)state;
    tool_file("a.c", "#include \"first.h\"\n#include \"second.h\"\n" DRIVER_ENTRY);
    tool_file("b.c", "\n#include \"third.h\"\nint b;\n");
    assert_int_equal(tool_run("build a.c b.c -o x.so"), 1);
    tool_says("missing header   first.h\n                   a.c:1\n");
    tool_says("missing header   second.h\n                   a.c:2\n");
    tool_says("missing header   third.h\n                   b.c:2\n");
}

static void missing_headers_ddis_and_names_are_one_list(void **state)
{
    (void)state;
    tool_file("a.c", "#include \"gone.h\"\n" DRIVER_ENTRY
                     "int f(void);\nint f(void) { return unheard_of; }\n");
    tool_file("b.c",
              "int KeNoSuchThing(void);\nint b(void);\nint b(void) { return KeNoSuchThing(); }\n");
    assert_int_equal(tool_run("build a.c b.c -o x.so"), 4);
    tool_says("missing header   gone.h\n");
    tool_says("undeclared name  unheard_of\n");
    tool_says("missing DDI      KeNoSuchThing\n");
}

static void other_errors_are_told_and_exit_1(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY "int x = ;\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 1);
    tool_says("a.c:7\n");
}

static void own_undefined_function_is_a_link_error(void **state)
{
    (void)state;
    tool_file("a.c",
              DRIVER_ENTRY "int helper(void);\nint f(void);\nint f(void) { return helper(); }\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 1);
    tool_says("undefined: helper\n                   a.c:9\n");
}

static void c_library_outside_the_allow_list_is_refused(void **state)
{
    (void)state;
    tool_file("a.c",
              DRIVER_ENTRY "int getpid(void);\nint f(void);\nint f(void) { return getpid(); }\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 1);
    tool_says("undefined: getpid");
}

static void driver_without_driver_entry_is_refused(void **state)
{
    (void)state;
    tool_file("a.cpp", "int DriverEntry(int) { return 0; }\n");
    assert_int_equal(tool_run("build a.cpp -o x.so"), 1);
    tool_says("no DriverEntry");
}

static void include_names_match_in_any_case(void **state)
{
    (void)state;
    tool_file("Common.h", "#define COMMON 1\n");
    tool_file("a.c",
              "#include <NTDDK.H>\n#include \"COMMON.H\"\n" DRIVER_ENTRY "int f = COMMON;\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 0);
}

static void include_names_take_backslashes(void **state)
{
    (void)state;
    tool_file("Inc/Deep/Common.h", "#include \"sibling.h\"\n");
    tool_file("Inc/Deep/Sibling.h", "#define COMMON 1\n");
    tool_file("src/a.c", "#include \"..\\inc\\deep\\common.h\"\n" DRIVER_ENTRY "int f = COMMON;\n");
    assert_int_equal(tool_run("build src/a.c -o gcc.so"), 0);
    assert_int_equal(tool_run("build src/a.c -o clang.so --compiler clang-19"), 0);
}

static void shim_is_included_before_each_source(void **state)
{
    (void)state;
    /* an implicit int, which every compiler refuses, and its shim */
    tool_file("a.cpp", "const Level = 2;\nint level() { return 1 <= Level; }\n");
    tool_file("b.c", DRIVER_ENTRY);
    tool_file("shim.h", "#ifdef __cplusplus\n#define Level int(Level)\n#endif\n");
    assert_int_equal(tool_run("build a.cpp b.c -o x.so"), 1);
    assert_int_equal(tool_run("build a.cpp b.c -o x.so --include shim.h"), 0);
}

static void failed_build_leaves_no_old_driver(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build a.c -o x.so"), 0);
    tool_file("a.c", "int x = ;\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 1);
    assert_false(tool_has("x.so"));
}

static void usage_errors_exit_2(void **state)
{
    (void)state;
    assert_int_equal(tool_run(""), 2);
    assert_int_equal(tool_run("nonsense"), 2);
    assert_int_equal(tool_run("build"), 2);
    assert_int_equal(tool_run("build a.c --no-such-option"), 2);
    assert_int_equal(tool_run("build a.c --sanitize memory"), 2);
    assert_int_equal(tool_run("build a.c --sanitize address,thread"), 2);
}

static void absent_source_is_named(void **state)
{
    (void)state;
    assert_int_equal(tool_run("build nowhere.c"), 1);
    tool_logs("nowhere.c: no such file");
}

static void absent_compiler_is_named(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build a.c --compiler no-such-g++"), 1);
    tool_logs("no-such-g++ does not answer");
}

static void help_tells_options_and_exits_0(void **state)
{
    (void)state;
    assert_int_equal(tool_run("build --help"), 0);
    tool_says("--compiler");
    tool_says("Exit codes");
}

static void json_has_findings_with_places(void **state)
{
    (void)state;
    tool_file("a.c", "\n#include \"gone.h\"\n" DRIVER_ENTRY);
    assert_int_equal(tool_run("build a.c -o x.so --json"), 1);
    tool_says("\"built\": false");
    tool_says("\"exit\": 1");
    tool_says("\"kind\": \"missing-header\"");
    tool_says("\"name\": \"gone.h\"");
    tool_says("\"line\": 2");
}

static void no_colour_codes_in_a_file(void **state)
{
    (void)state;
    tool_file("a.c", "int x = ;\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 1);
    assert_null(strchr(tool_out, '\033'));
    assert_null(strchr(tool_log, '\033'));
}

static void compile_commands_list_each_driver_of_a_folder(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY);
    tool_file("b.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build a.c -o o/a.so"), 0);
    assert_int_equal(tool_run("build b.c -o o/b.so"), 0);
    assert_int_equal(tool_run("build b.c -o o/b.so"), 0);
    const char *text = tool_content("o/compile_commands.json");
    assert_non_null(strstr(text, "\"file\": \"a.c\""));
    const char *once = strstr(text, "\"file\": \"b.c\"");
    assert_non_null(once);
    assert_null(strstr(once + 1, "\"file\": \"b.c\""));
}

static int in_folder(const char *command)
{
    char line[9216];
    int length = snprintf(line, sizeof line, "cd '%s' && %s", weir_test_folder(), command);
    assert_in_range(length, 1, sizeof line - 1);
    return system(line);
}

static void note_tells_abi_compiler_and_sanitizer(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build a.c -o x.so --sanitize address,undefined"), 0);
    assert_int_equal(in_folder("readelf -p weir x.so > note"), 0);
    assert_non_null(strstr(tool_content("note"), "abi=1"));
    assert_non_null(strstr(tool_content("note"), "compiler="));
    assert_non_null(strstr(tool_content("note"), "sanitizer=address,undefined"));
}

static void driver_needs_only_weir_and_exports_only_driver_entry(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY
              "int other = 1;\nvoid f(char *to);\nvoid f(char *to) { memset(to, other, 100); }\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 0);
    assert_int_equal(
        in_folder("readelf -d x.so | grep NEEDED | grep -v -e libweir.so.0 -e libc.so.6 > needed;"
                  " nm -D --defined-only x.so > names; true"),
        0);
    assert_string_equal(tool_content("needed"), "");
    assert_non_null(strstr(tool_content("names"), "DriverEntry"));
    assert_null(strstr(tool_content("names"), "other"));
}

static void wide_strings_are_16_bits_and_hidden(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY
              "int f(const WCHAR *text);\n"
              "int f(const WCHAR *text) { return wcslen(text) + wcslen(L\"abc\"); }\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 0);
    assert_int_equal(in_folder("nm -D x.so > names"), 0);
    assert_null(strstr(tool_content("names"), "wcslen"));
}

static void every_sanitizer_and_compiler_links(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY "int f(int *p, int i);\nint f(int *p, int i) { return (p[i] << "
                                  "i) + (int)strlen((char *)p); }\n");
    tool_file("b.cpp", "struct B { virtual ~B(); virtual int f() = 0; };\nB::~B() {}\n");
    assert_int_equal(tool_run("build a.c b.cpp -o x.so --sanitize address,undefined"), 0);
    assert_int_equal(tool_run("build a.c b.cpp -o x.so --sanitize thread"), 0);
    assert_int_equal(tool_run("build a.c b.cpp -o x.so --sanitize address --compiler clang-19"), 0);
    assert_int_equal(tool_run("build a.c b.cpp -o x.so --debug --compiler clang++-19"), 0);
}

static void driver_of_clang_wants_of_thread_sanitizer_what_gccs_has_too(void **state)
{
    (void)state;
    tool_file("a.c",
              DRIVER_ENTRY "struct S { char all[1000]; };\n"
                           "void f(struct S *s);\nvoid f(struct S *s) { *s = (struct S){0}; }\n");
    assert_int_equal(tool_run("build a.c -o x.so --sanitize thread --compiler clang-19"), 0);
    assert_int_equal(in_folder("nm -D x.so > names"), 0);
    assert_non_null(strstr(tool_content("names"), "__tsan_func_entry"));
    assert_null(strstr(tool_content("names"), "__tsan_mem"));
}

static void configuration_sets_dbg(void **state)
{
    (void)state;
    tool_file("a.c", DRIVER_ENTRY "#if DBG\n#error checked\n#else\n#error free\n#endif\n");
    assert_int_equal(tool_run("build a.c -o x.so"), 1);
    tool_says("checked");
    assert_int_equal(tool_run("build a.c -o x.so --configuration Release"), 1);
    tool_says("free");
}

static void defines_and_include_folders_reach_the_compiler(void **state)
{
    (void)state;
    tool_file("inc/number.h", "#define NUMBER 1\n");
    tool_file("a.c", "#include <number.h>\n" DRIVER_ENTRY "C_ASSERT(NUMBER == ONE);\n");
    assert_int_equal(tool_run("build a.c -o x.so -I inc -D ONE=1"), 0);
}

static void driver_of_the_build_has_its_sanitizer(void **state)
{
    (void)state;
    char command[8192];
    snprintf(command, sizeof command, "readelf -p weir '%s' > note", weir_test_driver("tiny"));
    assert_int_equal(in_folder(command), 0);
    const char *note = tool_content("note");
    assert_non_null(strstr(note, WEIR_TEST_ADDRESS_SANITIZER  ? "sanitizer=address"
                                 : WEIR_TEST_THREAD_SANITIZER ? "sanitizer=thread"
                                                              : "sanitizer=none"));
}

WEIR_TESTS(build_sources, TEST(driver_of_the_build_has_its_sanitizer),
           TEST(good_source_becomes_a_shared_object),
           TEST(default_output_is_named_after_the_folder),
           TEST(output_path_may_have_commas_and_spaces),
           TEST(missing_ddi_is_named_with_every_place), TEST(undeclared_ddi_is_a_missing_ddi),
           TEST(every_missing_header_is_named_in_one_run),
           TEST(missing_headers_ddis_and_names_are_one_list),
           TEST(other_errors_are_told_and_exit_1), TEST(own_undefined_function_is_a_link_error),
           TEST(c_library_outside_the_allow_list_is_refused),
           TEST(driver_without_driver_entry_is_refused), TEST(include_names_match_in_any_case),
           TEST(include_names_take_backslashes), TEST(shim_is_included_before_each_source),
           TEST(failed_build_leaves_no_old_driver), TEST(usage_errors_exit_2),
           TEST(absent_source_is_named), TEST(absent_compiler_is_named),
           TEST(help_tells_options_and_exits_0), TEST(json_has_findings_with_places),
           TEST(no_colour_codes_in_a_file), TEST(compile_commands_list_each_driver_of_a_folder),
           TEST(note_tells_abi_compiler_and_sanitizer),
           TEST(driver_needs_only_weir_and_exports_only_driver_entry),
           TEST(wide_strings_are_16_bits_and_hidden), TEST(every_sanitizer_and_compiler_links),
           TEST(driver_of_clang_wants_of_thread_sanitizer_what_gccs_has_too),
           TEST(configuration_sets_dbg), TEST(defines_and_include_folders_reach_the_compiler));
