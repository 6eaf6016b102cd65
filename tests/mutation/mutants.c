/* mutants: one-line mutants of C sources in the house's style, drawn from a seed.
 *
 *   mutants --count N --seed S FILE...     N slots over the lines of all FILEs, in proportion
 *   mutants --line FILE:LINE FILE          every mutant of one line, each a slot of its own
 *
 * Prints, tab-separated: slot, FILE:LINE, operator, the line that replaces it. A slot has several
 * candidates: the first that compiles to something else than the original is the mutant; the others
 * replace it when it does not.
 *
 * Executable lines alone: inside a function, no comment, no preprocessor line, not part of a
 * statement that asserts, reports, prints or watches. The rules that leave out what is known to be
 * the same program are in `silent`, `drop_assignment` and `negate_condition`; there is no list of
 * lines. Invariant: the output is a function of arguments and sources; the mutant differs from its
 * file in one line. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 512, LINES_MAX = 60000, MUTANTS_OF_LINE_MAX = 24, CANDIDATES_MAX = 12 };

/* `code` is `text` with comments, strings and characters blanked: same length, so that columns
 * agree. */
struct line {
    const char *file;
    unsigned number;
    char text[LINE_BYTES], code[LINE_BYTES];
};

struct mutant {
    const char *operator;
    char text[LINE_BYTES + 64];
};

struct mutants {
    unsigned count;
    struct mutant all[MUTANTS_OF_LINE_MAX];
};

static struct line lines[LINES_MAX];
static unsigned line_count;
static uint64_t random_state;

