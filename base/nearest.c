#include <string.h>

#include <labwatch/sys/text.h>

/* Nobody mistypes longer names by hand; the rows of the distance fit on the stack. */
enum { LONGEST_WORD = 127 };

typedef size_t distance_row[LONGEST_WORD + 1];

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/*
 * How many bytes must be put in, taken out, replaced or exchanged with their neighbour to make b of a
 * ("optimal string alignment").
 */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    distance_row rows[3]; /* of the last three prefixes of a, in turn */
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, replaced);
            bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (exchanged && two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    return rows[a_length % 3][b_length];
}

int lw_nearest(const char *word, const char *const *candidates, size_t count) {
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST_WORD)
        return -1;
    size_t nearest_distance = length / 3 + 2; /* one more than is allowed */
    int nearest = -1;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > LONGEST_WORD)
            continue;
        size_t distance = edit_distance(word, length, candidates[i], candidate_length);
        if (distance >= length)
            continue; /* nothing of the word is left */
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = (int)i;
        }
    }
    return nearest;
}
