#include "world/node_places.h"

#include "base/check.h"
#include "world/port.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const char *host_of(const struct scenario_url *url)
{
    return url->host != NULL && url->host[0] != '\0' ? url->host : "127.0.0.1";
}

static int find_address(const char *host, uint32_t *ret_address, struct error *reterr)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (strcmp(host, "localhost") == 0) { /* whatever /etc/hosts of a namespace says */
        *ret_address = INADDR_LOOPBACK;
        return 0;
    }
    int failure = getaddrinfo(host, NULL, &hints, &found);
    if (failure != 0) {
        return error_plain(reterr, "cannot find an IPv4 address of '%s': %s", host,
                           gai_strerror(failure));
    }
    *ret_address =
        ntohl(((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr.s_addr);
    freeaddrinfo(found);
    return 0;
}

const char *node_places_address_text(struct arena *arena, uint32_t address)
{
    return arena_printf(arena, "%u.%u.%u.%u", address >> 24, address >> 16 & 0xff,
                        address >> 8 & 0xff, address & 0xff);
}

static const char *numeric(struct arena *arena, uint32_t address, unsigned port)
{
    return arena_printf(arena, "%s:%u", node_places_address_text(arena, address), port);
}

/* As the URL says; port is that of the node where no URL was made of it. */
static int place_of(struct node_place *place,
                    const struct scenario_url *url,
                    uint16_t port,
                    struct arena *arena,
                    struct error *reterr)
{
    *place = (struct node_place){.prefix = url->prefix != NULL ? url->prefix : "", .port = port};
    if (find_address(host_of(url), &place->address, reterr) < 0) {
        return -1;
    }
    place->authority = arena_printf(arena, "%s:%u", host_of(url), port);
    return 0;
}

static void complete(struct node_place *place, struct arena *arena)
{
    const char *numbers = numeric(arena, place->address, place->port);
    place->is_direct = strcmp(numbers, place->authority) == 0;
    place->url = arena_printf(arena, "http://%s%s", numbers, place->prefix);
}

static void move(struct node_place *place, uint32_t address, uint16_t port)
{
    place->address = address;
    place->port = port;
}

/* The one of the two that is not as the scenario says. */
static void
hide(struct node_place *seen, struct node_place *own, enum node_kind kind, uint16_t free_port)
{
    uint16_t port = kind == NODE_EXTERNAL ? free_port : seen->port;
    if (kind != NODE_EXTERNAL) {
        own->port = free_port;
    }
    move(seen, INADDR_LOOPBACK, port); /* there the proxy listens */
}

/* Whoever is reached elsewhere than the scenario says goes by numbers, except where a server may
   want to hear its name. */
static void name_again(struct node_place *place, enum node_kind kind, struct arena *arena)
{
    if (kind != NODE_EXTERNAL) {
        place->authority = numeric(arena, place->address, place->port);
    }
    complete(place, arena);
}

static int hide_nodes(struct node_place *seen,
                      struct node_place *own,
                      const struct scenario *scenario,
                      struct arena *arena,
                      struct error *reterr)
{
    uint16_t *ports = ARENA_ARRAY(arena, uint16_t, scenario->node_count + 1);
    if (port_find_free(ports, scenario->node_count, reterr) < 0) {
        return -1;
    }
    for (size_t i = 0; i < scenario->node_count; i++) {
        hide(&seen[i], &own[i], scenario->nodes[i].kind, ports[i]);
    }
    return 0;
}

static int find_places(struct node_place *seen,
                       const struct scenario *scenario,
                       struct arena *arena,
                       struct error *reterr)
{
    for (size_t i = 0; i < scenario->process_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        if (place_of(&seen[i], &node->url, node->port, arena, reterr) < 0) {
            return -1;
        }
    }
    struct node_place *direct = &seen[scenario->process_count];
    if (scenario->client.profile != PROFILE_DIRECT) {
        return 0;
    }
    return place_of(direct, &scenario->client.direct, scenario->client.direct.port, arena, reterr);
}

int node_places_init(struct node_places *places,
                     const struct scenario *scenario,
                     const struct node_networks *networks,
                     bool behind_proxy,
                     struct arena *arena,
                     struct error *reterr)
{
    size_t count = scenario->process_count;
    struct node_place *seen = ARENA_ARRAY(arena, struct node_place, count + 1);
    struct node_place *own = ARENA_ARRAY(arena, struct node_place, count + 1);
    if (find_places(seen, scenario, arena, reterr) < 0) {
        return -1;
    }
    memcpy(own, seen, count * sizeof *own);
    for (size_t i = 0; networks != NULL && i < scenario->node_count; i++) {
        own[i].address = node_networks_address(networks, (uint16_t)i);
        seen[i].address = INADDR_LOOPBACK;
    }
    if (networks == NULL && behind_proxy && hide_nodes(seen, own, scenario, arena, reterr) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        name_again(&seen[i], scenario->nodes[i].kind, arena);
        name_again(&own[i], scenario->nodes[i].kind, arena);
    }
    if (scenario->client.profile == PROFILE_DIRECT) {
        complete(&seen[count], arena);
    }
    *places = (struct node_places){.seen = seen,
                                   .own = own,
                                   .networks = networks,
                                   .node_count = scenario->node_count,
                                   .process_count = count};
    return 0;
}

uint32_t node_places_listening(const struct node_places *places, uint16_t process)
{
    bool is_service = process >= places->node_count;

    return is_service && places->networks != NULL ? INADDR_ANY : places->own[process].address;
}

/* Services live in our namespace, the other end of every node's wire. */
uint32_t node_places_reached(const struct node_places *places, uint16_t from, uint16_t to)
{
    bool is_way_home = from < places->node_count && to >= places->node_count;

    return is_way_home && places->networks != NULL
               ? node_networks_home_address(places->networks, from)
               : places->own[to].address;
}

const struct node_place *node_places_seen(const struct node_places *places, uint16_t node)
{
    CHECK(node == NODE_NONE || node < places->process_count);
    return &places->seen[node == NODE_NONE ? places->process_count : node];
}
