/*
 * A format's number ('0' … '4'), then any bytes as a space in that format. What is accepted must be written by
 * labwatch's own format, and read back as a space of the same meaning. Each other format must refuse it with a
 * sentence, or write what can be read back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/convert.h>
#include <labwatch/sys/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static void check_space(const lw_space *space) {
    char *text = NULL, *difference = NULL;
    lw_space *again = NULL;
    lw_error error;
    require(lw_space_write(&text, space, LW_FORMAT_LABWATCH, &error) == LW_OK);
    int rc = lw_space_read(&again, text, strlen(text), "written", LW_FORMAT_LABWATCH, &error);
    require(rc == LW_OK);
    require(lw_space_diff(&difference, space, again, &error) == LW_OK);
    require(*difference == '\0');
    lw_free(difference);
    lw_free(text);
    lw_space_free(again);
}

static void check_other_format(const lw_space *space, lw_space_format format) {
    char *text = NULL;
    lw_space *again = NULL;
    lw_error error = {0};
    int rc = lw_space_write(&text, space, format, &error);
    require(rc == LW_OK || (rc == LW_EUNSUPPORTED && error.message[0] && !text));
    if (rc == LW_OK)
        require(lw_space_read(&again, text, strlen(text), "written", format, &error) == LW_OK);
    lw_free(text);
    lw_space_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lw_space *space = NULL;
    lw_error error = {0};
    if (size == 0 || size > 4096 || data[0] < '0' || data[0] > '4')
        return 0;
    lw_space_format format = (lw_space_format)(data[0] - '0');
    int rc = lw_space_read(&space, (const char *)data + 1, size - 1, "fuzz.json", format, &error);
    if (rc == LW_OK) {
        check_space(space);
        for (int other = LW_FORMAT_LABWATCH + 1; other <= LW_FORMAT_SACRED; other++)
            check_other_format(space, (lw_space_format)other);
    } else {
        require(rc == LW_EPARSE && error.message[0]);
    }
    lw_space_free(space);
    return 0;
}
