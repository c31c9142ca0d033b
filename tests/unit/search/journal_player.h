/* One command of a script of journals: an event, or what else the invariants are told of. It
   refuses to know lines and scenarios. */
#ifndef BASCULE_TESTS_JOURNAL_PLAYER_H
#define BASCULE_TESTS_JOURNAL_PLAYER_H

#include "sim/search/invariants.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAYER_ATTEMPTS_MAX 512
#define PLAYER_REQUESTS_MAX 200 /* 10/s for 20 s */
#define PLAYER_WORDS_MAX    8

/* The scenario's faults, in this order, and their words. */
enum { PLAYER_FAULTS = 4 };
extern const enum fault_kind player_faults[PLAYER_FAULTS];

struct played_attempt {
    uint32_t request;
    uint16_t node;
};

struct played_request {
    uint32_t attempt; /* that ended last */
    uint16_t attempts;
    uint16_t status;
    uint16_t node;
    enum outcome outcome;
    bool answered; /* and so it was executed */
};

struct player {
    struct invariants *invariants;
    struct played_attempt attempts[PLAYER_ATTEMPTS_MAX];
    struct played_request requests[PLAYER_REQUESTS_MAX];
    nanos now;
    nanos at; /* of the next event, if another time is meant */
    bool at_other;
    const char *words[PLAYER_WORDS_MAX]; /* after the time; "" where there are no more */
};

/* Tells of it at `now`, or at the time that was said for it. */
void player_tell(struct player *player, struct event event);
/* Does what the words say; fails the test where that is no command. */
void player_do(struct player *player);

#endif
