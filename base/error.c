#include <stdio.h>
#include <string.h>

#include <labwatch/error.h>

const char *lw_code_text(int code) {
    switch (code) {
#define ENTRY(name, number, text)                                                                                      \
    case number:                                                                                                       \
        return text;
        LW_CODE_LIST(ENTRY)
#undef ENTRY
    default:
        return "unknown code";
    }
}

const char *lw_code_name(int code) {
    switch (code) {
#define ENTRY(name, number, text)                                                                                      \
    case number:                                                                                                       \
        return #name;
        LW_CODE_LIST(ENTRY)
#undef ENTRY
    default:
        return NULL;
    }
}

static size_t character_length(unsigned char first) {
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
}

/* Takes away the bytes of a last character whose end did not fit. */
static void cut_at_whole_character(char *message) {
    size_t length = strlen(message);
    for (size_t back = 1; back <= 4 && back <= length; back++) {
        unsigned char byte = (unsigned char)message[length - back];
        if ((byte & 0xC0) == 0x80)
            continue;
        if (character_length(byte) > back)
            message[length - back] = '\0';
        return;
    }
}

/* vsnprintf that never leaves half a character; a format that cannot be printed leaves the empty string. */
static void format_whole(char out[sizeof((lw_error *)0)->message], const char *format, va_list arguments) {
    const size_t size = sizeof((lw_error *)0)->message;
    int written = vsnprintf(out, size, format, arguments);
    if (written < 0)
        out[0] = '\0';
    else if ((size_t)written >= size)
        cut_at_whole_character(out);
}

int lw_error_set(lw_error *error, int code, const char *format, ...) {
    if (!error)
        return code;
    /* Not into error->message at once: an argument may point into the message that is being replaced. */
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    format_whole(message, format, arguments);
    va_end(arguments);
    error->code = code;
    memcpy(error->message, message[0] ? message : lw_code_text(code),
           message[0] ? sizeof message : strlen(lw_code_text(code)) + 1);
    return code;
}

int lw_error_prefix(lw_error *error, const char *format, ...) {
    if (!error)
        return LW_OK;
    char prefix[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    format_whole(prefix, format, arguments);
    va_end(arguments);

    char message[sizeof error->message];
    int written = snprintf(message, sizeof message, "%s: %s", prefix, error->message);
    if (written < 0 || (size_t)written >= sizeof message)
        cut_at_whole_character(message);
    memcpy(error->message, message, strlen(message) + 1);
    return error->code;
}

int lw_error_no_memory(lw_error *error) {
    return lw_error_set(error, LW_ENOMEM, "out of memory");
}
