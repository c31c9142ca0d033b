#include "world/port_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TCP_LISTEN_STATE 0x0a

/* The inode of the listening socket in /proc/net/tcp or tcp6; 0 if there is none. */
static unsigned long listening_inode(const char *table, uint16_t port)
{
    FILE *file = fopen(table, "re");
    if (file == NULL) {
        return 0;
    }
    char line[512];
    unsigned long found = 0;
    while (found == 0 && fgets(line, sizeof line, file) != NULL) {
        unsigned local_port;
        unsigned state;
        unsigned long inode;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*d %lu",
                   &local_port, &state, &inode) == 3 &&
            local_port == port && state == TCP_LISTEN_STATE) {
            found = inode;
        }
    }
    fclose(file);
    return found;
}

static bool process_holds(const char *pid, const char *socket_link)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *descriptors = opendir(path);
    if (descriptors == NULL) {
        return false;
    }
    bool holds = false;
    const struct dirent *entry;
    while (!holds && (entry = readdir(descriptors)) != NULL) {
        char link[64];
        ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, link, sizeof link - 1);
        if (length > 0) {
            link[length] = '\0';
            holds = strcmp(link, socket_link) == 0;
        }
    }
    closedir(descriptors);
    return holds;
}

static void describe(const char *pid, char *ret_text)
{
    char path[300];
    char name[32] = "?";
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(name, sizeof name, file) != NULL) {
            name[strcspn(name, "\n")] = '\0';
        }
        fclose(file);
    }
    snprintf(ret_text, PORT_OWNER_TEXT_MAX, "process %.10s (%s)", pid, name);
}

void port_owner_text(uint16_t port, char ret_text[static PORT_OWNER_TEXT_MAX])
{
    snprintf(ret_text, PORT_OWNER_TEXT_MAX, "another process");
    unsigned long inode = listening_inode("/proc/net/tcp", port);
    if (inode == 0) {
        inode = listening_inode("/proc/net/tcp6", port);
    }
    DIR *processes = inode == 0 ? NULL : opendir("/proc");
    if (processes == NULL) {
        return;
    }
    char socket_link[64];
    snprintf(socket_link, sizeof socket_link, "socket:[%lu]", inode);
    const struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) && process_holds(entry->d_name, socket_link)) {
            describe(entry->d_name, ret_text);
            break;
        }
    }
    closedir(processes);
}
