/* labwatch space convert: spaces in other tools' formats. */
#include <stdio.h>
#include <string.h>

#include <labwatch/convert.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "opening.h"
#include "say.h"
#include "yaml_writer.h"

/* Bytes of an ending that no experiment's name has, or 0. */
static size_t file_ending(const char *name, size_t length) {
    static const char *const endings[] = {".yaml", ".yml"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (length >= n && memcmp(name + length - n, endings[i], n) == 0)
            return n;
    }
    return 0;
}

static bool is_one_line(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return true;
}

/* The name of the experiment, where the file does not have one: the file's own, if it can be one. */
static char *name_of_file(const char *path) {
    enum { LONGEST = 190 };
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    size_t length = dot && dot > file ? (size_t)(dot - file) : strlen(file);
    for (size_t n; (n = file_ending(file, length)) > 0;)
        length -= n;
    lw_text name = {0};
    if (strcmp(path, "-") == 0 || length == 0 || length > LONGEST || !is_one_line(file, length)) {
        lw_text_add(&name, "space");
    } else {
        lw_text_add(&name, strspn(file, "0123456789") >= length ? "space-" : "");
        lw_text_append(&name, file, length);
    }
    return need(lw_text_take(&name));
}

/* An experiment file needs a name. */
static void write_name(const char *name) {
    lw_text line = {0};
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&document, "experiment", name);
    yaml_add_document(&line, &document, 0);
    fputs(need(line.bytes), stdout);
    bson_destroy(&document);
    lw_text_release(&line);
}

static int write_space(const lw_space *space, lw_space_format format, const char *name) {
    char *text;
    lw_error error;
    if (lw_space_write(&text, space, format, &error) != LW_OK)
        return fail_with(&error);
    if (format == LW_FORMAT_LABWATCH)
        write_name(name);
    fputs(text, stdout);
    if (*text && text[strlen(text) - 1] != '\n')
        fputc('\n', stdout);
    lw_free(text);
    return EXIT_DONE;
}

static int from_experiment_file(const cli_arguments *given, lw_space_format to) {
    lw_experiment *experiment = NULL;
    int code = read_experiment(&experiment, given->operands[0], false);
    lw_space *space = code == EXIT_DONE ? chosen_space(experiment, given, &code) : NULL;
    if (space)
        code = write_space(space, to, experiment->name);
    lw_experiment_free(experiment);
    return code;
}

static int from_other_file(const cli_arguments *given, lw_space_format from, lw_space_format to) {
    if (option_given(given, "space"))
        return fail(EXIT_WRONG, "--space goes with experiment files: a file in another format has one space");
    char *bytes;
    size_t length;
    int code = read_whole_file(given->operands[0], &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    lw_space *space = NULL;
    lw_error error;
    char *name = name_of_file(given->operands[0]);
    const char *source = strcmp(given->operands[0], "-") == 0 ? "standard input" : given->operands[0];
    if (lw_space_read(&space, bytes, length, source, from, &error) != LW_OK)
        code = fail_with(&error);
    else
        code = write_space(space, to, name);
    lw_space_free(space);
    lw_free(name);
    lw_free(bytes);
    return code;
}

static lw_space_format format_of(const cli_arguments *given, const char *option) {
    const char *name = option_text(given, option);
    return name ? (lw_space_format)lw_space_format_by_name(name, NULL) : LW_FORMAT_LABWATCH;
}

int verb_space_convert(const cli_arguments *given) {
    lw_space_format from = format_of(given, "from"), to = format_of(given, "to");
    return from == LW_FORMAT_LABWATCH ? from_experiment_file(given, to) : from_other_file(given, from, to);
}
