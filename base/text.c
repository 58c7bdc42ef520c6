#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* Makes room for more bytes and the final 0. */
static bool reserve(lw_text *text, size_t more) {
    if (text->failed)
        return false;
    size_t needed;
    if (__builtin_add_overflow(text->length, more, &needed) || needed >= SIZE_MAX / 2) {
        text->failed = true;
        return false;
    }
    if (needed < text->capacity)
        return true;
    size_t capacity = text->capacity < 64 ? 64 : text->capacity * 2;
    if (capacity <= needed)
        capacity = needed + 1;
    char *bytes = lw_reallocarray(text->bytes, capacity, 1);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void lw_text_append(lw_text *text, const char *bytes, size_t length) {
    if (!reserve(text, length))
        return;
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void lw_text_add(lw_text *text, const char *string) {
    lw_text_append(text, string, strlen(string));
}

void lw_text_format(lw_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    char small[128];
    int length = vsnprintf(small, sizeof small, format, arguments);
    if (length < 0) {
        text->failed = true;
    } else if ((size_t)length < sizeof small) {
        lw_text_append(text, small, (size_t)length);
    } else if (reserve(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void lw_text_add_double(lw_text *text, double value) {
    char number[LW_NUMBER_SIZE];
    lw_text_append(text, number, lw_double_to_text(value, number));
}

/* The escape that JSON wants for this byte, or 0 for none. */
static char json_short_escape(unsigned char byte) {
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void add_json_escape(lw_text *text, unsigned char byte) {
    char letter = json_short_escape(byte);
    if (letter)
        lw_text_append(text, (const char[]){'\\', letter}, 2);
    else
        lw_text_format(text, "\\u%04x", byte);
}

/* Appends valid UTF-8, with what JSON does not allow escaped. */
static void add_json_valid(lw_text *text, const char *bytes, size_t length) {
    size_t plain = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        lw_text_append(text, bytes + plain, i - plain);
        add_json_escape(text, byte);
        plain = i + 1;
    }
    lw_text_append(text, bytes + plain, length - plain);
}

void lw_text_add_json(lw_text *text, const char *bytes, size_t length) {
    lw_text_append(text, "\"", 1);
    for (;;) {
        size_t valid = lw_utf8_invalid_at(bytes, length);
        add_json_valid(text, bytes, valid);
        if (valid == length)
            break;
        lw_text_append(text, "\xEF\xBF\xBD", 3); /* U+FFFD for each byte that belongs to no character */
        bytes += valid + 1;
        length -= valid + 1;
    }
    lw_text_append(text, "\"", 1);
}

char *lw_text_take(lw_text *text) {
    reserve(text, 0);
    char *bytes = NULL;
    if (!text->failed) {
        bytes = text->bytes;
        bytes[text->length] = '\0';
        text->bytes = NULL;
    }
    lw_text_release(text);
    return bytes;
}

void lw_text_release(lw_text *text) {
    lw_free(text->bytes);
    *text = (lw_text){0};
}
