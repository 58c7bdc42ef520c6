#include "units.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include <labwatch/sys/text.h>

typedef struct unit {
    const char *name;
    double factor;
} unit;

static size_t number_length(const char *text, size_t length) {
    size_t n = 0;
    while (n < length && ((text[n] >= '0' && text[n] <= '9') || text[n] == '.'))
        n++;
    return n;
}

static size_t letters_length(const char *text, size_t length) {
    size_t n = 0;
    while (n < length && ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z')))
        n++;
    return n;
}

static const unit *find_unit(const unit *units, const char *name, size_t length) {
    for (; units->name; units++)
        if (strlen(units->name) == length && strncasecmp(units->name, name, length) == 0)
            return units;
    return NULL;
}

/* Reads one number and its unit at *at, blanks between them allowed. */
static bool read_part(const unit *units, const char *text, size_t length, size_t *at, double *out) {
    size_t digits = number_length(text + *at, length - *at);
    double number;
    if (digits == 0 || !lw_double_from_text(text + *at, digits, &number))
        return false;
    *at += digits;
    while (*at < length && text[*at] == ' ')
        ++*at;
    size_t letters = letters_length(text + *at, length - *at);
    const unit *found = find_unit(units, text + *at, letters);
    if (!found)
        return false;
    *at += letters;
    *out = number * found->factor;
    return true;
}

bool lw_duration_from_text(const char *text, size_t length, double *seconds) {
    static const unit units[] = {{"s", 1},    {"", 1},     {"sec", 1},   {"ms", 1e-3},  {"m", 60},
                                 {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}, {NULL, 0}};
    double sum = 0;
    size_t at = 0;
    for (size_t parts = 0; at < length || parts == 0; parts++) {
        double part;
        size_t before = at;
        if (!read_part(units, text, length, &at, &part))
            return false;
        bool has_unit = letters_length(text + at - 1, 1) > 0;
        if (!has_unit && (before > 0 || at < length))
            return false; /* "1h30": minutes or seconds? */
        sum += part;
        while (at < length && text[at] == ' ')
            at++;
    }
    *seconds = sum;
    return isfinite(sum);
}

bool lw_size_from_text(const char *text, size_t length, uint64_t *bytes) {
    static const unit units[] = {{"", 1},
                                 {"B", 1},
                                 {"K", 1024.0},
                                 {"KiB", 1024.0},
                                 {"KB", 1e3},
                                 {"M", 1048576.0},
                                 {"MiB", 1048576.0},
                                 {"MB", 1e6},
                                 {"G", 1073741824},
                                 {"GiB", 1073741824},
                                 {"GB", 1e9},
                                 {"T", 1099511627776.0},
                                 {"TiB", 1099511627776.0},
                                 {"TB", 1e12},
                                 {NULL, 0}};
    size_t at = 0;
    double size;
    if (!read_part(units, text, length, &at, &size) || at != length || !(size < 9.2e18))
        return false;
    *bytes = (uint64_t)size;
    return true;
}
