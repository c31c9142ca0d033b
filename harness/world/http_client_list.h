/* Attempts in a row, each on one list at most; it refuses to know what the lists are for. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_LIST_H
#define BASCULE_WORLD_HTTP_CLIENT_LIST_H

struct http_client_attempt;

struct http_client_list {
    struct http_client_attempt *first;
    struct http_client_attempt *last;
};

/* From whatever list it is on, if any. */
void http_client_list_remove(struct http_client_attempt *attempt);
/* Behind `after`, NULL: in front. */
void http_client_list_insert(struct http_client_list *list,
                             struct http_client_attempt *after,
                             struct http_client_attempt *attempt);

#endif
