/* weir build of a .vcxproj: items, configurations, definitions, imports. What reached the compiler
 * is read from compile_commands.json; the sources assert the rest themselves. */
#include "tool.h"
#include "weir_test.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"                                               \
    "<Project DefaultTargets=\"Build\" xmlns=\"http://schemas.microsoft.com/developer/msbuild/"    \
    "2003\">\n"                                                                                    \
    "<PropertyGroup Label=\"Globals\">\n"                                                          \
    "<Configuration Condition=\"'$(Configuration)' == "                                            \
    "''\">Wrong</Configuration></PropertyGroup>\n"                                                 \
    "<Import Project=\"$(VCTargetsPath)\\Microsoft.Cpp.Default.props\" />\n"
#define TAIL "<Import Project=\"$(VCTargetsPath)\\Microsoft.Cpp.targets\" />\n</Project>\n"
#define MAIN "<ItemGroup><ClCompile Include=\"main.c\" /></ItemGroup>\n"
#define DRIVER_ENTRY                                                                               \
    "#include <ntddk.h>\n"                                                                         \
    "NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)\n"                          \
    "{\n    (void)driver; (void)path;\n    return STATUS_SUCCESS;\n}\n"

static void project(const char *body)
{
    char text[8192];
    snprintf(text, sizeof text, "%s%s%s", HEAD, body, TAIL);
    tool_file("p.vcxproj", text);
}

static bool commanded(const char *argument)
{
    char quoted[512];
    snprintf(quoted, sizeof quoted, "\"%s\"", argument);
    return strstr(tool_content("compile_commands.json"), quoted) != NULL;
}

static void items_are_compiled_in_any_case_and_slash(void **state)
{
    (void)state;
    project("<ItemGroup><ClCompile Include=\"SRC\\main.C\" /><ClCompile Include=\"other.cpp\" />"
            "<ResourceCompile Include=\"p.rc\" /></ItemGroup>");
    tool_file("src/Main.c", DRIVER_ENTRY);
    tool_file("Other.cpp", "int other;\n");
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_true(tool_has("p.so"));
    assert_true(commanded("src/Main.c"));
    assert_true(commanded("Other.cpp"));
}

static void folder_with_one_project_is_that_project(void **state)
{
    (void)state;
    project(MAIN);
    tool_file("main.c", DRIVER_ENTRY);
    tool_file("not_listed.c", "#error not of the project\n");
    assert_int_equal(tool_run("build ."), 0);
    tool_logs("p.vcxproj: used");
}

static void configuration_chooses_definitions(void **state)
{
    (void)state;
    project(
        "<ItemDefinitionGroup Condition=\"'$(Configuration)|$(Platform)'=='Debug|x64'\"><ClCompile>"
        "<PreprocessorDefinitions>%(PreprocessorDefinitions);CHECKED=1</PreprocessorDefinitions>"
        "</ClCompile></ItemDefinitionGroup>"
        "<ItemDefinitionGroup "
        "Condition=\"'$(Configuration)|$(Platform)'=='Release|ARM64'\"><ClCompile>"
        "<PreprocessorDefinitions>ARM=1</PreprocessorDefinitions>"
        "</ClCompile></ItemDefinitionGroup>" MAIN);
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_true(commanded("-DCHECKED=1"));
    assert_false(commanded("-DARM=1"));
    assert_int_equal(tool_run("build p.vcxproj --configuration Release --platform ARM64"), 0);
    assert_false(commanded("-DCHECKED=1"));
    assert_true(commanded("-DARM=1"));
}

static void definitions_build_on_those_before(void **state)
{
    (void)state;
    project(
        "<ItemDefinitionGroup><ClCompile><PreprocessorDefinitions>A=1</PreprocessorDefinitions>"
        "</ClCompile></ItemDefinitionGroup>"
        "<ItemDefinitionGroup><ClCompile><PreprocessorDefinitions>B=1;%(PreprocessorDefinitions)"
        "</PreprocessorDefinitions></ClCompile></ItemDefinitionGroup>"
        "<ItemGroup><ClCompile Include=\"main.c\"><PreprocessorDefinitions>C=1;"
        "%(PreprocessorDefinitions)</PreprocessorDefinitions></ClCompile>"
        "<ClCompile Include=\"plain.c\"/></ItemGroup>");
    tool_file("main.c", DRIVER_ENTRY "C_ASSERT(A + B + C == 3);\n");
    tool_file("plain.c", "#ifdef C\n#error C is main's alone\n#endif\nint plain = A + B;\n");
    assert_int_equal(tool_run("build p.vcxproj"), 0);
}

static void properties_after_their_use_count_in_definitions(void **state)
{
    (void)state;
    project("<ItemDefinitionGroup><ClCompile><PreprocessorDefinitions>LATE=$(Late)</"
            "PreprocessorDefinitions>"
            "</ClCompile></ItemDefinitionGroup>"
            "<PropertyGroup><Late>5</Late></PropertyGroup>" MAIN);
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_true(commanded("-DLATE=5"));
}

static void include_folders_are_the_projects(void **state)
{
    (void)state;
    project("<ItemDefinitionGroup><ClCompile><AdditionalIncludeDirectories>"
            "%(AdditionalIncludeDirectories);$(DDK_INC_PATH);..\\Common;$(ProjectDir)inc"
            "</AdditionalIncludeDirectories></ClCompile></ItemDefinitionGroup>" MAIN);
    char text[8192];
    snprintf(text, sizeof text, "%s", tool_content("p.vcxproj"));
    tool_file("sys/p.vcxproj", text);
    tool_file("Common/shared.h", "#define SHARED 1\n");
    tool_file("sys/inc/own.h", "#define OWN 1\n");
    tool_file("sys/main.c",
              "#include <shared.h>\n#include \"own.h\"\n" DRIVER_ENTRY "int f = SHARED + OWN;\n");
    assert_int_equal(tool_run("build sys/p.vcxproj -o p.so"), 0);
}

