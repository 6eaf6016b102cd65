/* weir build: g++ or clang-19, by what g++ refuses; which is told, and explicit names win. */
#include "tool.h"
#include "weir_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Neither needs a header: twelve sources are compiled below, most of them twice. */
#define DRIVER_ENTRY_C   "int DriverEntry(void);\nint DriverEntry(void) { return 0; }\n"
#define DRIVER_ENTRY_CPP "extern \"C\" int DriverEntry() { return 0; }\n"
#define PASTE                                                                                      \
    "extern \"C\" unsigned DbgPrint(const char *, ...);\n"                                         \
    "#define PRINT(x) DbgPrint##x\n"                                                               \
    "void f() { PRINT((\"a\")); }\n"

static void source_that_gpp_takes_is_built_with_gpp(void **state)
{
    (void)state;
    tool_file("a.cpp", DRIVER_ENTRY_CPP);
    assert_int_equal(tool_run("build a.cpp -o x.so --json"), 0);
    tool_says("\"compiler\": \"g++\"");
    assert_string_equal(tool_log, "");
}

static void pasting_that_makes_no_token_is_built_with_clang(void **state)
{
    (void)state;
    tool_file("a.cpp", PASTE DRIVER_ENTRY_CPP);
    assert_int_equal(tool_run("build a.cpp -o x.so"), 0);
    assert_string_equal(tool_out, "x.so\n");
    assert_string_equal(tool_log, "weir: g++ refuses ## that does not make one token (a.cpp:2); "
                                  "building with clang-19\n");
    assert_int_equal(tool_run("build a.cpp -o x.so --json"), 0);
    tool_says("\"compiler\": \"clang-19\"");
}

static void every_known_refusal_is_built_with_clang(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } sources[] = {
        {"extra.cpp", "struct A { void A::f(); };\nvoid A::f() {}\n" DRIVER_ENTRY_CPP},
        {"special.cpp", "struct S { template <class T> void f(T); template <> void f(int) {} };\n"
                        "void g(S *s) { s->f(1); }\n" DRIVER_ENTRY_CPP},
        {"dependent.cpp", "template <class T> struct X { typedef T type; };\n"
                          "template <class T> struct Y { X<T>::type member; };\n" DRIVER_ENTRY_CPP},
        {"pure.cpp", "struct A { virtual void f() = 0 {} };\n" DRIVER_ENTRY_CPP},
        {"union.cpp", "union U { int first; int all[]; };\n" DRIVER_ENTRY_CPP},
        {"alone.cpp", "struct S { int all[]; };\n" DRIVER_ENTRY_CPP},
        {"union.c", "union U { int first; int all[]; };\n" DRIVER_ENTRY_C},
        {"alone.c", "struct S { int all[]; };\n" DRIVER_ENTRY_C},
        {"super.cpp", "struct B { int f() { return 1; } };\n"
                      "struct D : B { int f() { return __super::f(); } };\n" DRIVER_ENTRY_CPP},
        {"interface.cpp", "__interface I { int f(); };\n" DRIVER_ENTRY_CPP},
        {"uuid.cpp", "typedef struct _GUID { unsigned a; short b, c; char d[8]; } GUID;\n"
                     "struct __declspec(uuid(\"12345678-1234-1234-1234-123456789abc\")) I {};\n"
                     "const GUID *f() { return &__uuidof(I); }\n" DRIVER_ENTRY_CPP},
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        char command[256];
        tool_file(sources[i].file, sources[i].text);
        snprintf(command, sizeof command, "build %s -o x.so", sources[i].file);
        int code = tool_run(command);
        tool_logs("building with clang-19");
        tool_says("x.so\n");
        assert_int_equal(code, 0);
    }
}

static void other_errors_stay_with_gpp(void **state)
{
    (void)state;
    tool_file("a.cpp", "int x = ;\n" DRIVER_ENTRY_CPP);
    assert_int_equal(tool_run("build a.cpp -o x.so --json"), 1);
    tool_says("\"compiler\": \"g++\"");
    assert_null(strstr(tool_log, "clang-19"));
}

