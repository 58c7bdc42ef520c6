/**
 * Text as one word of other programs' languages, so that nothing in it is taken for more than text.
 */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include <stdbool.h>

#include <labwatch/sys/text.h>

/** For a POSIX shell: in single quotes, unless every character is harmless. */
void quote_for_shell(lw_text *out, const char *bytes, size_t length);
/** A word of an experiment's command: quoted only where the reader of commands, or a shell, would split or change it. */
void quote_for_command(lw_text *out, const char *word);
/** For xargs: quotes as it understands them (they may not hold a newline, which `\` protects). */
void quote_for_xargs(lw_text *out, const char *bytes, size_t length);
/** A field of CSV (RFC 4180). */
void quote_for_csv(lw_text *out, const char *bytes, size_t length);
/** A scalar of YAML: plain where every reader takes it for text, else a JSON string. */
void quote_for_yaml(lw_text *out, const char *bytes, size_t length);

#endif
