#include "yaml_quote.h"

#include <string.h>

#include "yaml_json.h"
#include "yaml_scalar.h"

/*
 * The length of a character that cannot stand in YAML as it is, and its number; 0 for all others: DEL, C1 controls, the
 * line ends that YAML knows and JSON does not (U+0085, U+2028, U+2029), U+FEFF, U+FFFE and U+FFFF. The text is valid
 * UTF-8.
 */
static size_t special_character(const char *at, size_t left, unsigned *number) {
    const unsigned char *bytes = (const unsigned char *)at;
    if (bytes[0] == 0x7F) {
        *number = 0x7F;
        return 1;
    }
    if (left >= 2 && bytes[0] == 0xC2 && bytes[1] < 0xA0) {
        *number = bytes[1];
        return 2;
    }
    if (left < 3 || (bytes[0] != 0xE2 && bytes[0] != 0xEF))
        return 0;
    *number = (unsigned)(bytes[0] & 0x0F) << 12 | (unsigned)(bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F);
    bool special = *number == 0x2028 || *number == 0x2029 || *number == 0xFEFF || *number >= 0xFFFE;
    return special ? 3 : 0;
}

static bool hex_digits(const char *at, unsigned *number) {
    *number = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return false;
        *number = *number * 16 + digit;
    }
    return true;
}

/* "\ud83d\ude00": its length of 12 bytes, and the character's number; else 0. */
static size_t surrogate_pair(const char *at, size_t left, unsigned *number) {
    unsigned high, low;
    if (left < 12 || memcmp(at, "\\u", 2) != 0 || memcmp(at + 6, "\\u", 2) != 0 || !hex_digits(at + 2, &high) ||
        !hex_digits(at + 8, &low))
        return 0;
    if (high < 0xD800 || high > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
        return 0;
    *number = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

/* What must be written differently at this place: its length and the character's number; else 0. */
static size_t foreign_to_yaml(const char *at, size_t left, unsigned *number) {
    return *at == '\\' ? surrogate_pair(at, left, number) : special_character(at, left, number);
}

static void add_escape(lw_text *out, unsigned number) {
    if (number < 0x100)
        lw_text_format(out, "\\x%02X", number);
    else if (number < 0x10000)
        lw_text_format(out, "\\u%04X", number);
    else
        lw_text_format(out, "\\U%08X", number);
}

/* Where to go on behind what is not foreign: an escape is two characters, of which the second must not begin another.
 */
static size_t step(const char *json, size_t at, size_t length) {
    return json[at] == '\\' && at + 1 < length ? 2 : 1;
}

bool lw_yaml_differs_from_json(const char *json, size_t length) {
    unsigned number;
    for (size_t i = 0; i < length; i += step(json, i, length))
        if (foreign_to_yaml(json + i, length - i, &number))
            return true;
    return false;
}

void lw_yaml_add_json(lw_text *out, const char *json, size_t length) {
    size_t same = 0;
    for (size_t i = 0; i < length;) {
        unsigned number;
        size_t foreign = foreign_to_yaml(json + i, length - i, &number);
        if (foreign == 0) {
            i += step(json, i, length);
            continue;
        }
        lw_text_append(out, json + same, i - same);
        add_escape(out, number);
        i += foreign;
        same = i;
    }
    lw_text_append(out, json + same, length - same);
}

static void add_quoted(lw_text *out, const char *bytes, size_t length) {
    lw_text json = {0};
    lw_text_add_json(&json, bytes, length);
    out->failed |= json.failed;
    if (!json.failed)
        lw_yaml_add_json(out, json.bytes, json.length);
    lw_text_release(&json);
}

void lw_yaml_add_text(lw_text *out, const char *bytes, size_t length) {
    if (lw_yaml_needs_quotes(bytes, length))
        add_quoted(out, bytes, length);
    else
        lw_text_append(out, bytes, length);
}

static bool has_same_meaning(const char *spelling, lw_value value) {
    lw_value meant;
    return *spelling && lw_yaml_plain_value(spelling, strlen(spelling), &meant) && meant.kind == value.kind &&
           lw_value_equal(meant, value);
}

void lw_yaml_add_scalar(lw_text *out, lw_value value, const char *spelling) {
    lw_text json = {0};
    if (value.kind == LW_VALUE_TEXT) {
        lw_yaml_add_text(out, value.text.bytes, value.text.length);
    } else if (spelling && has_same_meaning(spelling, value)) {
        lw_text_add(out, spelling);
    } else {
        lw_json_add_value(&json, value);
        out->failed |= json.failed;
        if (!json.failed)
            lw_yaml_add_json(out, json.bytes, json.length);
        lw_text_release(&json);
    }
}
