#include "world/http_client_list.h"

#include "base/check.h"
#include "world/http_client_attempt.h"

#include <stddef.h>

void http_client_list_remove(struct http_client_attempt *attempt)
{
    struct http_client_list *list = attempt->list;
    if (list == NULL) {
        return;
    }
    *(attempt->previous != NULL ? &attempt->previous->next : &list->first) = attempt->next;
    *(attempt->next != NULL ? &attempt->next->previous : &list->last) = attempt->previous;
    attempt->list = NULL;
    attempt->next = NULL;
    attempt->previous = NULL;
}

void http_client_list_insert(struct http_client_list *list,
                             struct http_client_attempt *after,
                             struct http_client_attempt *attempt)
{
    CHECK(attempt->list == NULL);
    attempt->list = list;
    attempt->previous = after;
    attempt->next = after != NULL ? after->next : list->first;
    *(after != NULL ? &after->next : &list->first) = attempt;
    *(attempt->next != NULL ? &attempt->next->previous : &list->last) = attempt;
}
