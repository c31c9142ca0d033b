/* The program as a function: arguments in, exit status out. */
#ifndef BASCULE_CLI_CLI_H
#define BASCULE_CLI_CLI_H

/* Also sees to it that what went to stdout arrived there. */
int cli_main(int argc, const char *const *argv);

#endif
