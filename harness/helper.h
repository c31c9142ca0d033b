/* What bascule's helper programs, the stub and the proxy, have in common: they are started by
   bascule with a control socket, die with it, and are of no use by hand. It refuses to know what
   they do. The only code below a main() that prints. */
#ifndef BASCULE_HELPER_H
#define BASCULE_HELPER_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct helper {
    const char *name; /* of the program */
    const char *usage;
    int control_fd; /* its end of a SOCK_SEQPACKET pair */
    /* Works until it is to end. -1 and no text: whoever has to know was told already. */
    int (*serve)(uint32_t descriptor_max, struct error *reterr);
};

/* All of main(); gives the exit status. */
int helper_main(const struct helper *helper, int argc, char **argv);

/* One record a packet, its version in front. Gives 1 with a record, 0 when the harness is gone, -1
   when there is none yet (it does not wait) or when the packet is wrong: then *reterr is set. */
int helper_receive(
    int control_fd, void *ret_record, size_t size, uint32_t version, struct error *reterr);

/* A harness that is gone is no error: the next receive tells. */
void helper_send(int control_fd, const void *record, size_t size);

#endif
