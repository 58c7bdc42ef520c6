/* Ids as text: "3,7-9". */
#include <inttypes.h>
#include <string.h>

#include <labwatch/run.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* More than any view names; a forged range must not take all memory. */
enum { MOST_IDS = 1 << 24 };

char *lw_ids_to_text(const int64_t *ids, size_t n) {
    lw_text text = {0};
    for (size_t i = 0; i < n;) {
        size_t last = i;
        while (last + 1 < n && ids[last + 1] == ids[last] + 1)
            last++;
        lw_text_format(&text, i == 0 ? "%" PRId64 : ",%" PRId64, ids[i]);
        if (last > i)
            lw_text_format(&text, "-%" PRId64, ids[last]);
        i = last + 1;
    }
    return lw_text_take(&text);
}

typedef struct id_list {
    int64_t *items;
    size_t n, capacity;
} id_list;

static int not_ids(const char *text, lw_error *error) {
    return lw_error_set(error, LW_EPARSE, "'%.64s' is no list of ascending run ids, such as 3,7-9", text);
}

static int append_range(id_list *list, int64_t first, int64_t last, lw_error *error) {
    if (last - first >= MOST_IDS || list->n + (size_t)(last - first) >= MOST_IDS)
        return lw_error_set(error, LW_EPARSE, "the ids %" PRId64 "-%" PRId64 " are too many", first, last);
    for (int64_t id = first;; id++) {
        if (!lw_array_reserve(&list->items, &list->capacity, list->n, sizeof *list->items))
            return lw_error_no_memory(error);
        list->items[list->n++] = id;
        if (id == last)
            return LW_OK;
    }
}

/* One id or range of length characters at part. */
static int append_part(id_list *list, const char *part, size_t length, lw_error *error) {
    const char *dash = memchr(part, '-', length);
    size_t first_length = dash ? (size_t)(dash - part) : length;
    int64_t first, last;
    if (!lw_int64_from_text(part, first_length, &first))
        return not_ids(part, error);
    if (!dash)
        last = first;
    else if (!lw_int64_from_text(dash + 1, length - first_length - 1, &last))
        return not_ids(part, error);
    bool ascending = first > 0 && first <= last && (list->n == 0 || first > list->items[list->n - 1]);
    return ascending ? append_range(list, first, last, error) : not_ids(part, error);
}

int lw_ids_from_text(const char *text, int64_t **out, size_t *n, lw_error *error) {
    id_list list = {0};
    int code = LW_OK;
    for (const char *part = text; part && *part && code == LW_OK;) {
        size_t length = strcspn(part, ",");
        code = append_part(&list, part, length, error);
        if (code == LW_OK && part[length] == ',' && part[length + 1] == '\0')
            code = not_ids(part, error);
        part += length + (part[length] == ',');
    }
    if (code != LW_OK) {
        lw_free(list.items);
        return code;
    }
    *out = list.items;
    *n = list.n;
    return LW_OK;
}
