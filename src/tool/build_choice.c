/* Which compiler. Unless the user names one it is g++, and clang-19 where the source has something
 * that g++ refuses and clang-19 takes, as Microsoft's compiler does.
 *
 * Invariant: only what `refusals` lists changes the choice, so that a mistake in the source is told
 * in the words of the compiler that was to build it. Each entry is a sentence of gcc 12's under
 * LC_ALL=C; tests/tool builds a source for each. */
#include "tool/build.h"

#include <string.h>

struct refusal {
    const char *said; /* part of an error */
    const char *name; /* or an undeclared name */
    const char *what;
};

static const struct refusal refusals[] = {
    {"does not give a valid preprocessing token", NULL, "## that does not make one token"},
    {"extra qualification '", NULL, "a member declared with the name of its own class"},
    {"explicit specialization in non-namespace scope", NULL,
     "a template specialised inside of a class"},
    {"need 'typename' before '", NULL, "a dependent type without typename"},
    {"pure-specifier on function-definition", NULL, "a pure virtual function with a body"},
    {"flexible array member in union", NULL, "an array without a size in a union"},
    {"flexible array member in a struct with no named members", NULL,
     "an array without a size, alone in its structure"},
    {"in an otherwise empty '", NULL, "an array without a size, alone in its structure"},
    {NULL, "__super", "__super"},
    {NULL, "__interface", "__interface"},
    {NULL, "__uuidof", "__uuidof"},
};

static const struct refusal *refusal_of(const struct finding *finding)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *refusal = &refusals[i];
        if (finding->kind == FINDING_ERROR && refusal->said && strstr(finding->name, refusal->said))
            return refusal;
        if (finding->kind == FINDING_UNDECLARED && refusal->name &&
            !strcmp(finding->name, refusal->name))
            return refusal;
    }
    return NULL;
}

const char *choice_refusal(const struct build_options *options, const struct findings *findings)
{
    if (build_compiler_is_clang(options))
        return NULL;
    for (size_t i = 0; i < findings->count; i++) {
        const struct refusal *refusal = refusal_of(&findings->items[i]);
        const struct finding_place *place = findings->items[i].places;
        if (refusal)
            return text_format("%s (%s:%u)", refusal->what, place->file, place->line);
    }
    return NULL;
}

/* Its words go to version.txt, from where they come into the driver's note. */
static bool answers(const struct build_options *options, const char *work_folder)
{
    struct text_list command = {0};
    text_list_add(&command, build_compiler(options, true));
    text_list_add(&command, "--version");
    return process_run(&command, text_format("%s/version.txt", work_folder)) == 0;
}

static bool has_second(const struct build_options *options, const char *work_folder)
{
    struct build_options second = *options;
    second.compiler = BUILD_SECOND_COMPILER;
    return answers(&second, work_folder);
}

bool choice_first(struct build_options *options, const char *work_folder)
{
    options->choose = options->compiler == NULL;
    if (options->choose)
        options->compiler = BUILD_FIRST_COMPILER;
    if (answers(options, work_folder))
        return true;
    if (options->choose && has_second(options, work_folder)) {
        tool_error("no " BUILD_FIRST_COMPILER " here; building with " BUILD_SECOND_COMPILER);
        options->compiler = BUILD_SECOND_COMPILER;
        options->choose = false;
        return true;
    }
    tool_error("the compiler %s does not answer; install it, or name another with --compiler",
               build_compiler(options, true));
    return false;
}

void choice_second(struct build_options *options, const char *work_folder, const char *refusal)
{
    options->choose = false;
    if (has_second(options, work_folder)) {
        tool_error(BUILD_FIRST_COMPILER " refuses %s; building with " BUILD_SECOND_COMPILER,
                   refusal);
        options->compiler = BUILD_SECOND_COMPILER;
    } else {
        answers(options, work_folder);
    }
}

void choice_hint(const struct build_options *options, const char *work_folder,
                 const struct findings *findings)
{
    const char *refusal = choice_refusal(options, findings);
    if (!refusal)
        return;
    tool_error("%s refuses %s, which " BUILD_SECOND_COMPILER " takes; %s",
               build_compiler(options, true), refusal,
               has_second(options, work_folder) ? "try --compiler " BUILD_SECOND_COMPILER
                                                : "install the package " BUILD_SECOND_COMPILER);
}
