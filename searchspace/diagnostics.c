#include "diagnostics.h"

#include <stdio.h>
#include <stdlib.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

enum {
    SHOWN_CHARACTERS = 60,
    PROBLEMS_TOLD = 100,  /* nobody reads more */
    PROBLEMS_KEPT = 10000 /* while reading: they come in no order, and the first of the file are to be told */
};

static void add_place(lw_text *text, const char *source, lw_place place) {
    char *printable = lw_text_printable(source, strlen(source));
    if (!printable) {
        text->failed = true;
        return;
    }
    lw_text_add(text, printable);
    lw_free(printable);
    if (place.line > 0)
        lw_text_format(text, ":%zu:%zu", place.line, place.column);
    lw_text_add(text, ": ");
}

static void add_arguments(lw_text *text, const char *format, va_list arguments) {
    char message[sizeof((lw_error *)0)->message];
    int length = vsnprintf(message, sizeof message, format, arguments);
    if (length < 0) {
        text->failed = true;
        return;
    }
    size_t shown = strlen(message);
    lw_text_append(text, message, lw_utf8_invalid_at(message, shown)); /* not half a character where it was cut */
}

static void keep(lw_problems *problems, lw_place place, bool warning, char *message) {
    lw_diagnostics *found = &problems->found;
    if (!message || !lw_array_reserve(&found->items, &found->capacity, found->n, sizeof *found->items)) {
        lw_free(message);
        problems->no_memory = true;
        return;
    }
    found->items[found->n++] =
        (lw_diagnostic){.line = place.line, .column = place.column, .warning = warning, .message = message};
}

static void tell(lw_problems *problems, lw_place place, bool warning, const char *format, va_list arguments) {
    if (problems->found.n >= PROBLEMS_KEPT) {
        problems->n_dropped += !warning;
        return;
    }
    lw_text text = {0};
    add_place(&text, problems->source, place);
    if (warning)
        lw_text_add(&text, "warning: ");
    add_arguments(&text, format, arguments);
    keep(problems, place, warning, lw_text_take(&text));
}

void lw_problem(lw_problems *problems, lw_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    problems->n_errors++;
    tell(problems, place, false, format, arguments);
    va_end(arguments);
}

void lw_problem_warning(lw_problems *problems, lw_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(problems, place, true, format, arguments);
    va_end(arguments);
}

/* In the order of the file; equal places as they were told, which qsort alone would not promise. */
typedef struct ranked {
    lw_diagnostic item;
    size_t rank;
} ranked;

static int compare_sizes(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int compare_ranked(const void *a_pointer, const void *b_pointer) {
    const ranked *a = a_pointer, *b = b_pointer;
    int by_line = compare_sizes(a->item.line, b->item.line);
    if (by_line)
        return by_line;
    int by_column = compare_sizes(a->item.column, b->item.column);
    return by_column ? by_column : compare_sizes(a->rank, b->rank);
}

static bool sort(lw_diagnostics *found) {
    if (found->n < 2)
        return true;
    ranked *order = lw_calloc(found->n, sizeof *order);
    if (!order)
        return false;
    for (size_t i = 0; i < found->n; i++)
        order[i] = (ranked){found->items[i], i};
    qsort(order, found->n, sizeof *order, compare_ranked);
    for (size_t i = 0; i < found->n; i++)
        found->items[i] = order[i].item;
    lw_free(order);
    return true;
}

/* A mapping that is read for several spaces is complained about once. */
static void drop_repetitions(lw_problems *problems) {
    lw_diagnostics *found = &problems->found;
    size_t kept = 0;
    for (size_t i = 0; i < found->n; i++) {
        if (kept > 0 && strcmp(found->items[kept - 1].message, found->items[i].message) == 0) {
            problems->n_errors -= !found->items[i].warning;
            lw_free(found->items[i].message);
        } else {
            found->items[kept++] = found->items[i];
        }
    }
    found->n = kept;
}

/* Takes the items behind the first PROBLEMS_TOLD away and says how many errors were among them. */
static void cut(lw_problems *problems) {
    lw_diagnostics *found = &problems->found;
    size_t more = problems->n_dropped;
    while (found->n > PROBLEMS_TOLD) {
        lw_diagnostic *last = &found->items[--found->n];
        more += !last->warning;
        lw_free(last->message);
    }
    if (more == 0)
        return;
    lw_text text = {0};
    add_place(&text, problems->source, (lw_place){0});
    lw_text_format(&text, "and %zu more %s", more, more == 1 ? "error" : "errors");
    keep(problems, (lw_place){0}, false, lw_text_take(&text));
}

static int first_error(const lw_problems *problems, lw_error *error) {
    const lw_diagnostics *found = &problems->found;
    for (size_t i = 0; i < found->n; i++) {
        if (found->items[i].warning)
            continue;
        if (problems->n_errors == 1)
            return lw_error_set(error, LW_EPARSE, "%s", found->items[i].message);
        return lw_error_set(error, LW_EPARSE, "%s (and %zu more)", found->items[i].message, problems->n_errors - 1);
    }
    return LW_OK;
}

int lw_problems_finish(lw_problems *problems, lw_diagnostics *diagnostics, lw_error *error) {
    if (!problems->no_memory && !sort(&problems->found))
        problems->no_memory = true;
    if (!problems->no_memory) {
        drop_repetitions(problems);
        cut(problems);
    }
    int rc = problems->no_memory ? lw_error_no_memory(error) : first_error(problems, error);
    if (diagnostics && !problems->no_memory) {
        lw_diagnostics_release(diagnostics);
        *diagnostics = problems->found;
        problems->found = (lw_diagnostics){0};
    }
    lw_problems_release(problems);
    return rc;
}

void lw_problems_release(lw_problems *problems) {
    lw_diagnostics_release(&problems->found);
    *problems = (lw_problems){.source = problems->source};
}

void lw_diagnostics_release(lw_diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->n; i++)
        lw_free(diagnostics->items[i].message);
    lw_free(diagnostics->items);
    *diagnostics = (lw_diagnostics){0};
}

static size_t character_length(const char *bytes, size_t length) {
    for (size_t n = 1; n <= 4 && n <= length; n++)
        if (lw_utf8_invalid_at(bytes, n) == n)
            return n;
    return 0;
}

static bool is_control(const char *bytes, size_t length) {
    unsigned char first = (unsigned char)bytes[0], second = length > 1 ? (unsigned char)bytes[1] : 0;
    return first < 0x20 || first == 0x7F || (first == 0xC2 && second < 0xA0);
}

const char *lw_show(lw_shown *shown, const char *bytes, size_t length) {
    char *out = shown->bytes;
    size_t at = 0;
    for (size_t i = 0, characters = 0; i < length; characters++) {
        if (characters == SHOWN_CHARACTERS) {
            memcpy(out + at, "…", strlen("…"));
            at += strlen("…");
            break;
        }
        size_t n = character_length(bytes + i, length - i);
        if (n > 0 && !is_control(bytes + i, n)) {
            memcpy(out + at, bytes + i, n);
            at += n;
            i += n;
        } else {
            at += (size_t)snprintf(out + at, 5, "\\x%02X", (unsigned char)bytes[i]);
            i++;
        }
    }
    out[at] = '\0';
    return out;
}

const char *lw_did_you_mean(lw_shown *hint, const char *word, const char *const *candidates, size_t count) {
    int nearest = lw_nearest(word, candidates, count);
    hint->bytes[0] = '\0';
    if (nearest >= 0)
        snprintf(hint->bytes, sizeof hint->bytes, "; did you mean '%s'?", LW_SHOW(candidates[nearest]));
    return hint->bytes;
}
