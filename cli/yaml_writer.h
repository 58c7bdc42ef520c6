/**
 * Documents as YAML.
 */
#ifndef CLI_YAML_WRITER_H
#define CLI_YAML_WRITER_H

#include <bson/bson.h>

#include <labwatch/sys/text.h>

/** Appends the document as a block, each line behind indent blanks. */
void yaml_add_document(lw_text *out, const bson_t *document, size_t indent);

#endif
