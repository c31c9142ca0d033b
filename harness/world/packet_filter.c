#include "world/packet_filter.h"

#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#define COMMAND_MAX 1024

struct packet_filter {
    struct nft_ctx *context;
};

static int run(struct packet_filter *filter, const struct text *command, struct error *reterr)
{
    if (command->overflowed) {
        return error_plain(reterr, "a packet filter command is too long");
    }
    if (nft_run_cmd_from_buffer(filter->context, command->data) == 0) {
        return 0;
    }
    const char *why = nft_ctx_get_error_buffer(filter->context);
    return error_plain(reterr, "the packet filter refused a rule: %.*s", (int)strcspn(why, "\n"),
                       why);
}

/* Where there is no such socket, the library would end our process instead of telling us. */
static int find_kernel_part(struct error *reterr)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (fd < 0) {
        return error_os(reterr, errno, "the kernel offers no packet filter");
    }
    close(fd);
    return 0;
}

struct packet_filter *packet_filter_new(struct error *reterr)
{
    if (find_kernel_part(reterr) < 0) {
        return NULL;
    }
    char buffer[COMMAND_MAX];
    struct text command;
    struct packet_filter *filter = calloc(1, sizeof *filter);
    if (filter == NULL) {
        (void)error_plain(reterr, "out of memory");
        return NULL;
    }
    filter->context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (filter->context == NULL) {
        (void)error_plain(reterr, "libnftables cannot be used");
        return packet_filter_free(filter);
    }
    nft_ctx_buffer_output(filter->context);
    nft_ctx_buffer_error(filter->context);
    nft_ctx_output_set_flags(filter->context, NFT_CTX_OUTPUT_JSON);
    text_init(&command, buffer, sizeof buffer);
    text_add(&command, "add table inet bascule");
    return run(filter, &command, reterr) < 0 ? packet_filter_free(filter) : filter;
}

struct packet_filter *packet_filter_free(struct packet_filter *filter)
{
    if (filter == NULL) {
        return NULL;
    }
    if (filter->context != NULL) { /* the rules themselves vanish with the namespace */
        nft_ctx_free(filter->context);
    }
    free(filter);
    return NULL;
}

/* ---- between clients and a node: all on loopback ---- */

/* Both directions of a loopback connection pass the input hook: to the node by its port as
   destination, from it by its port as source. The client's port is the other one. */
static void add_rule(
    struct text *command, uint32_t number, const char *node_side, uint16_t port, uint32_t of_ppm)
{
    const char *client_side = node_side[0] == 'd' ? "sport" : "dport";
    text_printf(command, "add rule inet bascule c%u iifname \"lo\" tcp %s %u ", number, node_side,
                port);
    if (of_ppm < RATIO_ONE) {
        /* With a drawn seed each, the two directions would choose different connections. */
        text_printf(command, "jhash tcp %s mod 1000000 seed 0x%x < %u ", client_side, number + 1,
                    of_ppm);
    }
    text_printf(command, "counter name n%u drop\n", number);
}

int packet_filter_drop(struct packet_filter *filter,
                       uint32_t number,
                       uint16_t port,
                       enum direction direction,
                       uint32_t of_ppm,
                       struct error *reterr)
{
    char buffer[COMMAND_MAX];
    struct text command;
    text_init(&command, buffer, sizeof buffer);
    text_printf(&command, "add counter inet bascule n%u\n", number);
    text_printf(&command, "add chain inet bascule c%u { type filter hook input priority 0; }\n",
                number);
    if (direction != DIRECTION_OUT) {
        add_rule(&command, number, "dport", port, of_ppm);
    }
    if (direction != DIRECTION_IN) {
        add_rule(&command, number, "sport", port, of_ppm);
    }
    return run(filter, &command, reterr);
}

/* ---- between nodes: what is routed ---- */

#define EVERY_GROUP GROUP_NONE

#define ELEMENT_MAX 20 /* "255.255.255.255, " */
#define GROUP_MAX   200

static bool is_in(const struct packet_filter_parts *parts, uint16_t node, uint8_t group)
{
    return parts->groups[node] != GROUP_NONE &&
           (group == EVERY_GROUP || parts->groups[node] == group);
}

static void add_group_set(struct text *command,
                          uint32_t number,
                          const struct packet_filter_parts *parts,
                          uint8_t group)
{
    const char *before = "";
    text_printf(command, "add set inet bascule s%u_%u { type ipv4_addr; }\n", number, group);
    for (uint16_t node = 0; node < parts->node_count; node++) {
        if (!is_in(parts, node, group)) {
            continue;
        }
        uint32_t address = node_networks_address(parts->networks, node);
        if (before[0] == '\0') {
            text_printf(command, "add element inet bascule s%u_%u { ", number, group);
        }
        text_printf(command, "%s%u.%u.%u.%u", before, address >> 24, address >> 16 & 0xff,
                    address >> 8 & 0xff, address & 0xff);
        before = ", ";
    }
    if (before[0] != '\0') {
        text_add(command, " }\n");
    }
}

