/* weir build: an AVStream minidriver's unchanged source -> a shared object.
 *
 * Words:
 *  - project: what is to be built, from a .vcxproj, a folder or a list of sources (build_project.c)
 *  - kit: weir's headers, import stubs and runtime, of the build tree or installed (build_kit.c)
 *  - finding: what stands between the source and a driver, with every place that wants it
 * Flow: project + kit -> include names (build_include.c) -> compile all (build_compile.c) -> link
 *  (build_link.c); each step adds findings (build_finding.c) and none stops before it has told all
 * it can. Invariant: OUT exists after the run if and only if there is no finding that fails the
 * build. */
#ifndef WEIR_TOOL_BUILD_H
#define WEIR_TOOL_BUILD_H

#include "tool/text.h"
#include "tool/tool.h"

enum { BUILD_ABI = 1, BUILD_SOURCES_MAX = 4096 };
#define BUILD_FIRST_COMPILER  "g++"
#define BUILD_SECOND_COMPILER "clang-19"

struct build_source {
    const char *path; /* as it is found on disk */
    bool cpp;
    struct text_list defines, includes, forced; /* in addition to the project's */
    const char *standard;                       /* "" or c++17 ... */
    const char *object, *log, *depfile;
    int status; /* of the compiler; -1 not run */
};

struct build_project {
    const char *name, *folder;
    struct build_source *sources;
    size_t source_count;
    struct text_list unknown_properties; /* "NAME\tfile:line" */
    struct text_list notes;              /* settings that weir does not act on */
};

struct build_kit {
    struct text_list includes;  /* folders of WDK headers */
    struct text_list libraries; /* stubs, runtime, GUIDs */
};

struct build_options {
    struct text_list paths, defines, includes, shims, flags, properties;
    const char *out, *depfile, *compiler, *configuration, *platform, *sanitize;
    bool debug, json, verbose, warnings, permissive;
    bool choose; /* another compiler may still be taken */
    int jobs;
};

enum finding_kind {
    FINDING_MISSING_DDI,
    FINDING_MISSING_HEADER,
    FINDING_UNDECLARED,
    FINDING_ERROR,
    FINDING_LINK,
};

struct finding_place {
    const char *file;
    unsigned line; /* 0: unknown */
};

struct finding {
    enum finding_kind kind;
    const char *name;
    struct finding_place *places;
    size_t count, room;
};

struct findings {
    struct finding *items;
    size_t count, room;
};

/* build_kit.c: @return false with a sentence told. */
bool build_kit_find(struct build_kit *kit);

/* build_project.c, build_vcxproj.c: @return false with a sentence told. */
bool build_project_read(const struct build_options *options, struct build_project *project);
bool build_vcxproj_read(const char *path, const struct build_options *options,
                        struct build_project *project);
struct build_source *build_project_add(struct build_project *project, const char *path);

/* build_msbuild.c: properties, $(X), conditions. */
struct msbuild;
struct msbuild *msbuild_create(struct build_project *project);
void msbuild_set(struct msbuild *evaluator, const char *name, const char *value);
const char *msbuild_get(const struct msbuild *evaluator, const char *name); /* NULL: unknown */
char *msbuild_expand(struct msbuild *evaluator, const char *text, const char *place);
bool msbuild_condition(struct msbuild *evaluator, const char *text, const char *place);
void msbuild_base(struct msbuild *evaluator, const char *folder); /* for exists() */

/* build_include.c: make `folder` with a file for each include name that only differs in case or
 * slashes. */
void build_include_names(const struct build_project *project, const struct build_options *options,
                         const struct build_kit *kit, const char *folder);

/* build_flags.c */
void build_flags(const struct build_options *options, const struct build_project *project,
                 const struct build_kit *kit, const struct build_source *source,
                 const char *work_folder, struct text_list *command);
const char *build_compiler(const struct build_options *options, bool cpp);
bool build_compiler_is_clang(const struct build_options *options);

/* build_choice.c: which compiler. */
/* Sets options->compiler; @return false with a sentence told. */
bool choice_first(struct build_options *options, const char *work_folder);
/* What this compiler refuses though the second one takes it, and where; NULL: nothing of that. */
const char *choice_refusal(const struct build_options *options, const struct findings *findings);
/* Takes the second compiler if it is there. Nothing is left to choose then. */
void choice_second(struct build_options *options, const char *work_folder, const char *refusal);
void choice_hint(const struct build_options *options, const char *work_folder,
                 const struct findings *findings);

/* build_compile.c: runs every compile to its end; adds findings. While there is a choice of
 * compilers it ends at the first refusal. */
void build_compile(const struct build_options *options, struct build_project *project,
                   const struct build_kit *kit, const char *work_folder, struct findings *findings);

/* build_process.c: run a command with stdout and stderr into a file. */
int process_start(const struct text_list *command, const char *log);
int process_wait(int *status); /* pid of any child that ended */
int process_run(const struct text_list *command, const char *log);

/* build_link.c */
void build_link(const struct build_options *options, const struct build_project *project,
                const struct build_kit *kit, const char *work_folder, const char *out,
                struct findings *findings);

/* build_record.c: compile_commands.json, depfile. */
bool build_write_commands(const struct build_options *options, const struct build_project *project,
                          const struct build_kit *kit, const char *work_folder, const char *out);
bool build_write_depfile(const struct build_options *options, const struct build_project *project,
                         const struct build_kit *kit, const char *out);

/* build_finding.c */
void findings_add(struct findings *findings, enum finding_kind kind, const char *name,
                  const char *file, unsigned line);
void findings_from_compiler(struct findings *findings, const char *log);
void findings_from_linker(struct findings *findings, const struct build_project *project,
                          const char *log);
void findings_print(const struct findings *findings);
const char *finding_kind_words(enum finding_kind kind);
bool finding_is_ddi_name(const char *name);

#endif
