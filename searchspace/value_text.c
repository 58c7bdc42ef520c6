#include <math.h>
#include <stdio.h>

#include "value_text.h"

/* Whole characters only, none of which moves a terminal's cursor. */
static void show_text(lw_value_text *out, const char *bytes, size_t length, const char *quote) {
    enum { MOST = 60 };
    char *at = out->text, *end = out->text + sizeof out->text - 12;
    at += snprintf(at, 4, "%s", quote);
    size_t i = 0;
    for (; i < length && at < end; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (i >= MOST && (byte & 0xC0) != 0x80)
            break;
        if (byte < 0x20 || byte == 0x7f)
            at += snprintf(at, 5, "\\x%02x", byte);
        else
            *at++ = (char)byte;
    }
    snprintf(at, 8, "%s%s", i < length ? "…" : "", quote);
}

lw_value_text lw_value_show(lw_value value) {
    lw_value_text shown = {""};
    switch (value.kind) {
    case LW_VALUE_TEXT:
        show_text(&shown, value.text.bytes, value.text.length, "'");
        break;
    case LW_VALUE_DOCUMENT:
        show_text(&shown, value.text.bytes, value.text.length, "");
        break;
    case LW_VALUE_FLOAT:
        lw_double_to_text(value.number, shown.text);
        break;
    case LW_VALUE_INTEGER:
        snprintf(shown.text, sizeof shown.text, "%lld", (long long)value.integer);
        break;
    case LW_VALUE_BOOL:
        snprintf(shown.text, sizeof shown.text, "%s", value.boolean ? "true" : "false");
        break;
    default:
        snprintf(shown.text, sizeof shown.text, "null");
    }
    return shown;
}

void lw_value_spell(lw_text *out, lw_value value) {
    switch (value.kind) {
    case LW_VALUE_TEXT:
    case LW_VALUE_DOCUMENT:
        lw_text_append(out, value.text.bytes, value.text.length);
        break;
    case LW_VALUE_FLOAT:
        lw_text_add_double(out, value.number);
        break;
    default:
        lw_text_add(out, lw_value_show(value).text);
    }
}

void lw_value_digest(lw_digest *digest, uint64_t key, lw_value value) {
    if (value.kind == LW_VALUE_FLOAT && value.number >= -0x1p63 && value.number < 0x1p63 &&
        floor(value.number) == value.number)
        value = (lw_value){.kind = LW_VALUE_INTEGER, .integer = (int64_t)value.number};
    lw_digest_add_u64(digest, key + (uint64_t)value.kind); /* one word, as this is done for each suggestion */
    switch (value.kind) {
    case LW_VALUE_NULL:
        break;
    case LW_VALUE_BOOL:
        lw_digest_add_u64(digest, value.boolean);
        break;
    case LW_VALUE_INTEGER:
        lw_digest_add_u64(digest, (uint64_t)value.integer);
        break;
    case LW_VALUE_FLOAT:
        lw_digest_add_double(digest, value.number);
        break;
    default:
        lw_digest_add_text(digest, value.text.bytes, value.text.length);
    }
}
