#include "world/port.h"

#include "base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel answers for its own addresses within microseconds, a busy one a little later. */
#define ANSWERS_WITHIN_MS 5

static enum port_answer await_answer(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int failure = 0;
    socklen_t length = sizeof failure;
    if (poll(&wait, 1, ANSWERS_WITHIN_MS) != 1 ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length) < 0) {
        return PORT_SILENT;
    }
    if (failure == 0) {
        return PORT_ACCEPTS;
    }
    return failure == ECONNREFUSED ? PORT_REFUSES : PORT_SILENT;
}

enum port_answer port_ask(uint32_t address, uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return PORT_SILENT;
    }
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(address),
    };
    enum port_answer answer = PORT_SILENT;
    if (connect(fd, (const struct sockaddr *)&where, sizeof where) == 0) {
        answer = PORT_ACCEPTS;
    } else if (errno == ECONNREFUSED) {
        answer = PORT_REFUSES;
    } else if (errno == EINPROGRESS) {
        answer = await_answer(fd);
    }
    /* By a reset: nothing of it stays in the kernel's tables. */
    const struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    return answer;
}

#define TCP_LISTEN_STATE 0x0a

/* Columns of /proc/net/tcp: "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout
 * inode ...". */
enum { COLUMN_LOCAL = 1, COLUMN_STATE = 3, COLUMN_INODE = 9, COLUMNS };

static bool columns_of(char *line, char *ret_columns[COLUMNS + 1])
{
    char *rest = NULL;
    size_t count = 0;
    for (char *word = strtok_r(line, " \n", &rest); word != NULL && count <= COLUMN_INODE;
         word = strtok_r(NULL, " \n", &rest)) {
        ret_columns[count++] = word;
    }
    return count > COLUMN_INODE;
}

/* The inode of the listening socket on the port that this line tells of; 0 if it tells of something
 * else. */
static unsigned long inode_in(char *line, uint16_t port)
{
    char *columns[COLUMNS + 1];
    if (!columns_of(line, columns)) {
        return 0;
    }
    const char *colon = strrchr(columns[COLUMN_LOCAL], ':');
    if (colon == NULL || strtoul(colon + 1, NULL, 16) != port ||
        strtoul(columns[COLUMN_STATE], NULL, 16) != TCP_LISTEN_STATE) {
        return 0;
    }
    return strtoul(columns[COLUMN_INODE], NULL, 10);
}

static unsigned long listening_inode(const char *table, uint16_t port)
{
    FILE *file = fopen(table, "re");
    if (file == NULL) {
        return 0;
    }
    char line[512];
    unsigned long found = 0;
    while (found == 0 && fgets(line, sizeof line, file) != NULL) {
        found = inode_in(line, port);
    }
    (void)fclose(file);
    return found;
}

static bool process_holds(const char *pid, const char *socket_link)
{
    char path[300];
    struct text text;
    text_init(&text, path, sizeof path);
    text_printf(&text, "/proc/%s/fd", pid);
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

static void describe(const char *pid, struct text *ret_text)
{
    char path[300];
    char name[32] = "?";
    struct text text;
    text_init(&text, path, sizeof path);
    text_printf(&text, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(name, sizeof name, file) != NULL) {
            name[strcspn(name, "\n")] = '\0';
        }
        (void)fclose(file);
    }
    text_printf(ret_text, "process %s (%s)", pid, name);
}

void port_owner_text(uint16_t port, char ret_text[static PORT_OWNER_TEXT_MAX])
{
    struct text owner;
    text_init(&owner, ret_text, PORT_OWNER_TEXT_MAX);
    unsigned long inode = listening_inode("/proc/net/tcp", port);
    if (inode == 0) {
        inode = listening_inode("/proc/net/tcp6", port);
    }
    DIR *processes = inode == 0 ? NULL : opendir("/proc");
    if (processes == NULL) {
        text_add(&owner, "another process");
        return;
    }
    char socket_link[64];
    struct text text;
    text_init(&text, socket_link, sizeof socket_link);
    text_printf(&text, "socket:[%lu]", inode);
    const struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) && process_holds(entry->d_name, socket_link)) {
            describe(entry->d_name, &owner);
            break;
        }
    }
    closedir(processes);
    if (owner.length == 0) {
        text_add(&owner, "another process");
    }
}

/* Bound, not listening: the port is ours until the descriptor is closed, and free at once after it.
 */
static int bind_any(uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof address;
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

int port_find_free(uint16_t *ret_ports, size_t count, struct error *reterr)
{
    int *fds = calloc(count, sizeof *fds);
    size_t bound = 0;
    int status = 0;
    while (fds != NULL && bound < count && (fds[bound] = bind_any(&ret_ports[bound])) >= 0) {
        bound++;
    }
    if (bound < count) {
        status = error_os(reterr, errno, "cannot find %zu free ports", count);
    }
    for (size_t i = 0; i < bound; i++) { /* only now, so that all are different */
        close(fds[i]);
    }
    free(fds);
    return status;
}
