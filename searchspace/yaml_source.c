#include "yaml_source.h"

#include <string.h>

#include <labwatch/sys/memory.h>

#include "yaml_quote.h"

/* Behind a string that was written differently, on the same line, columns are moved. From 0. */
typedef struct lw_yaml_edit {
    size_t line, column;
    ptrdiff_t moved; /* by all of the line so far */
} lw_yaml_edit;

/* ---- lines and columns, as libyaml counts them ---- */

/* Bytes of the line end that stands here, or 0. */
static size_t line_end(const char *at, size_t left) {
    if (*at == '\n')
        return 1;
    if (*at == '\r')
        return left > 1 && at[1] == '\n' ? 2 : 1;
    if (left > 1 && memcmp(at, "\xC2\x85", 2) == 0)
        return 2;
    return left > 2 && (memcmp(at, "\xE2\x80\xA8", 3) == 0 || memcmp(at, "\xE2\x80\xA9", 3) == 0) ? 3 : 0;
}

/* Over one character or line end. */
static void step(lw_yaml_source *source) {
    const char *here = source->text + source->at;
    size_t left = source->length - source->at, end = line_end(here, left), size = 1;
    if (end > 0) {
        source->at += end;
        source->line++;
        source->column = 0;
        return;
    }
    while (size < left && ((unsigned char)here[size] & 0xC0) == 0x80)
        size++;
    source->at += size;
    source->column++;
}

static size_t characters_of(const char *bytes, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    return count;
}

/* ---- JSON ---- */

/* Behind the string whose quote stands here; 0 if it does not end on its line. */
static size_t string_end(const char *text, size_t at, size_t length) {
    for (at++; at < length && text[at] != '\n' && text[at] != '\r'; at++) {
        if (text[at] == '"')
            return at + 1;
        at += text[at] == '\\';
    }
    return 0;
}

static bool is_space(char c) {
    return c && strchr(" \t\r\n", c);
}

/* Whether a text is nothing but brackets, words and strings that are no part of words, though a comma may be missing:
 * YAML that has more to it means itself. */
static bool looks_like_json(const char *text, size_t length) {
    static const char others[] = "{}[],:+-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char before = '\0';
    for (size_t i = 0; i < length; i++) {
        if (is_space(text[i]))
            continue;
        if (!before && text[i] != '{')
            return false;
        if (text[i] == '"') {
            size_t end = strchr("{}[],:\"", before) ? string_end(text, i, length) : 0;
            if (end == 0)
                return false;
            i = end - 1;
        } else if (!text[i] || !strchr(others, text[i])) {
            return false;
        }
        before = text[i];
    }
    return before;
}

static bool add_edit(lw_yaml_source *source, size_t line, size_t column, ptrdiff_t moved) {
    if (!lw_array_reserve(&source->edits, &source->edits_capacity, source->n_edits, sizeof *source->edits))
        return false;
    const lw_yaml_edit *last = source->n_edits > 0 ? &source->edits[source->n_edits - 1] : NULL;
    if (last && last->line == line)
        moved += last->moved;
    source->edits[source->n_edits++] = (lw_yaml_edit){line, column, moved};
    return true;
}

/* Adds the string from `from` to `to`; *column is that of its end in the changed text. */
static bool add_string(lw_yaml_source *source, size_t from, size_t to, size_t *column) {
    size_t start = source->changed.length;
    lw_yaml_add_json(&source->changed, source->text + from, to - from);
    if (source->changed.failed)
        return false;
    size_t before = characters_of(source->text + from, to - from);
    size_t after = characters_of(source->changed.bytes + start, source->changed.length - start);
    *column += after;
    return before == after || add_edit(source, source->line, *column, (ptrdiff_t)after - (ptrdiff_t)before);
}

/* The text with its strings as YAML wants them. */
static bool adapt(lw_yaml_source *source) {
    size_t column = 0; /* in the changed text */
    while (source->at < source->length) {
        size_t from = source->at, line = source->line;
        if (source->text[from] == '"') {
            source->at = string_end(source->text, from, source->length);
            if (!add_string(source, from, source->at, &column))
                return false;
            continue;
        }
        step(source);
        lw_text_append(&source->changed, source->text + from, source->at - from);
        column = source->line > line ? 0 : column + 1;
    }
    source->text = source->changed.bytes;
    source->length = source->changed.length;
    source->at = source->line = source->column = 0;
    return !source->changed.failed;
}

/* ---- the source ---- */

bool lw_yaml_source_init(lw_yaml_source *source, const char *text, size_t length) {
    *source = (lw_yaml_source){.text = text, .length = length};
    if (!lw_yaml_differs_from_json(text, length) || !looks_like_json(text, length))
        return true;
    return adapt(source);
}

void lw_yaml_source_release(lw_yaml_source *source) {
    lw_text_release(&source->changed);
    lw_free(source->edits);
}

lw_place lw_yaml_source_place(const lw_yaml_source *source, size_t line, size_t column) {
    size_t low = 0, high = source->n_edits; /* how many edits stand before the place */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const lw_yaml_edit *edit = &source->edits[middle];
        if (edit->line < line || (edit->line == line && edit->column <= column))
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && source->edits[low - 1].line == line)
        column = (size_t)((ptrdiff_t)column - source->edits[low - 1].moved);
    return (lw_place){line + 1, column + 1};
}

bool lw_yaml_source_has(lw_yaml_source *source, const char *bytes, size_t length, size_t n_behind, yaml_mark_t mark) {
    while (source->at < source->length &&
           (source->line < mark.line || (source->line == mark.line && source->column < mark.column)))
        step(source);
    return source->at >= length + n_behind && memcmp(source->text + source->at - n_behind - length, bytes, length) == 0;
}
