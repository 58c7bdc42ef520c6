/**
 * The parameters of a space as a table.
 */
#ifndef CLI_SPACE_TABLE_H
#define CLI_SPACE_TABLE_H

#include <stdio.h>

#include <labwatch/space.h>

/** Prints parameters, constants and constraints. */
void space_table_print(const lw_space *space, FILE *out);

#endif
