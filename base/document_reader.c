/*
 * JSON to BSON, by recursive descent over a text that is checked to be UTF-8 beforehand. libbson's own reader is
 * not used: it takes duplicate keys and unwraps extended JSON.
 */
#include <stdlib.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

enum { DEEPEST = 100, LONGEST = 64 << 20 };

typedef struct json_reader {
    const char *text;
    size_t length;
    size_t at;
    int depth;
    lw_text key;    /* scratch for keys and strings that contain escapes */
    lw_text string;
    size_t *keys_at; /* where each key of the objects that are open stands, for messages */
    size_t key_count;
    size_t key_capacity;
    lw_error *error;
} json_reader;

typedef struct slice {
    const char *bytes;
    size_t length;
} slice;

static int read_value(json_reader *reader, bson_t *into, slice key);

/* ---- messages ---- */

/* Columns count characters, as editors do. */
static void locate(const json_reader *reader, size_t at, size_t *line, size_t *column) {
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (reader->text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)reader->text[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
}

/* Ends the reading with a message that was put into reader->error without its place. */
static int place_error(json_reader *reader, size_t at) {
    size_t line, column;
    if (!reader->error)
        return LW_EPARSE;
    locate(reader, at, &line, &column);
    return lw_error_prefix(reader->error, "line %zu, column %zu", line, column);
}

static int fail(json_reader *reader, size_t at, const char *message) {
    lw_error_set(reader->error, LW_EPARSE, "%s", message);
    return place_error(reader, at);
}

/* What stands at the place where something else is expected: its first word or sign. */
static size_t found_length(const json_reader *reader) {
    size_t longest = reader->length - reader->at, length = 0;
    const char *found = reader->text + reader->at;
    while (length < longest && length < 20 && strchr("{}[]:,\" \t\r\n", found[length]) == NULL)
        length++;
    if (length == 0)
        return 1;
    while (length < longest && ((unsigned char)found[length] & 0xC0) == 0x80)
        length++;
    return length;
}

static int expected(json_reader *reader, const char *what) {
    if (reader->at == reader->length) {
        lw_error_set(reader->error, LW_EPARSE, "expected %s, but the text ends here", what);
        return place_error(reader, reader->at);
    }
    char *found = lw_text_printable(reader->text + reader->at, found_length(reader));
    if (!found)
        return lw_error_no_memory(reader->error);
    lw_error_set(reader->error, LW_EPARSE, "expected %s, found '%s'", what, found);
    lw_free(found);
    return place_error(reader, reader->at);
}

/* ---- characters ---- */

/* The next character, or 0 at the end (a 0 in the text is no part of JSON either). */
static char peek(const json_reader *reader) {
    return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

static bool take(json_reader *reader, char wanted) {
    if (peek(reader) != wanted)
        return false;
    reader->at++;
    return true;
}

static void skip_space(json_reader *reader) {
    for (;;) {
        char c = peek(reader);
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
            return;
        reader->at++;
    }
}

/* ---- strings ---- */

static int hexadecimal_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_four_digits(json_reader *reader, uint32_t *out) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hexadecimal_digit(peek(reader));
        if (digit < 0)
            return expected(reader, "four hexadecimal digits after \\u");
        value = value << 4 | (uint32_t)digit;
        reader->at++;
    }
    *out = value;
    return LW_OK;
}

/* What follows "\u": one code point, which may be written as two surrogates. */
static int read_code_point(json_reader *reader, uint32_t *out) {
    size_t start = reader->at - 2;
    uint32_t high = 0, low = 0;
    int code = read_four_digits(reader, &high);
    if (code != LW_OK)
        return code;
    *out = high;
    if (high < 0xD800 || high > 0xDFFF)
        return LW_OK;
    if (high >= 0xDC00 || !take(reader, '\\') || !take(reader, 'u'))
        return fail(reader, start, "a surrogate without its other half");
    if ((code = read_four_digits(reader, &low)) != LW_OK)
        return code;
    if (low < 0xDC00 || low > 0xDFFF)
        return fail(reader, start, "a surrogate without its other half");
    *out = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return LW_OK;
}

