#include "cli/run_options.h"

#include "base/text.h"
#include "report/shell_word.h"
#include "report/utf8.h"

#include <stdio.h>
#include <string.h>

#define PORT_MAX   65535
#define REPEAT_MAX 10000
#define JOBS_MAX   256

static int check_settings(const struct scenario_overrides *overrides, struct error *reterr)
{
    for (size_t i = 0; i < overrides->setting_count; i++) {
        const char *setting = overrides->settings[i];
        if (setting[0] == '=' || strchr(setting, '=') == NULL) {
            return error_plain(reterr, "option '--set' wants KEY=VALUE, not '%s'", setting);
        }
    }
    return 0;
}

static int take_isolate(struct run_command *command, struct error *reterr)
{
    static const char *const words[] = {"auto", "always", "never"};
    const char *word = options_value(command->options, "isolate");

    for (size_t i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equal(word, words[i])) {
            command->isolate = (enum isolate)i;
            return 0;
        }
    }
    return word == NULL
               ? 0
               : error_plain(reterr, "option '--isolate' wants auto, always or never, not '%s'",
                             word);
}

int run_options_take(struct run_command *command, struct error *reterr)
{
    const struct options *options = command->options;
    const char *folder = options_value(options, "output");
    uint64_t repeat = command->repeat;
    uint64_t port_base = 0;
    uint64_t jobs = command->jobs;

    command->folder = folder != NULL ? folder : command->folder;
    command->overrides.settings =
        options_values(options, command->arena, "set", &command->overrides.setting_count);
    if (options_number(options, "repeat", (struct option_range){1, REPEAT_MAX}, &repeat, reterr) <
            0 ||
        options_number(options, "seed", (struct option_range){0, UINT64_MAX}, &command->seed,
                       reterr) < 0 ||
        options_number(options, "port-base", (struct option_range){1, PORT_MAX}, &port_base,
                       reterr) < 0 ||
        options_number(options, "jobs", (struct option_range){1, JOBS_MAX}, &jobs, reterr) < 0 ||
        take_isolate(command, reterr) < 0 || check_settings(&command->overrides, reterr) < 0) {
        return -1;
    }
    if (formats_take_list(&command->formats, command->arena, options_value(options, "format"),
                          reterr) < 0) {
        return -1;
    }
    command->has_seed = options_has(options, "seed");
    command->repeat = (uint32_t)repeat;
    command->jobs = (uint32_t)jobs;
    command->overrides.port_base = (uint16_t)port_base;
    command->overrides.client = options_value(options, "client");
    command->journal = options_has(options, "journal");
    command->endings.strict = options_has(options, "strict");
    return 0;
}

static bool has_tag(const struct scenario *scenario, const char *const *tags, size_t tag_count)
{
    for (size_t i = 0; i < scenario->tag_count; i++) {
        for (size_t k = 0; k < tag_count; k++) {
            if (text_equal(scenario->tags[i], tags[k])) {
                return true;
            }
        }
    }
    return false;
}

bool run_options_choose_by_tag(struct run_command *command)
{
    size_t tag_count = 0;
    const char *const *tags = options_values(command->options, command->arena, "tag", &tag_count);
    struct inputs *inputs = &command->inputs;
    size_t kept = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        if (tag_count == 0 || has_tag(inputs->scenarios[i], tags, tag_count)) {
            inputs->scenarios[kept++] = inputs->scenarios[i];
        }
    }
    if (kept == 0) {
        (void)fprintf(stderr, "bascule %s: no scenario has the tag '%s' (%zu read)\n",
                      command->name, utf8_printable(command->arena, tags[tag_count - 1]),
                      inputs->count);
    }
    inputs->count = kept;
    return kept > 0;
}

const char *run_options_to_repeat(const struct run_command *command,
                                  const struct scenario *scenario,
                                  struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < command->overrides.setting_count; i++) {
        text = arena_printf(arena, "%s%s--set %s", text, text[0] != '\0' ? " " : "",
                            shell_word(arena, command->overrides.settings[i]));
    }
    if (command->overrides.port_base != 0) {
        text = arena_printf(arena, "%s%s--port-base %u", text, text[0] != '\0' ? " " : "",
                            command->overrides.port_base);
    }
    if (command->overrides.client != NULL) {
        text = arena_printf(arena, "%s%s--client %s", text, text[0] != '\0' ? " " : "",
                            shell_word(arena, command->overrides.client));
    }
    if (command->repeat != 0 && command->repeat != scenario->repeat) {
        text = arena_printf(arena, "%s%s--repeat %u", text, text[0] != '\0' ? " " : "",
                            command->repeat);
    }
    return text;
}
