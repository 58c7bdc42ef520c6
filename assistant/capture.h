/**
 * Output in bounded memory: the first bytes and the last bytes of a stream, and how many there were.
 */
#ifndef LW_CAPTURE_H
#define LW_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <labwatch/sys/text.h>

#define LW_CAPTURE_HEAD ((size_t)64 << 10)
#define LW_CAPTURE_TAIL ((size_t)64 << 10)

/** Made by lw_capture_init; nothing is allocated before the first byte. */
typedef struct lw_capture {
    char *head;
    size_t head_length;
    size_t head_capacity;
    size_t head_limit;
    char *ring; /**< tail_limit bytes, allocated when the head is full */
    size_t tail_limit;
    uint64_t total; /**< bytes seen, kept or not */
    bool failed;    /**< memory was gone: what came after the head is counted only */
} lw_capture;

/** Limits in bytes; 0 for LW_CAPTURE_HEAD and LW_CAPTURE_TAIL. */
void lw_capture_init(lw_capture *capture, size_t head_limit, size_t tail_limit);
void lw_capture_release(lw_capture *capture);

/** Never fails: without memory, bytes are counted as left out. */
void lw_capture_append(lw_capture *capture, const char *bytes, size_t length);

/** How many bytes of the middle are left out; 0 if everything is there. */
uint64_t lw_capture_left_out(const lw_capture *capture);

/**
 * Appends the output as people and documents get it: valid UTF-8 (invalid bytes and 0 become U+FFFD, characters cut in
 * two are dropped), and where bytes were left out, on a line of its own, "[… N bytes left out …]".
 */
void lw_capture_text(const lw_capture *capture, lw_text *out);

/**
 * Appends the bytes kept of the head and, in *tail, those of the end, as they were; with nothing left out all are in
 * head. For result_text.h.
 */
void lw_capture_parts(const lw_capture *capture, lw_text *head, lw_text *tail);

/**
 * Appends the last line with anything but blanks in it, exactly as printed, without its line end; of a line longer
 * than the tail its end. Nothing if there is none.
 */
void lw_capture_last_line(const lw_capture *capture, lw_text *out);

#endif
