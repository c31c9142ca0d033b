/* A policy driven by a transcript: the test writes down what goes in and what must come out, line
   by line.

   Input lines begin with "@" and a time in milliseconds ("@20", "@+20" after the line before,
   "@next" when the policy next wants to be called); lines that begin with two blanks are what the
   policy answers. Deadlines that pass on the way to an input are given to the policy by themselves,
   and show as "@1500 time". Nodes are A, B, C...; attempts are numbered from 0.

     request N [post] [due MS]      ended N 200|503|refused|reset|reset unsent|... [retry S]
                                    [reused] [begun]: over a kept connection; some came back
     cancel N: its caller gives up
     headers N 200                  switch B | isolate B | release B | reset | wait
     call N [refused|500|...]       a request whose first attempt ends so at once, all others with
   200
*/
#ifndef BASCULE_TESTS_CLIENT_SCRIPT_H
#define BASCULE_TESTS_CLIENT_SCRIPT_H

#include "core/client/policy.h"

/* The documented defaults of that profile, but without health checks. */
struct client_settings script_settings(enum client_profile profile);
struct client_settings script_settings_probed(enum client_profile profile);

/* Fails the test, showing both transcripts, unless they are equal. */
void script_run(const struct client_settings *settings, uint16_t node_count, const char *script);

#endif