static void add_code_point(lw_text *out, uint32_t code_point) {
    char bytes[4];
    size_t length = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    static const unsigned char first_bits[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    bytes[0] = (char)(first_bits[length] | code_point);
    lw_text_append(out, bytes, length);
}

/* The character that a letter after a backslash means, or 0. */
static char unescape(char letter) {
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *at = letter ? strchr(letters, letter) : NULL;
    return at ? meanings[at - letters] : '\0';
}

/* What follows a backslash. */
static int read_escape(json_reader *reader, lw_text *out) {
    if (take(reader, 'u')) {
        uint32_t code_point = 0;
        int code = read_code_point(reader, &code_point);
        if (code == LW_OK)
            add_code_point(out, code_point);
        return code;
    }
    char meaning = unescape(peek(reader));
    if (!meaning)
        return expected(reader, "one of \" \\ / b f n r t u after the backslash");
    reader->at++;
    lw_text_append(out, &meaning, 1);
    return LW_OK;
}

/* Goes on to the next character that is not simply itself. */
static slice take_plain(json_reader *reader) {
    size_t start = reader->at;
    while (reader->at < reader->length) {
        unsigned char c = (unsigned char)reader->text[reader->at];
        if (c == '"' || c == '\\' || c < 0x20)
            break;
        reader->at++;
    }
    return (slice){reader->text + start, reader->at - start};
}

/* A string, from its opening quote; *out lies in the text itself if nothing is escaped, else in scratch. */
static int read_string(json_reader *reader, lw_text *scratch, slice *out) {
    size_t start = reader->at++;
    slice plain = take_plain(reader);
    if (take(reader, '"')) {
        *out = plain;
        return LW_OK;
    }
    scratch->length = 0;
    lw_text_append(scratch, plain.bytes, plain.length);
    while (take(reader, '\\')) {
        int code = read_escape(reader, scratch);
        if (code != LW_OK)
            return code;
        plain = take_plain(reader);
        lw_text_append(scratch, plain.bytes, plain.length);
    }
    if (reader->at == reader->length)
        return fail(reader, start, "this string is not closed");
    if (!take(reader, '"'))
        return fail(reader, reader->at, "a control character in a string must be escaped (a newline as \\n)");
    if (scratch->failed)
        return lw_error_no_memory(reader->error);
    *out = (slice){scratch->bytes, scratch->length};
    return LW_OK;
}

static int read_key(json_reader *reader, slice *out) {
    size_t start = reader->at;
    if (peek(reader) != '"')
        return expected(reader, "a key in double quotes");
    int code = read_string(reader, &reader->key, out);
    if (code == LW_OK && memchr(out->bytes, '\0', out->length))
        return fail(reader, start, "a key cannot contain \\u0000");
    return code;
}

/* ---- numbers and words ---- */

static int take_digits(json_reader *reader) {
    int count = 0;
    for (; peek(reader) >= '0' && peek(reader) <= '9'; reader->at++)
        count = 1;
    return count;
}

/* Goes past a number; *whole tells that it has neither a point nor an exponent. */
static int scan_number(json_reader *reader, bool *whole) {
    *whole = true;
    take(reader, '-');
    if (take(reader, '0')) {
        if (peek(reader) >= '0' && peek(reader) <= '9')
            return fail(reader, reader->at - 1, "a number cannot begin with a 0 before other digits");
    } else if (!take_digits(reader)) {
        return expected(reader, "a digit");
    }
    if (take(reader, '.')) {
        *whole = false;
        if (!take_digits(reader))
            return expected(reader, "a digit after the decimal point");
    }
    if (take(reader, 'e') || take(reader, 'E')) {
        *whole = false;
        if (!take(reader, '-'))
            take(reader, '+');
        if (!take_digits(reader))
            return expected(reader, "a digit in the exponent");
    }
    return LW_OK;
}

static bool append_integer(bson_t *into, slice key, int64_t value) {
    if (value >= INT32_MIN && value <= INT32_MAX)
        return bson_append_int32(into, key.bytes, (int)key.length, (int32_t)value);
    return bson_append_int64(into, key.bytes, (int)key.length, value);
}

static int too_large(json_reader *reader) {
    return fail(reader, reader->at, "this is more than a document can hold (2 GiB)");
}

static int read_number(json_reader *reader, bson_t *into, slice key) {
    size_t start = reader->at;
    bool whole;
    int code = scan_number(reader, &whole);
    if (code != LW_OK)
        return code;
    const char *digits = reader->text + start;
    size_t length = reader->at - start;
    int64_t integer;
    double number;
    bool appended;
    if (whole) {
        if (!lw_int64_from_text(digits, length, &integer))
            return fail(reader, start, "this whole number does not fit 64 bits; with .0 at its end it is a double");
        appended = append_integer(into, key, integer);
    } else {
        if (!lw_double_from_text(digits, length, &number))
            return fail(reader, start, "this number is too large for a double");
        appended = bson_append_double(into, key.bytes, (int)key.length, number);
    }
    return appended ? LW_OK : too_large(reader);
}

static bool take_word(json_reader *reader, const char *word) {
    size_t length = strlen(word);
    if (reader->length - reader->at < length || memcmp(reader->text + reader->at, word, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static int read_word(json_reader *reader, bson_t *into, slice key) {
    bool appended;
    size_t start = reader->at;
    if (take_word(reader, "true"))
        appended = bson_append_bool(into, key.bytes, (int)key.length, true);
    else if (take_word(reader, "false"))
        appended = bson_append_bool(into, key.bytes, (int)key.length, false);
    else if (take_word(reader, "null"))
        appended = bson_append_null(into, key.bytes, (int)key.length);
    else if (take_word(reader, "NaN") || take_word(reader, "Infinity"))
        return fail(reader, start, "NaN and infinity are no JSON; null stands for a missing number");
    else
        return expected(reader, "a value");
    return appended ? LW_OK : too_large(reader);
}

/* ---- objects and arrays ---- */

typedef struct placed_key {
    const char *key;
    size_t at;
} placed_key;

static int compare_keys(const void *a, const void *b) {
    const placed_key *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int fail_duplicate(json_reader *reader, const placed_key *key) {
    char *shown = lw_text_printable(key->key, strnlen(key->key, 200));
    if (!shown)
        return lw_error_no_memory(reader->error);
    lw_error_set(reader->error, LW_EPARSE, "the key \"%s\" is there twice", shown);
    lw_free(shown);
    return place_error(reader, key->at);
}

static int find_duplicate(json_reader *reader, placed_key *keys, size_t count) {
    const placed_key *first = NULL;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++) {
        bool again = strcmp(keys[i - 1].key, keys[i].key) == 0;
        if (again && (!first || keys[i].at < first->at))
            first = &keys[i];
    }
    return first ? fail_duplicate(reader, first) : LW_OK;
}

/* Sorting, and only once an object is complete: no text makes this slow, as it could a hash table. */
static int check_duplicates(json_reader *reader, const bson_t *object, size_t first_key) {
    placed_key few[16], *keys = few;
    size_t count = reader->key_count - first_key;
    if (count < 2)
        return LW_OK;
    if (count > sizeof few / sizeof few[0] && !(keys = lw_calloc(count, sizeof *keys)))
        return lw_error_no_memory(reader->error);
    bson_iter_t field;
    bson_iter_init(&field, object);
    for (size_t i = 0; i < count && bson_iter_next(&field); i++)
        keys[i] = (placed_key){bson_iter_key(&field), reader->keys_at[first_key + i]};
    int code = find_duplicate(reader, keys, count);
    if (keys != few)
        lw_free(keys);
    return code;
}

static int read_field(json_reader *reader, bson_t *object) {
    slice key;
    if (!lw_array_reserve(&reader->keys_at, &reader->key_capacity, reader->key_count, sizeof *reader->keys_at))
        return lw_error_no_memory(reader->error);
    size_t start = reader->at;
    int code = read_key(reader, &key);
    if (code != LW_OK)
        return code;
    reader->keys_at[reader->key_count++] = start;
    skip_space(reader);
    if (!take(reader, ':'))
        return expected(reader, "a colon after the key");
    return read_value(reader, object, key);
}

/* What follows the opening brace. */
static int read_fields(json_reader *reader, bson_t *object) {
    size_t first_key = reader->key_count;
    skip_space(reader);
    if (take(reader, '}'))
        return LW_OK;
    for (;;) {
        skip_space(reader);
        int code = read_field(reader, object);
        if (code != LW_OK)
            return code;
        skip_space(reader);
        if (take(reader, '}'))
            break;
        if (!take(reader, ','))
            return expected(reader, "a comma or }");
    }
    int code = check_duplicates(reader, object, first_key);
    reader->key_count = first_key;
    return code;
}

/* What follows the opening bracket. */
static int read_elements(json_reader *reader, bson_t *array) {
    skip_space(reader);
    if (take(reader, ']'))
        return LW_OK;
    for (uint32_t i = 0;; i++) {
        char buffer[16];
        slice key;
        key.length = bson_uint32_to_string(i, &key.bytes, buffer, sizeof buffer);
        int code = read_value(reader, array, key);
        if (code != LW_OK)
            return code;
        skip_space(reader);
        if (take(reader, ']'))
            return LW_OK;
        if (!take(reader, ','))
            return expected(reader, "a comma or ]");
    }
}

static int enter(json_reader *reader) {
    if (reader->depth == DEEPEST)
        return fail(reader, reader->at, "nested more than 100 deep");
    reader->depth++;
    reader->at++;
    return LW_OK;
}

static int read_object(json_reader *reader, bson_t *into, slice key) {
    bson_t object;
    int code = enter(reader);
    if (code != LW_OK)
        return code;
    if (!bson_append_document_begin(into, key.bytes, (int)key.length, &object))
        return too_large(reader);
    code = read_fields(reader, &object);
    bson_append_document_end(into, &object);
    reader->depth--;
    return code;
}

static int read_array(json_reader *reader, bson_t *into, slice key) {
    bson_t array;
    int code = enter(reader);
    if (code != LW_OK)
        return code;
    if (!bson_append_array_begin(into, key.bytes, (int)key.length, &array))
        return too_large(reader);
    code = read_elements(reader, &array);
    bson_append_array_end(into, &array);
    reader->depth--;
    return code;
}

static int read_text(json_reader *reader, bson_t *into, slice key) {
    slice string;
    int code = read_string(reader, &reader->string, &string);
    if (code != LW_OK)
        return code;
    return bson_append_utf8(into, key.bytes, (int)key.length, string.bytes, (int)string.length) ? LW_OK
                                                                                                : too_large(reader);
}

static int read_value(json_reader *reader, bson_t *into, slice key) {
    skip_space(reader);
    switch (peek(reader)) {
    case '{':
        return read_object(reader, into, key);
    case '[':
        return read_array(reader, into, key);
    case '"':
        return read_text(reader, into, key);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return read_number(reader, into, key);
    default:
        return read_word(reader, into, key);
    }
}

/* ---- whole texts ---- */

static int read_top_object(json_reader *reader, bson_t *out) {
    skip_space(reader);
    if (peek(reader) != '{')
        return expected(reader, "an object, which begins with {");
    int code = enter(reader);
    return code == LW_OK ? read_fields(reader, out) : code;
}

static int read_top_value(json_reader *reader, bson_t *out) {
    return read_value(reader, out, (slice){"value", 5});
}

static int check_text(json_reader *reader) {
    if (reader->length > LONGEST)
        return lw_error_set(reader->error, LW_EPARSE, "line 1, column 1: the text has %zu bytes; at most %d are read",
                            reader->length, LONGEST);
    size_t invalid = lw_utf8_invalid_at(reader->text, reader->length);
    return invalid < reader->length ? fail(reader, invalid, "this byte is not UTF-8") : LW_OK;
}

static int read_text_end(json_reader *reader) {
    skip_space(reader);
    return reader->at < reader->length ? expected(reader, "the end of the text") : LW_OK;
}

static int read_all(json_reader *reader, bson_t *out, int (*read_top)(json_reader *, bson_t *)) {
    int code = check_text(reader);
    if (code == LW_OK)
        code = read_top(reader, out);
    return code == LW_OK ? read_text_end(reader) : code;
}

static int read_document(bson_t *out, const char *json, size_t length, lw_error *error,
                         int (*read_top)(json_reader *, bson_t *)) {
    json_reader reader = {.text = json, .length = length, .error = error};
    bson_t document;
    bson_init(&document);
    int code = read_all(&reader, &document, read_top);
    if (code != LW_OK || !bson_steal(out, &document))
        bson_destroy(&document);
    lw_text_release(&reader.key);
    lw_text_release(&reader.string);
    lw_free(reader.keys_at);
    return code;
}

int lw_document_from_json(bson_t *out, const char *json, size_t length, lw_error *error) {
    return read_document(out, json, length, error, read_top_object);
}

int lw_document_value_from_json(bson_t *out, const char *json, size_t length, lw_error *error) {
    return read_document(out, json, length, error, read_top_value);
}