/* splitmix64 */
static uint64_t random_next(void)
{
    uint64_t z = (random_state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Blank comments and literals; *in_comment goes from line to line. */
static void blank(char *code, bool *in_comment)
{
    char quote = 0;
    for (char *at = code; *at; at++) {
        if (*in_comment) {
            if (at[0] == '*' && at[1] == '/') {
                *in_comment = false;
                at[1] = ' ';
            }
            *at = ' ';
        } else if (quote) {
            if (*at == '\\' && at[1])
                *at++ = '_';
            else if (*at == quote)
                quote = 0;
            *at = '_';
        } else if (at[0] == '/' && at[1] == '*') {
            *in_comment = true;
            at[0] = at[1] = ' ';
            at++;
        } else if (at[0] == '/' && at[1] == '/') {
            memset(at, ' ', strlen(at));
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
            *at = '_';
        }
    }
    for (size_t end = strlen(code); end && code[end - 1] == ' ';)
        code[--end] = 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Statements that assert, report, print, watch, or mark a point for the simulated host: nothing
 * that a caller sees. */
static bool silent(const char *code)
{
    static const char *const begins[] = {"WATCH",
                                         "watch_",
                                         "WEIR_ASSERT",
                                         "NT_ASSERT",
                                         "ASSERT",
                                         "C_ASSERT",
                                         "KE_REQUIRE_",
                                         "KE_CALLER",
                                         "ks_report",
                                         "bugcheck",
                                         "nt_bugcheck",
                                         "print(",
                                         "print_message",
                                         "ledger_report",
                                         "host_point",
                                         "PAGED_CODE",
                                         "UNREFERENCED_PARAMETER",
                                         "__atomic_thread_fence",
                                         "__builtin_",
                                         "_Static_assert",
                                         "static",
                                         "hal_line_assert",
                                         "write_report",
                                         "DbgPrint",
                                         "KdPrint"};
    for (const char *at = code; *at; at++) {
        if (!is_word(*at) || (at > code && is_word(at[-1])))
            continue;
        for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
            if (!strncmp(at, begins[i], strlen(begins[i])))
                return true;
    }
    const char *first = code + strspn(code, " ");
    return !strncmp(first, "(void)", 6) || !strncmp(first, "case ", 5) ||
           !strncmp(first, "goto ", 5);
}

static bool ends_statement(const char *code)
{
    size_t length = strlen(code);
    return length && strchr(";{}:", code[length - 1]);
}

static void keep(const char *file, unsigned number, const char *text, const char *code)
{
    if (line_count == LINES_MAX) {
        fprintf(stderr, "mutants: more than %d lines\n", LINES_MAX);
        exit(2);
    }
    struct line *line = &lines[line_count++];
    line->file = file;
    line->number = number;
    strcpy(line->text, text);
    strcpy(line->code, code);
}

/* The executable lines of a file. A function's braces stand alone in the first column
 * (.clang-format). */
static void read_file(const char *file)
{
    char text[LINE_BYTES], code[LINE_BYTES];
    bool in_comment = false, in_function = false, in_silent = false, in_macro = false;
    FILE *from = fopen(file, "re");
    if (!from) {
        perror(file);
        exit(2);
    }
    for (unsigned number = 1; fgets(text, sizeof text, from); number++) {
        text[strcspn(text, "\n")] = 0;
        strcpy(code, text);
        blank(code, &in_comment);
        bool macro = in_macro || code[0] == '#';
        in_macro = macro && code[0] && code[strlen(code) - 1] == '\\';
        if (macro || !code[0])
            continue;
        if (!strcmp(code, "{")) {
            in_function = true;
        } else if (code[0] == '}') {
            in_function = false;
            in_silent = false;
        } else if (in_function) {
            in_silent = in_silent || silent(code);
            if (!in_silent)
                keep(file, number, text, code);
            in_silent = in_silent && !ends_statement(code);
        }
    }
    fclose(from);
}

/* --- operators -------------------------------------------------------------------------------- */

static void splice(struct mutants *out, const struct line *line, const char *operator, size_t at,
                   size_t length, const char *with)
{
    if (out->count == MUTANTS_OF_LINE_MAX)
        return;
    struct mutant *mutant = &out->all[out->count++];
    mutant->operator= operator;
    snprintf(mutant->text, sizeof mutant->text, "%.*s%s%s", (int)at, line->text, with,
             line->text + at + length);
}

/* Where the parenthesis that opens at `open` closes on this line; 0: not on this line. */
static size_t closing(const char *code, size_t open)
{
    unsigned depth = 0;
    for (size_t at = open; code[at]; at++) {
        depth += code[at] == '(';
        if (code[at] == ')' && --depth == 0)
            return at;
    }
    return 0;
}

/* Not `while (true)`, nor a loop that only ends otherwise. */
static void negate_condition(struct mutants *out, const struct line *line)
{
    static const char *const words[] = {"if (", "while ("};
    char with[LINE_BYTES + 8];
    for (size_t i = 0; i < 2; i++) {
        const char *found = strstr(line->code, words[i]);
        if (!found || (found > line->code && is_word(found[-1])))
            continue;
        size_t open = (size_t)(found - line->code) + strlen(words[i]) - 1,
               close = closing(line->code, open);
        if (!close || !strncmp(line->code + open, "(true)", 6))
            continue;
        snprintf(with, sizeof with, "(!%.*s)", (int)(close - open + 1), line->text + open);
        splice(out, line, "negate-condition", open, close - open + 1, with);
    }
}

/* clang-format puts a space on both sides of a binary operator, and of nothing else. */
static void swap_operators(struct mutants *out, const struct line *line)
{
    static const struct {
        const char *operator, * from, *to;
    } swaps[] = {{"logic", " && ", " || "},    {"logic", " || ", " && "},
                 {"boundary", " < ", " <= "},  {"boundary", " <= ", " < "},
                 {"boundary", " > ", " >= "},  {"boundary", " >= ", " > "},
                 {"equality", " == ", " != "}, {"equality", " != ", " == "}};
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++)
        for (const char *at = line->code; (at = strstr(at, swaps[i].from)); at++)
            splice(out, line, swaps[i].operator, (size_t)(at - line->code), strlen(swaps[i].from),
                   swaps[i].to);
    /* At a line's end the space is missing. */
    size_t length = strlen(line->code);
    if (length > 3 && !strcmp(line->code + length - 3, " &&"))
        splice(out, line, "logic", length - 3, 3, " ||");
    if (length > 3 && !strcmp(line->code + length - 3, " ||"))
        splice(out, line, "logic", length - 3, 3, " &&");
}

static void swap_one(struct mutants *out, const struct line *line)
{
    static const char *const from[] = {" + 1", " - 1"};
    bool loop = strstr(line->code, "for (");
    for (size_t i = 0; i < 2; i++)
        for (const char *at = line->code; (at = strstr(at, from[i])); at++)
            if (!is_word(at[4]) && at[4] != '.')
                splice(out, line, "one", (size_t)(at - line->code), 4, from[!i]);
    for (const char *at = line->code; !loop && *at; at++)
        if (!strncmp(at, "++", 2) || !strncmp(at, "--", 2)) {
            splice(out, line, "one", (size_t)(at - line->code), 2, *at == '+' ? "--" : "++");
            at++;
        }
}

/* `name(...);`, whole on this line. */
static void drop_call(struct mutants *out, const struct line *line)
{
    size_t start = strspn(line->code, " "), at = start;
    while (is_word(line->code[at]))
        at++;
    if (at == start || line->code[at] != '(')
        return;
    size_t close = closing(line->code, at);
    if (close && !strcmp(line->code + close + 1, ";"))
        splice(out, line, "drop-call", start, close + 2 - start, ";");
}

/* `place = value;`, whole on this line, no declaration. Not a zero: it mostly makes new what is new
 * already. */
static void drop_assignment(struct mutants *out, const struct line *line)
{
    static const char *const zero[] = {"0;", "NULL;", "false;", "FALSE;", "STATUS_SUCCESS;"};
    size_t start = strspn(line->code, " ");
    const char *value = strstr(line->code, "= ");
    size_t length = strlen(line->code);
    if (!value || line->code[length - 1] != ';')
        return;
    const char *end = value;
    if (end > line->code && strchr("+-|&*/", end[-1]))
        end--;
    if (end == line->code || end[-1] != ' ')
        return;
    for (const char *at = line->code + start; at < end - 1; at++)
        if (*at == ' ' || *at == '(')
            return;
    for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
        if (!strcmp(value + 2, zero[i]))
            return;
    splice(out, line, "drop-assignment", start, length - start, ";");
}

static void replace_status(struct mutants *out, const struct line *line)
{
    for (const char *at = line->code; (at = strstr(at, "STATUS_")); at++) {
        size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"),
               column = (size_t)(at - line->code);
        bool success = !strncmp(at, "STATUS_SUCCESS", length) && length == 14;
        if (at > line->code && is_word(at[-1]))
            continue;
        splice(out, line, "status", column, length,
               success ? "STATUS_UNSUCCESSFUL" : "STATUS_SUCCESS");
        if (!success && strncmp(at, "STATUS_UNSUCCESSFUL", length) != 0)
            splice(out, line, "status", column, length, "STATUS_UNSUCCESSFUL");
    }
}

static void replace_return(struct mutants *out, const struct line *line)
{
    static const char *const pairs[][2] = {{"true;", "false;"}, {"false;", "true;"},
                                           {"TRUE;", "FALSE;"}, {"FALSE;", "TRUE;"},
                                           {"0;", "1;"},        {"1;", "0;"}};
    size_t start = strspn(line->code, " ");
    const char *value = line->code + start + 7;
    size_t length = strlen(line->code);
    if (strncmp(line->code + start, "return ", 7) || line->code[length - 1] != ';')
        return;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (!strcmp(value, pairs[i][0])) {
            splice(out, line, "return", start + 7, strlen(value), pairs[i][1]);
            return;
        }
    if (strncmp(value, "NULL", 4) != 0 && strncmp(value, "STATUS_", 7) != 0)
        splice(out, line, "return", start + 7, strlen(value), "0;");
}

static void mutate(struct mutants *out, const struct line *line)
{
    static void (*const operators[])(struct mutants *, const struct line *) = {
        negate_condition, swap_operators, swap_one,      drop_call,
        drop_assignment,  replace_status, replace_return};
    out->count = 0;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        operators[i](out, line);
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void print_mutant(unsigned slot, const struct line *line, const struct mutant *mutant)
{
    printf("%u\t%s:%u\t%s\t%s\n", slot, line->file, line->number, mutant->operator, mutant->text);
}

/* Lines that have mutants, in the files' order: a slot is a stretch of them, so each file gets its
 * share. */
static unsigned mutable_lines(void)
{
    unsigned kept = 0;
    static struct mutants mutants;
    for (unsigned i = 0; i < line_count; i++) {
        mutate(&mutants, &lines[i]);
        if (mutants.count && kept++ != i)
            lines[kept - 1] = lines[i];
    }
    return kept;
}

static void draw(unsigned count, unsigned total)
{
    static struct mutants mutants;
    for (unsigned slot = 0; slot < count; slot++) {
        unsigned first = (unsigned)((uint64_t)total * slot / count);
        unsigned width = (unsigned)((uint64_t)total * (slot + 1) / count) - first;
        for (unsigned i = 0; width && i < CANDIDATES_MAX; i++) {
            const struct line *line = &lines[first + random_next() % width];
            mutate(&mutants, line);
            print_mutant(slot, line, &mutants.all[random_next() % mutants.count]);
        }
    }
}

static void draw_line(const char *place)
{
    static struct mutants mutants;
    const char *colon = strrchr(place, ':');
    unsigned number = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
    for (unsigned i = 0; i < line_count; i++) {
        if (lines[i].number != number)
            continue;
        mutate(&mutants, &lines[i]);
        for (unsigned k = 0; k < mutants.count; k++)
            print_mutant(k, &lines[i], &mutants.all[k]);
    }
}

int main(int argc, char **argv)
{
    unsigned count = 60;
    const char *place = NULL;
    int at = 1;
    for (; at + 1 < argc && !strncmp(argv[at], "--", 2); at += 2) {
        if (!strcmp(argv[at], "--count"))
            count = (unsigned)strtoul(argv[at + 1], NULL, 10);
        else if (!strcmp(argv[at], "--seed"))
            random_state = strtoull(argv[at + 1], NULL, 0);
        else if (!strcmp(argv[at], "--line"))
            place = argv[at + 1];
        else
            at = argc;
    }
    if (at >= argc) {
        fprintf(stderr, "usage: mutants [--count N] [--seed S] [--line FILE:LINE] FILE...\n");
        return 2;
    }
    for (; at < argc; at++)
        read_file(argv[at]);
    if (place)
        draw_line(place);
    else
        draw(count, mutable_lines());
    return fflush(stdout) == 0 ? 0 : 2;
}
