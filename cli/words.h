/**
 * The words of the command line, without leaving passwords where everybody on the machine can read them.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stddef.h>

/**
 * Copies the words, and takes the secrets in URLs out of the originals, which other users see in lists of processes.
 * Yours to words_free.
 */
char **words_take(char **originals, size_t n);
/** The list may be in another order than it was. */
void words_free(char **words, size_t n);

#endif