static void local_imports_are_read(void **state)
{
    (void)state;
    project("<ImportGroup><Import Project=\"Own.props\" Condition=\"exists('own.props')\" "
            "/></ImportGroup>" MAIN);
    tool_file(
        "own.props",
        "<Project><PropertyGroup><Mine>7</Mine></PropertyGroup><ItemDefinitionGroup><ClCompile>"
        "<PreprocessorDefinitions>MINE=$(Mine)</PreprocessorDefinitions></ClCompile>"
        "</ItemDefinitionGroup></Project>");
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_true(commanded("-DMINE=7"));
}

static void unknown_properties_are_listed(void **state)
{
    (void)state;
    project("<PropertyGroup><Out>$(Mystery)</Out></PropertyGroup>" MAIN);
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj --json"), 0);
    tool_logs("unknown property $(Mystery)");
    tool_says("\"name\": \"Mystery\"");
    assert_int_equal(tool_run("build p.vcxproj --property Mystery=1"), 0);
    assert_null(strstr(tool_log, "Mystery"));
}

static void excluded_items_are_left_out(void **state)
{
    (void)state;
    project("<ItemGroup><ClCompile Include=\"main.c\" /><ClCompile Include=\"bad.c\">"
            "<ExcludedFromBuild Condition=\"'$(Configuration)'=='Debug'\">true</ExcludedFromBuild>"
            "</ClCompile></ItemGroup>");
    tool_file("main.c", DRIVER_ENTRY);
    tool_file("bad.c", "#error built\n");
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_int_equal(tool_run("build p.vcxproj --configuration Release"), 1);
}

static void wildcards_name_sources(void **state)
{
    (void)state;
    project("<ItemGroup><ClCompile Include=\"*.c\" /></ItemGroup>");
    tool_file("main.c", DRIVER_ENTRY);
    tool_file("two.c", "int two;\n");
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_true(commanded("two.c"));
}

static void forced_includes_and_language_standard_apply(void **state)
{
    (void)state;
    project(
        "<ItemDefinitionGroup><ClCompile><ForcedIncludeFiles>Pre.h</ForcedIncludeFiles>"
        "<LanguageStandard>stdcpp17</LanguageStandard></ClCompile></ItemDefinitionGroup>"
        "<ItemGroup><ClCompile Include=\"main.c\" /><ClCompile Include=\"a.cpp\" /></ItemGroup>");
    tool_file("pre.h", "#define FORCED 1\n");
    tool_file("main.c", DRIVER_ENTRY "int forced = FORCED;\n");
    tool_file("a.cpp", "static_assert(__cplusplus == 201703L && FORCED, \"\");\n");
    assert_int_equal(tool_run("build p.vcxproj"), 0);
}

static void choose_takes_the_first_branch_that_holds(void **state)
{
    (void)state;
    project(
        "<Choose><When "
        "Condition=\"'$(Platform)'=='ARM64'\"><PropertyGroup><Pick>1</Pick></PropertyGroup></When>"
        "<When "
        "Condition=\"'$(Platform)'=='x64'\"><PropertyGroup><Pick>2</Pick></PropertyGroup></When>"
        "<Otherwise><PropertyGroup><Pick>3</Pick></PropertyGroup></Otherwise></Choose>"
        "<ItemDefinitionGroup><ClCompile><PreprocessorDefinitions>PICKED=$(Pick)</"
        "PreprocessorDefinitions>"
        "</ClCompile></ItemDefinitionGroup>" MAIN);
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj"), 0);
    assert_true(commanded("-DPICKED=2"));
}

static void listed_source_that_is_not_there_is_told(void **state)
{
    (void)state;
    project(
        "<ItemGroup><ClCompile Include=\"main.c\" /><ClCompile Include=\"lost.c\" /></ItemGroup>");
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj"), 1);
    tool_says("lost.c");
}

static void broken_xml_is_refused_with_a_sentence(void **state)
{
    (void)state;
    tool_file("p.vcxproj", "<Project><Item");
    assert_int_equal(tool_run("build p.vcxproj"), 1);
    tool_logs("p.vcxproj: not readable as XML");
    tool_file("p.vcxproj", "<Solution/>");
    assert_int_equal(tool_run("build p.vcxproj"), 1);
    tool_logs("not a project");
}

static void project_without_sources_is_refused(void **state)
{
    (void)state;
    project("");
    assert_int_equal(tool_run("build p.vcxproj"), 1);
    tool_logs("no ClCompile item for Debug|x64");
}

static void import_circle_ends(void **state)
{
    (void)state;
    project("<Import Project=\"p.vcxproj\" />" MAIN);
    tool_file("main.c", DRIVER_ENTRY);
    assert_int_equal(tool_run("build p.vcxproj"), 0);
}

WEIR_TESTS(build_project, TEST(items_are_compiled_in_any_case_and_slash),
           TEST(folder_with_one_project_is_that_project), TEST(configuration_chooses_definitions),
           TEST(definitions_build_on_those_before),
           TEST(properties_after_their_use_count_in_definitions),
           TEST(include_folders_are_the_projects), TEST(local_imports_are_read),
           TEST(unknown_properties_are_listed), TEST(excluded_items_are_left_out),
           TEST(wildcards_name_sources), TEST(forced_includes_and_language_standard_apply),
           TEST(choose_takes_the_first_branch_that_holds),
           TEST(listed_source_that_is_not_there_is_told),
           TEST(broken_xml_is_refused_with_a_sentence), TEST(project_without_sources_is_refused),
           TEST(import_circle_ends));
