/**
 * Writing all of a text to a file.
 */
#ifndef LABWATCH_WRITE_ALL_H
#define LABWATCH_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/** Goes on after short writes and signals. False with errno set if it fails. */
bool lw_write_all(int file, const char *bytes, size_t length);

#endif
