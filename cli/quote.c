#include "quote.h"

#include <string.h>
#include <strings.h>

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Characters that no shell and no xargs takes for more than themselves, wherever they stand. */
static bool is_harmless(const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!is_letter_or_digit(bytes[i]) && !(bytes[i] && strchr("_./:,+-", bytes[i])))
            return false;
    return length > 0;
}

void quote_for_shell(lw_text *out, const char *bytes, size_t length) {
    if (is_harmless(bytes, length)) {
        lw_text_append(out, bytes, length);
        return;
    }
    lw_text_add(out, "'");
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\'')
            lw_text_add(out, "'\\''");
        else
            lw_text_append(out, bytes + i, 1);
    }
    lw_text_add(out, "'");
}

void quote_for_command(lw_text *out, const char *word) {
    size_t plain = 0;
    while (is_letter_or_digit(word[plain]) || (word[plain] && strchr("_./:,+-={}@%", word[plain])))
        plain++;
    if (plain && !word[plain])
        lw_text_add(out, word);
    else
        quote_for_shell(out, word, strlen(word));
}

void quote_for_xargs(lw_text *out, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool equals = bytes[i] == '='; /* --name=value needs no quotes for it */
        if (!equals && !is_harmless(bytes + i, 1))
            lw_text_add(out, "\\");
        lw_text_append(out, bytes + i, 1);
    }
    if (length == 0)
        lw_text_add(out, "''");
}

void quote_for_csv(lw_text *out, const char *bytes, size_t length) {
    bool quoted = false;
    for (size_t i = 0; i < length; i++)
        quoted |= bytes[i] == ',' || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r';
    quoted |= length > 0 && (bytes[0] == ' ' || bytes[length - 1] == ' ');
    if (!quoted) {
        lw_text_append(out, bytes, length);
        return;
    }
    lw_text_add(out, "\"");
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"')
            lw_text_add(out, "\"");
        lw_text_append(out, bytes + i, 1);
    }
    lw_text_add(out, "\"");
}

/* Words that some version of YAML takes for something else than text. */
static bool is_yaml_word(const char *bytes, size_t length) {
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && strncasecmp(words[i], bytes, length) == 0)
            return true;
    return false;
}

void quote_for_yaml(lw_text *out, const char *bytes, size_t length) {
    bool plain = length > 0 && is_letter_or_digit(bytes[0]) && !(bytes[0] >= '0' && bytes[0] <= '9');
    for (size_t i = 0; i < length && plain; i++)
        plain = is_letter_or_digit(bytes[i]) || (bytes[i] && strchr("_./-", bytes[i]));
    if (plain && !is_yaml_word(bytes, length))
        lw_text_append(out, bytes, length);
    else
        lw_text_add_json(out, bytes, length);
}
