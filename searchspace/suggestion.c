#include <stdio.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "suggestion.h"

enum { LONGEST_WORD = 100 };
enum { MOST_CANDIDATES = 20000 }; /* each is compared letter by letter */

/* Without memory there is no suggestion, and nothing else is wrong. */
lw_suggestion lw_suggest(const char *word, size_t length, lw_candidate_fn *candidate, void *self) {
    lw_suggestion suggestion = {""};
    if (!candidate || length > LONGEST_WORD)
        return suggestion;
    char whole[LONGEST_WORD + 1];
    snprintf(whole, sizeof whole, "%.*s", (int)length, word);
    const char **names = NULL;
    size_t count = 0, capacity = 0;
    for (const char *name; count < MOST_CANDIDATES && (name = candidate(self, count)); count++) {
        if (!lw_array_reserve(&names, &capacity, count, sizeof *names))
            break;
        names[count] = name;
    }
    int nearest = count > 0 ? lw_nearest(whole, names, count) : -1;
    if (nearest >= 0)
        snprintf(suggestion.text, sizeof suggestion.text, "; did you mean '%.*s'?", LONGEST_WORD, names[nearest]);
    lw_free(names);
    return suggestion;
}
