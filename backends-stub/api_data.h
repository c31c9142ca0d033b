/* The bodies of the stub's API, one function a route; it refuses to know paths and statuses. */
#ifndef BASCULE_STUB_API_DATA_H
#define BASCULE_STUB_API_DATA_H

#include "backends-stub/api.h"

#include <jansson.h>

struct api_call {
    struct api *api;
    const json_t *body; /* an object; NULL where the route takes none */
    const char *id;     /* the free part of the path, else "" */
};

/* Each gives a new reference, NULL only when memory is short. */
json_t *api_health(const struct api_call *call);
json_t *api_raft_status(const struct api_call *call);
json_t *api_raft_metrics(const struct api_call *call);
json_t *api_raft_chart(const struct api_call *call);
json_t *api_reservation_metrics(const struct api_call *call);
json_t *api_dashboard(const struct api_call *call);
json_t *api_providers(const struct api_call *call);
json_t *api_seats(const struct api_call *call);
json_t *api_user_reservations(const struct api_call *call);
json_t *api_admin_stats(const struct api_call *call);
json_t *api_login(const struct api_call *call);
json_t *api_reserve(const struct api_call *call);
json_t *api_cancel(const struct api_call *call);

#endif
