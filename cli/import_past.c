#include "import_past.h"

#include <string.h>
#include <time.h>

#include <labwatch/sys/text.h>

/* Digits behind the point of a second, as milliseconds; what is finer is cut off. */
static const char *read_fraction(const char *at, int64_t *ms) {
    int64_t unit = 100;
    for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
        *ms += (*at - '0') * unit;
    return at;
}

bool time_from_text(const char *text, int64_t *ms) {
    struct tm given = {0};
    int64_t fraction = 0;
    const char *at = strptime(text, strchr(text, 'T') ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &given);
    if (!at || given.tm_sec > 59)
        return false;
    if (at[0] == '.' && at[1] >= '0' && at[1] <= '9')
        at = read_fraction(at, &fraction);
    if (*at == 'Z')
        at++;
    struct tm normal = given;
    time_t seconds = timegm(&normal);
    *ms = (int64_t)seconds * 1000 + fraction;
    return !*at && normal.tm_mday == given.tm_mday; /* no 31st of February */
}

static int read_time(int64_t *ms, const char *name, const char *text, lw_error *error) {
    if (time_from_text(text, ms))
        return LW_OK;
    return lw_error_set(error, LW_EINVAL, "the %s '%s' is no date and time in UTC, such as 2026-11-21T13:38:42Z", name,
                        text);
}

static int read_integer(int64_t *value, int64_t least, const char *name, const char *text, lw_error *error) {
    if (lw_int64_from_text(text, strlen(text), value) && *value >= least && *value <= INT32_MAX)
        return LW_OK;
    return lw_error_set(error, LW_EINVAL, "the %s '%s' is no whole number from %d to %d", name, text, (int)least,
                        INT32_MAX);
}

int import_past_read(import_row *row, const char *name, const char *text, lw_error *error) {
    int64_t attempt;
    int code = LW_OK;
    if (strcmp(name, "start_time") == 0) {
        code = read_time(&row->past.start_ms, name, text, error);
    } else if (strcmp(name, "stop_time") == 0) {
        code = read_time(&row->past.stop_ms, name, text, error);
    } else if (strcmp(name, "duration") == 0) {
        if (!lw_double_from_text(text, strlen(text), &row->duration_s) ||
            !(row->duration_s >= 0 && row->duration_s <= 1e9))
            code = lw_error_set(error, LW_EINVAL, "the duration '%s' is no number of seconds", text);
    } else if (strcmp(name, "seed") == 0) {
        code = read_integer(&row->past.seed, 0, name, text, error);
    } else {
        code = read_integer(&attempt, 1, name, text, error);
        row->past.attempt = code == LW_OK ? (int32_t)attempt : 0;
    }
    if (code == LW_OK && row->past.start_ms != LW_NO_TIME && row->past.stop_ms != LW_NO_TIME &&
        row->past.stop_ms < row->past.start_ms)
        code = lw_error_set(error, LW_EINVAL, "the stop_time is before the start_time");
    return code;
}
