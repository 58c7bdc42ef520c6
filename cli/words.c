#include "words.h"

#include <string.h>

#include <labwatch/store.h>
#include <labwatch/sys/memory.h>

#include "say.h"

/* What is told of a URL is never longer than the URL. The bytes behind it are 0, which lists show as blanks. */
static void hide_secrets(char *word) {
    if (!strstr(word, "://"))
        return;
    size_t length = strlen(word);
    char *public_url = need(lw_store_public_url(word));
    size_t kept = strlen(public_url);
    if (kept < length) {
        memcpy(word, public_url, kept);
        memset(word + kept, 0, length - kept);
    }
    lw_free(public_url);
}

char **words_take(char **originals, size_t n) {
    char **words = need(lw_calloc(n + 1, sizeof *words));
    for (size_t i = 0; i < n; i++) {
        words[i] = need(lw_strdup(originals[i]));
        hide_secrets(originals[i]);
    }
    return words;
}

void words_free(char **words, size_t n) {
    for (size_t i = 0; i < n; i++)
        lw_free(words[i]);
    lw_free(words);
}
