/**
 * Lists and mappings as values of an expression.
 */
#ifndef LABWATCH_EXPRESSION_DOCUMENT_H
#define LABWATCH_EXPRESSION_DOCUMENT_H

#include <labwatch/document.h>

/**
 * The text of a list or mapping at the iterator by which expressions compare it: its JSON, without spaces between the
 * signs. Yours to lw_free; NULL when out of memory.
 */
char *lw_expression_document(const bson_iter_t *value);

#endif
