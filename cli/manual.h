/**
 * The manual page labwatch(1), made from the table of verbs.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include <stdio.h>

void manual_print(FILE *out);

#endif
