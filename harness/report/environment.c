#include "report/environment.h"

#include "base/text.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void set(char text[static ENVIRONMENT_TEXT_MAX], const char *value)
{
    (void)snprintf(text, ENVIRONMENT_TEXT_MAX, "%s", value);
}

/* Takes the value of a line PRETTY_NAME="..." (os-release(5)). */
static void take_pretty_name(char *line, char os[static ENVIRONMENT_TEXT_MAX])
{
    static const char key[] = "PRETTY_NAME=";

    if (!text_has_prefix(line, key)) {
        return;
    }
    char *value = line + strlen(key);
    value += strspn(value, "\"'");
    value[strcspn(value, "\"'\n")] = '\0';
    if (value[0] != '\0') {
        set(os, value);
    }
}

static void read_os_release(char os[static ENVIRONMENT_TEXT_MAX])
{
    char line[512];
    FILE *file = fopen("/etc/os-release", "re");

    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        take_pretty_name(line, os);
    }
    (void)fclose(file);
}

void environment_read(struct environment *ret)
{
    struct utsname names;
    cpu_set_t cpus;

    *ret =
        (struct environment){.os = "unknown", .kernel = "unknown", .cpus = 1, .isolation = "none"};
    if (uname(&names) == 0) {
        set(ret->os, names.sysname);
        set(ret->kernel, names.release);
    }
    read_os_release(ret->os);
    if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 0) {
        ret->cpus = (unsigned)CPU_COUNT(&cpus);
    }
}

void environment_simulated(struct environment *ret)
{
    *ret =
        (struct environment){.os = "none", .kernel = "none", .cpus = 1, .isolation = "simulation"};
}
