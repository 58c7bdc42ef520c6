#include "yaml_scalar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/text.h>

#define YAML_TAG(name) "tag:yaml.org,2002:" name

typedef enum meaning {
    MEANING_TEXT,
    MEANING_NULL,
    MEANING_BOOL,
    MEANING_INTEGER,
    MEANING_FLOAT,
    MEANING_INTEGER_TOO_LARGE,
    MEANING_FLOAT_TOO_LARGE
} meaning;

typedef struct word {
    const char *bytes;
    size_t length;
} word;

static bool is_one_of(word text, const char *const *words) {
    for (; *words; words++)
        if (strlen(*words) == text.length && memcmp(*words, text.bytes, text.length) == 0)
            return true;
    return false;
}

static bool is_null(word text) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_one_of(text, nulls);
}

static bool is_true(word text) {
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    return is_one_of(text, trues);
}

static bool is_false(word text) {
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    return is_one_of(text, falses);
}

static size_t sign_length(word text) {
    return text.length > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+');
}

static size_t digits_at(word text, size_t at) {
    size_t n = 0;
    while (at + n < text.length && text.bytes[at + n] >= '0' && text.bytes[at + n] <= '9')
        n++;
    return n;
}

static bool is_decimal_integer(word text) {
    size_t sign = sign_length(text), digits = digits_at(text, sign);
    return digits > 0 && sign + digits == text.length;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal_float(word text) {
    size_t at = sign_length(text);
    size_t whole = digits_at(text, at), fraction = 0;
    at += whole;
    if (at < text.length && text.bytes[at] == '.') {
        fraction = digits_at(text, at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (at < text.length && (text.bytes[at] == 'e' || text.bytes[at] == 'E')) {
        word exponent = {text.bytes + at + 1, text.length - at - 1};
        return is_decimal_integer(exponent);
    }
    return at == text.length;
}

/* 0o17 and 0x1F; false if it is neither. *fits says whether 63 bits are enough. */
static bool read_based_integer(word text, int64_t *out, bool *fits) {
    unsigned base = text.length > 2 && text.bytes[0] == '0' ? (text.bytes[1] == 'o'   ? 8
                                                               : text.bytes[1] == 'x' ? 16
                                                                                      : 0)
                                                            : 0;
    if (base == 0)
        return false;
    int64_t value = 0;
    *fits = true;
    for (size_t i = 2; i < text.length; i++) {
        char c = text.bytes[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 99;
        if (digit >= base)
            return false;
        if (__builtin_mul_overflow(value, (int64_t)base, &value) ||
            __builtin_add_overflow(value, (int64_t)digit, &value))
            *fits = false;
    }
    *out = value;
    return true;
}

static bool read_special_float(word text, double *out) {
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    size_t sign = sign_length(text);
    if (is_one_of((word){text.bytes + sign, text.length - sign}, infinities)) {
        *out = sign && text.bytes[0] == '-' ? -INFINITY : INFINITY;
        return true;
    }
    *out = NAN;
    return is_one_of(text, nans);
}

static meaning integer_meaning(word text, lw_value *value) {
    bool fits;
    value->kind = LW_VALUE_INTEGER;
    if (read_based_integer(text, &value->integer, &fits))
        return fits ? MEANING_INTEGER : MEANING_INTEGER_TOO_LARGE;
    if (!is_decimal_integer(text))
        return MEANING_TEXT;
    size_t plus = text.bytes[0] == '+';
    fits = lw_int64_from_text(text.bytes + plus, text.length - plus, &value->integer);
    return fits ? MEANING_INTEGER : MEANING_INTEGER_TOO_LARGE;
}

static meaning float_meaning(word text, lw_value *value) {
    value->kind = LW_VALUE_FLOAT;
    if (read_special_float(text, &value->number))
        return MEANING_FLOAT;
    if (!is_decimal_float(text))
        return MEANING_TEXT;
    return lw_double_from_text(text.bytes, text.length, &value->number) ? MEANING_FLOAT : MEANING_FLOAT_TOO_LARGE;
}

static meaning plain_meaning(word text, lw_value *value) {
    *value = (lw_value){.kind = LW_VALUE_NULL};
    if (is_null(text))
        return MEANING_NULL;
    if (is_true(text) || is_false(text)) {
        *value = (lw_value){.kind = LW_VALUE_BOOL, .boolean = is_true(text)};
        return MEANING_BOOL;
    }
    meaning found = integer_meaning(text, value);
    if (found == MEANING_TEXT)
        found = float_meaning(text, value);
    if (found == MEANING_TEXT)
        *value = (lw_value){.kind = LW_VALUE_TEXT, .text = {text.bytes, text.length}};
    return found;
}

static bool tell_too_large(const lw_yaml_node *node, meaning found, lw_problems *problems) {
    const char *shown = LW_SHOW_BYTES(node->text, node->length);
    if (found == MEANING_INTEGER_TOO_LARGE)
        lw_problem(problems, node->place,
                   "the integer %s does not fit 64 bits; write it as a float (1e20), or in quotes as text", shown);
    else if (found == MEANING_FLOAT_TOO_LARGE)
        lw_problem(problems, node->place, "the number %s is too large for a double; the largest is about 1.8e308",
                   shown);
    else
        return true;
    return false;
}

/* !!int 3, !!float 3, !!str 3 …: the text must be able to have that meaning. */
static bool tagged_meaning(const lw_yaml_node *node, lw_value *out, lw_problems *problems) {
    word text = {node->text, node->length};
    meaning found = plain_meaning(text, out);
    const char *tag = node->tag;
    if (strcmp(tag, YAML_TAG("str")) == 0 || strcmp(tag, "!") == 0) {
        *out = (lw_value){.kind = LW_VALUE_TEXT, .text = {node->text, node->length}};
        return true;
    }
    if (!tell_too_large(node, found, problems))
        return false;
    if (strcmp(tag, YAML_TAG("float")) == 0 && found == MEANING_INTEGER) {
        *out = (lw_value){.kind = LW_VALUE_FLOAT, .number = (double)out->integer};
        return true;
    }
    bool fits = (strcmp(tag, YAML_TAG("int")) == 0 && found == MEANING_INTEGER) ||
                (strcmp(tag, YAML_TAG("float")) == 0 && found == MEANING_FLOAT) ||
                (strcmp(tag, YAML_TAG("bool")) == 0 && found == MEANING_BOOL) ||
                (strcmp(tag, YAML_TAG("null")) == 0 && found == MEANING_NULL);
    if (!fits)
        lw_problem(problems, node->place, "the tag '%s' does not fit '%s'", LW_SHOW(tag),
                   LW_SHOW_BYTES(node->text, node->length));
    return fits;
}

bool lw_yaml_scalar_value(const lw_yaml_node *node, lw_value *out, lw_problems *problems) {
    if (node->tag)
        return tagged_meaning(node, out, problems);
    if (!node->plain) {
        *out = (lw_value){.kind = LW_VALUE_TEXT, .text = {node->text, node->length}};
        return true;
    }
    return tell_too_large(node, plain_meaning((word){node->text, node->length}, out), problems);
}

bool lw_yaml_plain_value(const char *text, size_t length, lw_value *out) {
    meaning found = plain_meaning((word){text, length}, out);
    return found != MEANING_INTEGER_TOO_LARGE && found != MEANING_FLOAT_TOO_LARGE;
}

static bool has_plain_form(const char *text, size_t length) {
    static const char indicators[] = "-?:,[]{}#&*!|>'\"%@`<=~";
    if (length == 0 || strchr(indicators, text[0]) || text[0] == ' ' || text[length - 1] == ' ' ||
        text[length - 1] == ':')
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c >= 0x7F || strchr(",[]{}\"\\", c))
            return false;
        if (c == ':' || (c == '#' && text[i - 1] == ' '))
            return false;
    }
    return strncmp(text, "...", 3) != 0;
}

bool lw_yaml_needs_quotes(const char *text, size_t length) {
    lw_value value;
    return plain_meaning((word){text, length}, &value) != MEANING_TEXT || !has_plain_form(text, length);
}

const char *lw_yaml_describe(lw_shown *shown, const lw_yaml_node *node) {
    if (node->kind != LW_YAML_SCALAR)
        return lw_yaml_kind_text(node);
    lw_value value;
    bool text = !node->plain || node->tag || plain_meaning((word){node->text, node->length}, &value) == MEANING_TEXT;
    if (!text)
        return node->length > 0 ? lw_show(shown, node->text, node->length) : "nothing";
    snprintf(shown->bytes, sizeof shown->bytes, "the text '%s'", LW_SHOW_BYTES(node->text, node->length));
    return shown->bytes;
}
