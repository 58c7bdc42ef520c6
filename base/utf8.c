#include <string.h>

#include <labwatch/sys/text.h>

#include "utf8_width.h"

static bool continues(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

/* Length of a character by its first byte, 0 if none starts so; *second_from and *second_to bound its second byte. */
static size_t classify(unsigned char first, unsigned char *second_from, unsigned char *second_to) {
    *second_from = 0x80;
    *second_to = 0xBF;
    if (first < 0x80)
        return 1;
    if (first < 0xC2) /* a continuation, or an overlong form of ASCII */
        return 0;
    if (first < 0xE0)
        return 2;
    if (first < 0xF0) {
        if (first == 0xE0) /* overlong */
            *second_from = 0xA0;
        if (first == 0xED) /* surrogates */
            *second_to = 0x9F;
        return 3;
    }
    if (first == 0xF0) /* overlong */
        *second_from = 0x90;
    if (first == 0xF4) /* above U+10FFFF */
        *second_to = 0x8F;
    return first <= 0xF4 ? 4 : 0;
}

/* Reads the character that bytes start with: its length and code point, or 0 if they start with none. */
static size_t read_character(const unsigned char *bytes, size_t length, uint32_t *code_point) {
    unsigned char second_from, second_to;
    size_t needed = classify(bytes[0], &second_from, &second_to);
    if (needed == 0 || needed > length)
        return 0;
    if (needed == 1) {
        *code_point = bytes[0];
        return 1;
    }
    if (bytes[1] < second_from || bytes[1] > second_to)
        return 0;
    uint32_t value = bytes[0] & (0x7Fu >> needed);
    for (size_t i = 1; i < needed; i++) {
        if (!continues(bytes[i]))
            return 0;
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    *code_point = value;
    return needed;
}

/* How many bytes at the beginning are certainly ASCII: whole words of them. */
static size_t ascii_words(const unsigned char *bytes, size_t length) {
    size_t n = 0;
    uint64_t word;
    for (; length - n >= sizeof word; n += sizeof word) {
        memcpy(&word, bytes + n, sizeof word);
        if (word & 0x8080808080808080u)
            break;
    }
    return n;
}

size_t lw_utf8_invalid_at(const char *bytes, size_t length) {
    const unsigned char *at = (const unsigned char *)bytes;
    size_t i = ascii_words(at, length);
    uint32_t code_point;
    while (i < length) {
        size_t step = at[i] < 0x80 ? 1 : read_character(at + i, length - i, &code_point);
        if (step == 0)
            return i;
        i += step;
    }
    return length;
}

static bool in_ranges(uint32_t code_point, const lw_code_range *ranges, size_t count) {
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (code_point > ranges[middle].last)
            from = middle + 1;
        else if (code_point < ranges[middle].first)
            to = middle;
        else
            return true;
    }
    return false;
}

static size_t columns_of(uint32_t code_point) {
    if (code_point < 0x20 || code_point == 0x7F)
        return 0;
    if (code_point < 0x300)
        return code_point >= 0x80 && code_point < 0xA0 ? 0 : 1;
    if (in_ranges(code_point, lw_zero_width, lw_zero_width_count))
        return 0;
    return in_ranges(code_point, lw_double_width, lw_double_width_count) ? 2 : 1;
}

size_t lw_utf8_columns(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text;
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code_point;
        size_t step = read_character(at + i, length - i, &code_point);
        columns += step ? columns_of(code_point) : 1; /* terminals show one sign for a byte that is no character */
        i += step ? step : 1;
    }
    return columns;
}

/* Control characters, of the second set too, and those that turn the direction of the text around. */
static bool moves_cursor(uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
           (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

char *lw_text_printable(const char *bytes, size_t length) {
    const unsigned char *at = (const unsigned char *)bytes;
    lw_text out = {0};
    size_t plain = 0, i = 0;
    while (i < length) {
        uint32_t code_point;
        size_t step = read_character(at + i, length - i, &code_point);
        if (step > 0 && !moves_cursor(code_point)) {
            i += step;
            continue;
        }
        lw_text_append(&out, bytes + plain, i - plain);
        size_t end = i + (step ? step : 1);
        for (; i < end; i++)
            lw_text_format(&out, "\\x%02X", at[i]);
        plain = i;
    }
    lw_text_append(&out, bytes + plain, length - plain);
    return lw_text_take(&out);
}
