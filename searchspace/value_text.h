/**
 * Values as messages, commands and digests see them.
 */
#ifndef LABWATCH_VALUE_TEXT_H
#define LABWATCH_VALUE_TEXT_H

#include <labwatch/sys/digest.h>
#include <labwatch/sys/text.h>
#include <labwatch/value.h>

/** A value in a message: text between quotes, cut where it is long, control characters as \xNN. */
typedef struct lw_value_text {
    char text[128];
} lw_value_text;

lw_value_text lw_value_show(lw_value value);

/** Appends the value as commands get it where the user's spelling is not known. */
void lw_value_spell(lw_text *out, lw_value value);

/**
 * Adds the value, the same for values that lw_value_equal calls equal. key is a digest of what it is the value of, or 0
 * where that is added otherwise.
 */
void lw_value_digest(lw_digest *digest, uint64_t key, lw_value value);

#endif
