#include "capture.h"

#include <string.h>

#include <labwatch/sys/memory.h>

void lw_capture_init(lw_capture *capture, size_t head_limit, size_t tail_limit) {
    *capture = (lw_capture){.head_limit = head_limit ? head_limit : LW_CAPTURE_HEAD,
                            .tail_limit = tail_limit ? tail_limit : LW_CAPTURE_TAIL};
}

void lw_capture_release(lw_capture *capture) {
    lw_free(capture->head);
    lw_free(capture->ring);
    capture->head = capture->ring = NULL;
    capture->head_length = capture->head_capacity = 0;
    capture->total = 0;
}

static bool reserve_head(lw_capture *capture, size_t length) {
    if (length <= capture->head_capacity)
        return true;
    size_t capacity = capture->head_capacity ? capture->head_capacity : 256;
    while (capacity < length)
        capacity *= 2;
    if (capacity > capture->head_limit)
        capacity = capture->head_limit;
    char *head = lw_reallocarray(capture->head, capacity, 1);
    if (!head)
        return false;
    capture->head = head;
    capture->head_capacity = capacity;
    return true;
}

/** Takes what still fits the head; returns how much that was. */
static size_t append_to_head(lw_capture *capture, const char *bytes, size_t length) {
    size_t room = capture->head_limit - capture->head_length;
    if (length > room)
        length = room;
    if (length == 0)
        return 0;
    if (!reserve_head(capture, capture->head_length + length)) {
        capture->failed = true;
        return 0;
    }
    memcpy(capture->head + capture->head_length, bytes, length);
    capture->head_length += length;
    return length;
}

/** The ring holds byte k of what follows the head at k modulo its size. */
static void append_to_ring(lw_capture *capture, const char *bytes, size_t length) {
    if (!capture->ring && !(capture->ring = lw_malloc(capture->tail_limit))) {
        capture->failed = true;
        return;
    }
    uint64_t position = capture->total - capture->head_length;
    if (length > capture->tail_limit) {
        size_t skipped = length - capture->tail_limit;
        bytes += skipped;
        position += skipped;
        length = capture->tail_limit;
    }
    size_t start = (size_t)(position % capture->tail_limit);
    size_t first = capture->tail_limit - start;
    if (first > length)
        first = length;
    memcpy(capture->ring + start, bytes, first);
    memcpy(capture->ring, bytes + first, length - first);
}

void lw_capture_append(lw_capture *capture, const char *bytes, size_t length) {
    if (!capture->failed) {
        size_t taken = append_to_head(capture, bytes, length);
        capture->total += taken;
        bytes += taken;
        length -= taken;
    }
    if (length > 0 && !capture->failed)
        append_to_ring(capture, bytes, length);
    capture->total += length;
}

static uint64_t after_head(const lw_capture *capture) {
    return capture->total - capture->head_length;
}

/** Bytes of the end that are kept. */
static size_t tail_length(const lw_capture *capture) {
    if (!capture->ring || capture->failed)
        return 0;
    return after_head(capture) < capture->tail_limit ? (size_t)after_head(capture) : capture->tail_limit;
}

uint64_t lw_capture_left_out(const lw_capture *capture) {
    return after_head(capture) - tail_length(capture);
}

static void add_ring(const lw_capture *capture, lw_text *out) {
    size_t length = tail_length(capture);
    if (length == 0)
        return;
    size_t start = (size_t)((after_head(capture) - length) % capture->tail_limit);
    size_t first = capture->tail_limit - start;
    if (first > length)
        first = length;
    lw_text_append(out, capture->ring + start, first);
    lw_text_append(out, capture->ring, length - first);
}

void lw_capture_parts(const lw_capture *capture, lw_text *head, lw_text *tail) {
    if (capture->head_length > 0)
        lw_text_append(head, capture->head, capture->head_length);
    add_ring(capture, lw_capture_left_out(capture) > 0 ? tail : head);
}

