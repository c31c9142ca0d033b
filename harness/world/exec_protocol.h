/* The lines that a client program is given (bascule-client/1, docs/your-client.md); what it answers
   is read by exec_line.h. It refuses to know processes and clocks. */
#ifndef BASCULE_WORLD_EXEC_PROTOCOL_H
#define BASCULE_WORLD_EXEC_PROTOCOL_H

#include "base/arena.h"
#include "base/text.h"
#include "scenario/scenario.h"
#include "world/http_client_message.h"
#include "world/world.h"

#include <stdint.h>

#define EXEC_ORDER_MAX 256 /* bytes of what is added to a text below, the NUL included */

/* What is written below ends in a line feed. */

/* urls: by node, as the client is to ask it. options: a JSON object. */
const char *exec_protocol_start(struct arena *arena,
                                const struct scenario *scenario,
                                const char *const *urls,
                                const char *options);
/* All requests of one kind: the line cut where their number stands. */
struct http_client_body
exec_protocol_request(struct arena *arena, const struct traffic_request *request, uint32_t run);
/* interval goes into the path, as the nodes take it. */
const char *
exec_protocol_stream(struct arena *arena, uint32_t stream, const struct traffic_stream *what);
void exec_protocol_cancel(struct text *text, uint32_t request);
/* node: of SWITCH. */
void exec_protocol_order(struct text *text, enum client_order_kind order, const char *node);
void exec_protocol_close(struct text *text, uint32_t stream);
void exec_protocol_stop(struct text *text);

#endif