static void what_clang_refuses_too_is_told_once(void **state)
{
    (void)state;
    tool_file("a.cpp", PASTE "int x = ;\n" DRIVER_ENTRY_CPP);
    tool_file("b.cpp", "#include \"gone.h\"\nint y = unheard_of;\n");
    assert_int_equal(tool_run("build a.cpp b.cpp -o x.so"), 1);
    tool_logs("building with clang-19");
    tool_says("a.cpp:4\n");
    tool_says("missing header   gone.h\n                   b.cpp:1\n");
    tool_says("undeclared name  unheard_of\n");
    tool_says_not("pasting");
    assert_null(strstr(tool_log, "does not give a valid"));
    assert_false(tool_has("x.so"));
}

static void named_compiler_wins_and_the_other_is_proposed(void **state)
{
    (void)state;
    tool_file("a.cpp", PASTE DRIVER_ENTRY_CPP);
    assert_int_equal(tool_run("build a.cpp -o x.so --compiler g++"), 1);
    tool_says("pasting");
    tool_logs("try --compiler clang-19");
    assert_false(tool_has("x.so"));
    assert_int_equal(tool_run("build a.cpp -o x.so --compiler clang-19"), 0);
    assert_string_equal(tool_log, "");
}

/* From here on only `programs` are found. */
static void leave_only(const char *programs)
{
    char command[4096];
    int length = snprintf(command, sizeof command,
                          "mkdir -p '%s/only' && cd '%s/only' && for program in %s; do"
                          " ln -s \"$(command -v $program)\" $program; done",
                          weir_test_folder(), weir_test_folder(), programs);
    assert_in_range(length, 1, sizeof command - 1);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/only", weir_test_folder());
    assert_int_equal(setenv("PATH", command, 1), 0);
}

static void absent_clang_is_named_as_what_to_install(void **state)
{
    (void)state;
    tool_file("a.cpp", PASTE DRIVER_ENTRY_CPP);
    leave_only("gcc g++ as ld nm rm");
    assert_int_equal(tool_run("build a.cpp -o x.so"), 1);
    tool_logs("clang-19 takes; install the package clang-19");
    tool_says("pasting");
    tool_says("a.cpp:2\n");
}

static void absent_gpp_leaves_clang(void **state)
{
    (void)state;
    tool_file("a.cpp", DRIVER_ENTRY_CPP);
    leave_only("clang-19 clang++-19 ld nm rm");
    assert_int_equal(tool_run("build a.cpp -o x.so"), 0);
    tool_logs("no g++ here; building with clang-19");
}

static void note_and_commands_name_the_compiler_that_built(void **state)
{
    (void)state;
    char command[8192];
    tool_file("a.cpp", PASTE DRIVER_ENTRY_CPP);
    assert_int_equal(tool_run("build a.cpp -o x.so"), 0);
    snprintf(command, sizeof command, "cd '%s' && readelf -p weir x.so > note", weir_test_folder());
    assert_int_equal(system(command), 0);
    assert_non_null(strstr(tool_content("note"), "clang version"));
    assert_non_null(strstr(tool_content("compile_commands.json"), "clang++-19"));
    assert_null(strstr(tool_content("compile_commands.json"), "\"g++\""));
}

static void build_after_a_change_of_compiler_needs_its_headers(void **state)
{
    (void)state;
    /* g++ lacks the header first; the empty one that lets it go on must not answer for clang */
    tool_file("a.cpp", "#include \"gone.h\"\n" PASTE DRIVER_ENTRY_CPP);
    assert_int_equal(tool_run("build a.cpp -o x.so"), 1);
    tool_logs("building with clang-19");
    tool_says("missing header   gone.h\n");
    assert_false(tool_has("x.so"));
}

WEIR_TESTS(build_choice, TEST(source_that_gpp_takes_is_built_with_gpp),
           TEST(pasting_that_makes_no_token_is_built_with_clang),
           TEST_TIMEOUT(every_known_refusal_is_built_with_clang, 300),
           TEST(other_errors_stay_with_gpp), TEST(what_clang_refuses_too_is_told_once),
           TEST(named_compiler_wins_and_the_other_is_proposed),
           TEST(absent_clang_is_named_as_what_to_install), TEST(absent_gpp_leaves_clang),
           TEST(note_and_commands_name_the_compiler_that_built),
           TEST(build_after_a_change_of_compiler_needs_its_headers));
