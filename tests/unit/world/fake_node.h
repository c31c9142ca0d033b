/* A node for the tests of the supervisor and the injector: the test program itself, started once
   more in the place of bascule-stub, that speaks the control channel and plays one part. */
#ifndef BASCULE_TESTS_WORLD_FAKE_NODE_H
#define BASCULE_TESTS_WORLD_FAKE_NODE_H

/* Hits that FAKE_NODE_COUNTS writes into its log for each behaviour that is set. */
#define FAKE_NODE_HITS 7

enum fake_node {
    FAKE_NODE_OBEYS,      /* listens, says so, acknowledges orders */
    FAKE_NODE_COUNTS,     /* and has hits at once */
    FAKE_NODE_HESITATES,  /* acknowledges a behaviour only when it is told to clear it */
    FAKE_NODE_ACKS_DYING, /* ends with the acknowledgement of its first order */
    FAKE_NODE_DIES,       /* ends with its first order, without a word */
    FAKE_NODE_STARTS,     /* never says that it is ready */
    FAKE_NODE_LIES,       /* says it is ready, and listens nowhere */
    FAKE_NODE_FAILS,      /* says that its port is taken, and ends */
};

/* First in main: in a process that was started as a node this does not return. */
void fake_node_main(void);

/* What the nodes that are started from now on play. */
void fake_node_play(enum fake_node part);

/* The path of the program that can be a node: this one. */
const char *fake_node_program(void);

#endif
