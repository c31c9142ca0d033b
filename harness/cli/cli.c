#include "cli/cli.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/command.h"
#include "report/utf8.h"
#include "version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_run,    &command_check,   &command_plan,    &command_simulate,     &command_replay,
    &command_render, &command_compare, &command_history, &command_client_check, &command_schema,
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* ---- Help ---- */

static void print_overview(FILE *out)
{
    (void)fputs(
        "bascule proves that failover works: it starts your nodes, drives traffic through a\n"
        "failover client, breaks things, and measures what callers noticed.\n"
        "\n"
        "Usage: bascule COMMAND [OPTION]... [ARGUMENT]...\n"
        "\n",
        out);
    for (size_t i = 0; i < COMMANDS; i++) {
        (void)fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    }
    (void)fputs("  help     say more about a command\n"
                "\n"
                "  --help, --version\n"
                "\n"
                "Example:\n"
                "  bascule run scenarios/gate/kill-primary.yaml\n",
                out);
}

static void print_option(FILE *out, const struct option_spec *spec)
{
    char left[64];

    (void)snprintf(left, sizeof(left), "%s--%s%s%s", "", spec->name, spec->value != NULL ? " " : "",
                   spec->value != NULL ? spec->value : "");
    if (spec->letter != '\0') {
        (void)fprintf(out, "  -%c, %-18s %s\n", spec->letter, left, spec->help);
    } else {
        (void)fprintf(out, "      %-18s %s\n", left, spec->help);
    }
}

static void print_help(FILE *out, const struct command *command)
{
    (void)fprintf(out, "Usage: bascule %s%s %s\n\n%s\n", command->name,
                  command->options.count > 0 ? " [OPTION]..." : "", command->operands,
                  command->about);
    for (size_t i = 0; i < command->options.count; i++) {
        print_option(out, &command->options.items[i]);
    }
    (void)fprintf(out, "%sExample:\n%s", command->options.count > 0 ? "\n" : "", command->example);
}

/* ---- Usage errors ---- */

int command_misused(const struct command *command, const char *text)
{
    (void)fprintf(stderr, "bascule %s: %s\nTry 'bascule %s --help'.\n", command->name, text,
                  command->name);
    return STATUS_USAGE;
}

static int unknown_word(struct arena *arena, const char *kind, const char *word)
{
    static const char *const words[] = {"run",          "check",  "plan",    "simulate",
                                        "replay",       "render", "compare", "history",
                                        "client-check", "schema", "help"};
    static const char *const options[] = {"--help", "--version"};
    const char *meant = word[0] == '-'
                            ? text_nearest(word, options, sizeof(options) / sizeof(options[0]))
                            : text_nearest(word, words, sizeof(words) / sizeof(words[0]));

    (void)fprintf(stderr, "bascule: unknown %s '%s'", kind, utf8_printable(arena, word));
    if (meant != NULL) {
        (void)fprintf(stderr, " (did you mean '%s'?)", meant);
    }
    (void)fputs("\nTry 'bascule --help'.\n", stderr);
    return STATUS_USAGE;
}

/* ---- Dispatch ---- */

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (text_equal(commands[i]->name, name)) {
            return commands[i];
        }
    }
    return NULL;
}

static int help(struct arena *arena, const char *const *arguments, size_t count)
{
    if (count == 0) {
        print_overview(stdout);
        return STATUS_GOOD;
    }
    const struct command *command = find(arguments[0]);
    if (command == NULL) {
        return unknown_word(arena, "command", arguments[0]);
    }
    print_help(stdout, command);
    return STATUS_GOOD;
}

static int run_command(struct arena *arena,
                       const struct command *command,
                       const char *const *arguments,
                       size_t count)
{
    struct error error = {.text = ""};
    struct options options;

    if (options_parse(&options, arena, &command->options, arguments, count, &error) < 0) {
        return command_misused(command, utf8_printable(arena, error.text));
    }
    if (options.help) {
        print_help(stdout, command);
        return STATUS_GOOD;
    }
    return command->run(&options);
}

static int dispatch(struct arena *arena, const char *const *arguments, size_t count)
{
    if (count == 0) {
        print_overview(stderr);
        return STATUS_USAGE;
    }
    const char *word = arguments[0];
    if (text_equal(word, "--version") || text_equal(word, "-V")) {
        (void)printf("bascule %s (%s)\n", BASCULE_VERSION, BASCULE_COMMIT);
        return STATUS_GOOD;
    }
    if (text_equal(word, "--help") || text_equal(word, "-h") || text_equal(word, "help")) {
        return help(arena, arguments + 1, count - 1);
    }
    const struct command *command = find(word);
    if (command == NULL) {
        return unknown_word(arena, word[0] == '-' ? "option" : "command", word);
    }
    return run_command(arena, command, arguments + 1, count - 1);
}

/* A full disk or a reader that went away must not look like success. */
static int close_stdout(int status)
{
    bool lost = ferror(stdout) != 0;

    errno = 0;
    if (fclose(stdout) == 0 && !lost) {
        return status;
    }
    const char *why = errno != 0 ? strerrordesc_np(errno) : "an earlier write failed";
    (void)fprintf(stderr, "bascule: cannot write to the standard output: %s\n", why);
    return status == STATUS_GOOD || status == STATUS_SKIPPED ? STATUS_INCONCLUSIVE : status;
}

int cli_main(int argc, const char *const *argv)
{
    struct arena arena;

    /* Writing must fail with an error that can be told, not end the program. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    arena_init(&arena, 0);
    int status = dispatch(&arena, argv + 1, argc > 0 ? (size_t)argc - 1 : 0);
    arena_done(&arena);
    return close_stdout(status);
}