static bool continues_character(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/** How long the character that begins with this byte is. */
static size_t character_length(char first) {
    unsigned char byte = (unsigned char)first;
    return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

/** length without a character whose end was cut off. */
static size_t without_cut_end(const char *bytes, size_t length) {
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        char byte = bytes[length - back];
        if (!continues_character(byte))
            return character_length(byte) > back ? length - back : length;
    }
    return length;
}

/** Bytes at the start that end a character whose beginning was cut off. */
static size_t cut_start(const char *bytes, size_t length) {
    size_t skipped = 0;
    while (skipped < 3 && skipped < length && continues_character(bytes[skipped]))
        skipped++;
    return skipped;
}

#define REPLACEMENT "\xEF\xBF\xBD"

static void add_without_zeros(lw_text *out, const char *bytes, size_t length) {
    const char *zero;
    while (length > 0 && (zero = memchr(bytes, 0, length))) {
        size_t before = (size_t)(zero - bytes);
        lw_text_append(out, bytes, before);
        lw_text_add(out, REPLACEMENT);
        bytes += before + 1;
        length -= before + 1;
    }
    lw_text_append(out, bytes, length);
}

static void add_valid(lw_text *out, const char *bytes, size_t length) {
    while (length > 0) {
        size_t valid = lw_utf8_invalid_at(bytes, length);
        add_without_zeros(out, bytes, valid);
        if (valid == length)
            return;
        lw_text_add(out, REPLACEMENT);
        bytes += valid + 1;
        length -= valid + 1;
    }
}

static void add_note(lw_text *out, uint64_t left_out) {
    if (out->length > 0 && out->bytes[out->length - 1] != '\n')
        lw_text_add(out, "\n");
    lw_text_format(out, "[… %llu bytes left out …]\n", (unsigned long long)left_out);
}

void lw_capture_text(const lw_capture *capture, lw_text *out) {
    lw_text head = {0}, tail = {0};
    uint64_t left_out = lw_capture_left_out(capture);
    lw_capture_parts(capture, &head, &tail);
    if (head.failed || tail.failed)
        out->failed = true;
    if (left_out == 0) {
        add_valid(out, head.bytes, head.length);
    } else {
        size_t skipped = cut_start(tail.bytes, tail.length);
        add_valid(out, head.bytes, without_cut_end(head.bytes, head.length));
        add_note(out, left_out);
        add_valid(out, tail.length ? tail.bytes + skipped : NULL, tail.length - skipped);
    }
    lw_text_release(&head);
    lw_text_release(&tail);
}

static bool is_blank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/** Where the first word begins that was not cut; if all is one word, its first whole character. */
static size_t first_whole_word(const char *bytes, size_t length) {
    size_t at = 0;
    while (at < length && !is_blank(bytes[at]))
        at++;
    while (at < length && is_blank(bytes[at]))
        at++;
    return at < length ? at : cut_start(bytes, length);
}

/** Adds the last line of bytes that is not blank. A line cut at its start begins with its first whole word. */
static void add_last_line(lw_text *out, const char *bytes, size_t length, bool start_is_cut) {
    size_t end = length;
    while (end > 0 && is_blank(bytes[end - 1]))
        end--;
    if (end == 0)
        return;
    const char *before = memrchr(bytes, '\n', end);
    size_t start = before ? (size_t)(before - bytes) + 1 : 0;
    const char *line_end = memchr(bytes + end, '\n', length - end);
    size_t stop = line_end ? (size_t)(line_end - bytes) : length;
    if (stop > end && bytes[stop - 1] == '\r')
        stop--;
    if (!before && start_is_cut)
        start = first_whole_word(bytes, end);
    lw_text_append(out, bytes + start, stop - start);
}

void lw_capture_last_line(const lw_capture *capture, lw_text *out) {
    lw_text head = {0}, tail = {0};
    bool cut = lw_capture_left_out(capture) > 0;
    lw_capture_parts(capture, &head, &tail);
    if (head.failed || tail.failed)
        out->failed = true;
    const lw_text *end = cut ? &tail : &head;
    add_last_line(out, end->bytes, end->length, cut);
    lw_text_release(&head);
    lw_text_release(&tail);
}
