/**
 * Options and operands whose value is JSON.
 */
#ifndef CLI_JSON_OPTION_H
#define CLI_JSON_OPTION_H

#include <bson/bson.h>

/** Reads a JSON object; what is what messages call it. An exit code; *out is yours to bson_destroy on success. */
int read_json(bson_t *out, const char *text, size_t length, const char *what);

#endif