static void add_part_rules(struct text *command,
                           uint32_t number,
                           const struct packet_filter_parts *parts,
                           uint8_t group_count)
{
    unsigned from = parts->direction == DIRECTION_OUT ? 0 : EVERY_GROUP;
    unsigned to = parts->direction == DIRECTION_IN ? 0 : EVERY_GROUP;
    text_printf(command, "add chain inet bascule c%u { type filter hook forward priority 0; }\n",
                number);
    /* Accepted by this chain only: another partition's has its own say. */
    for (uint8_t group = 0; group < group_count; group++) {
        text_printf(command, "add rule inet bascule c%u ip saddr @s%u_%u ip daddr @s%u_%u accept\n",
                    number, number, group, number, group);
    }
    text_printf(command,
                "add rule inet bascule c%u ip saddr @s%u_%u ip daddr @s%u_%u counter name n%u drop",
                number, number, from, number, to, number);
}

int packet_filter_part(struct packet_filter *filter,
                       uint32_t number,
                       const struct packet_filter_parts *parts,
                       struct error *reterr)
{
    struct text command;
    uint8_t group_count = 0;
    for (uint16_t node = 0; node < parts->node_count; node++) {
        if (parts->groups[node] != GROUP_NONE && parts->groups[node] >= group_count) {
            group_count = (uint8_t)(parts->groups[node] + 1);
        }
    }
    size_t size =
        COMMAND_MAX + group_count * (size_t)GROUP_MAX + 2 * (size_t)parts->node_count * ELEMENT_MAX;
    char *buffer = malloc(size);
    if (buffer == NULL) {
        return error_plain(reterr, "out of memory");
    }
    text_init(&command, buffer, size);
    text_printf(&command, "add counter inet bascule n%u\n", number);
    add_group_set(&command, number, parts, EVERY_GROUP);
    for (uint8_t group = 0; group < group_count; group++) {
        add_group_set(&command, number, parts, group);
    }
    add_part_rules(&command, number, parts, group_count);
    int status = run(filter, &command, reterr);
    free(buffer);
    return status;
}

/* ---- undone, and counted ---- */

static json_int_t packets_in(const json_t *answer)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(answer, "nftables"), i, item)
    {
        const json_t *counter = json_object_get(item, "counter");
        if (counter != NULL) {
            return json_integer_value(json_object_get(counter, "packets"));
        }
    }
    return -1;
}

static int read_counter(struct packet_filter *filter,
                        uint32_t number,
                        uint64_t *ret_packets,
                        struct error *reterr)
{
    char buffer[COMMAND_MAX];
    struct text command;
    text_init(&command, buffer, sizeof buffer);
    text_printf(&command, "list counter inet bascule n%u", number);
    if (run(filter, &command, reterr) < 0) {
        return -1;
    }
    json_t *answer = json_loads(nft_ctx_get_output_buffer(filter->context), 0, NULL);
    json_int_t packets = packets_in(answer);
    json_decref(answer);
    if (packets < 0) {
        return error_plain(reterr, "the packet filter does not tell what it dropped");
    }
    *ret_packets = (uint64_t)packets;
    return 0;
}

int packet_filter_pass(struct packet_filter *filter,
                       uint32_t number,
                       uint64_t *ret_packets,
                       struct error *reterr)
{
    char buffer[COMMAND_MAX];
    struct text command;
    text_init(&command, buffer, sizeof buffer);
    text_printf(&command, "flush chain inet bascule c%u\ndelete chain inet bascule c%u", number,
                number);
    if (run(filter, &command, reterr) < 0 ||
        read_counter(filter, number, ret_packets, reterr) < 0) {
        return -1;
    }
    text_init(&command, buffer, sizeof buffer);
    text_printf(&command, "delete counter inet bascule n%u", number);
    return run(filter, &command, reterr);
}

/* ---- tried ---- */

/* Half of the connections: the rule with all that ours are made of. Nobody has port 0. */
int packet_filter_try(struct error *reterr)
{
    uint64_t packets;
    struct packet_filter *filter = packet_filter_new(reterr);
    if (filter == NULL) {
        return -1;
    }
    int status = packet_filter_drop(filter, 0, 0, DIRECTION_BOTH, RATIO_ONE / 2, reterr) < 0 ||
                         packet_filter_pass(filter, 0, &packets, reterr) < 0
                     ? -1
                     : 0;
    packet_filter_free(filter);
    return status;
}
