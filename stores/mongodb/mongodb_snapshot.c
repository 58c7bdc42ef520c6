/*
 * The MongoDB store: a mirror in a file of this machine, so that a process that begins later has only to ask what is
 * new. A snapshot is what a mirror would be that has slept since; it is used only if it is whole, of this very library,
 * server, database and experiment, and if the server's first answer shows that it goes on from there
 * (mongodb_catch_up.c). It is written beside and renamed, and never changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>
#include <labwatch/version.h>

#include "mongodb_internal.h"

enum { FORMAT = 1, FEWEST_ROWS = 1000, LARGEST = 256 << 20, LONGEST_S = 3600 };

static const char magic[8] = "lwmongo";

/* All sizes are multiples of MONGO_ROW_UNIT; the rows follow. */
typedef struct header {
    char magic[8];
    uint32_t format, row_size;
    uint64_t size;                    /* of the file */
    uint64_t checksum[4];             /* of the file, with zeros here */
    uint8_t identity[LW_DIGEST_SIZE]; /* of library, server, database, collections and experiment */
    int64_t born, loaded_at, last_id, experiment_revision;
    uint64_t newest, asked_since, n;
} header;
_Static_assert(sizeof(header) % MONGO_ROW_UNIT == 0, "the checksum is made of so many bytes at a time");

/* ---- checksums: four at once, each of every fourth word, as fast as memory is read ---- */

typedef struct checksum {
    uint64_t lanes[4];
} checksum;

static void checksum_add(checksum *self, const void *bytes, size_t size) {
    const uint64_t *words = bytes;
    for (size_t i = 0; i < size / sizeof *words; i += 4)
        for (size_t k = 0; k < 4; k++) {
            uint64_t mixed = (self->lanes[k] ^ words[i + k]) * 0x9E3779B97F4A7C15u;
            self->lanes[k] = mixed ^ mixed >> 29;
        }
}

/* ---- where it is ---- */

static void identify(const mongo_store *store, const mongo_mirror *mirror, uint8_t out[LW_DIGEST_SIZE],
                     char hex[LW_DIGEST_HEX_SIZE]) {
    const char *const parts[] = {lw_build(),
                                 store->place,
                                 store->collections[MONGO_RUNS],
                                 store->collections[MONGO_EXPERIMENTS],
                                 mirror->experiment};
    lw_digest digest;
    lw_digest_start(&digest);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        lw_digest_add_text(&digest, parts[i], strlen(parts[i]));
    lw_digest_finish(&digest, out);
    lw_digest_finish_hex(&digest, hex);
}

static char *path_in(const char *folder, const char *hex, const char *ending) {
    lw_text path = {0};
    lw_text_format(&path, "%s/%s%s", folder, hex, ending);
    return lw_text_take(&path);
}

/* ---- reading ---- */

static bool read_bytes(int file, uint8_t *out, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(file, out + done, size - done);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* In large pages where the system has some: to get small ones costs as much as to read the file. */
static void *get_room(size_t size) {
    const uintptr_t page = 2 << 20;
    uint8_t *room = lw_malloc(size);
    uintptr_t at = ((uintptr_t)room + page - 1) / page * page, end = ((uintptr_t)room + size) / page * page;
    if (room && end > at)
        (void)madvise((void *)at, end - at, MADV_HUGEPAGE);
    return room;
}

/* NULL if there is none of a size that may be; else lw_free it. */
static void *read_file(const char *path, size_t *size) {
    struct stat there;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return NULL;
    void *bytes = NULL;
    if (fstat(file, &there) == 0 && S_ISREG(there.st_mode) && there.st_uid == geteuid() &&
        there.st_size >= (off_t)sizeof(header) && there.st_size <= LARGEST && there.st_size % MONGO_ROW_UNIT == 0) {
        *size = (size_t)there.st_size;
        bytes = get_room(*size);
    }
    if (bytes && !read_bytes(file, bytes, *size)) {
        lw_free(bytes);
        bytes = NULL;
    }
    (void)close(file);
    return bytes;
}

static bool is_whole(void *bytes, size_t size) {
    header *head = bytes;
    uint64_t wanted[4];
    checksum sum = {{0}};
    if (memcmp(head->magic, magic, sizeof magic) != 0 || head->format != FORMAT ||
        head->row_size != sizeof(mongo_row) || head->size != size)
        return false;
    memcpy(wanted, head->checksum, sizeof wanted);
    memset(head->checksum, 0, sizeof head->checksum);
    checksum_add(&sum, bytes, size);
    return memcmp(wanted, sum.lanes, sizeof wanted) == 0;
}

/* What others have removed from the database by hand leaves no trace: so it is not believed forever. */
static bool is_usable(const header *head, const uint8_t identity[LW_DIGEST_SIZE]) {
    int64_t age_s = (int64_t)time(NULL) - head->loaded_at;
    return memcmp(head->identity, identity, LW_DIGEST_SIZE) == 0 && head->born != 0 && head->last_id > 0 &&
           age_s >= 0 && age_s < LONGEST_S;
}

static bool take(mongo_mirror *mirror, void *bytes, size_t size) {
    const header head = *(const header *)bytes;
    if (!mongo_mirror_adopt(mirror, bytes, size, sizeof head, head.n))
        return false;
    mirror->loaded = mirror->unproven = true;
    mirror->born = head.born;
    mirror->loaded_at = head.loaded_at;
    mirror->last_id = head.last_id;
    mirror->counts.experiment_revision = head.experiment_revision;
    mirror->newest = head.newest;
    mirror->asked_since = head.asked_since;
    mirror->looked_s = -1e9; /* all open runs are looked at */
    return true;
}

void mongo_snapshot_load(const mongo_store *store, mongo_mirror *mirror) {
    uint8_t identity[LW_DIGEST_SIZE];
    char hex[LW_DIGEST_HEX_SIZE];
    char *folder = mongo_cache_folder();
    if (!folder)
        return;
    identify(store, mirror, identity, hex);
    char *path = path_in(folder, hex, ".rows");
    size_t size = 0;
    void *bytes = path ? read_file(path, &size) : NULL;
    if (bytes && (!is_whole(bytes, size) || !is_usable(bytes, identity) || !take(mirror, bytes, size)))
        lw_free(bytes);
    lw_free(path);
    lw_free(folder);
}

/* ---- writing ---- */

static size_t size_of(const mongo_mirror *mirror) {
    size_t size = sizeof(header);
    for (size_t i = 0; i < mirror->n; i++)
        size += mongo_row_size(mirror->rows[i]);
    return size;
}

/* Reading the file has to save more than writing it costs. */
static bool is_worth_it(const mongo_mirror *mirror) {
    const uint64_t part = 50;
    return mirror->loaded && !mirror->unproven && mirror->born != 0 && mirror->last_id > 0 &&
           mirror->n >= FEWEST_ROWS && mirror->n_taken > mirror->n / part;
}

static bool write_rows(FILE *file, const mongo_mirror *mirror, checksum *sum) {
    size_t room_size = 0;
    void *room = NULL;
    bool done = true;
    for (size_t i = 0; i < mirror->n && done; i++) {
        size_t size = mongo_row_size(mirror->rows[i]);
        if (size > room_size) {
            lw_free(room);
            room = lw_malloc(size);
            room_size = room ? size : 0;
        }
        done = room != NULL;
        if (!done)
            break;
        mongo_row_write(room, mirror->rows[i]);
        checksum_add(sum, room, size);
        done = fwrite(room, 1, size, file) == size;
    }
    lw_free(room);
    return done;
}

/* The header is written first, for its room, and again when the checksum is known. */
static bool write_file(FILE *file, header *head, const mongo_mirror *mirror) {
    checksum sum = {{0}};
    checksum_add(&sum, head, sizeof *head);
    if (fwrite(head, sizeof *head, 1, file) != 1 || !write_rows(file, mirror, &sum))
        return false;
    memcpy(head->checksum, sum.lanes, sizeof head->checksum);
    return fseek(file, 0, SEEK_SET) == 0 && fwrite(head, sizeof *head, 1, file) == 1 && fflush(file) == 0;
}

static void write_beside(const char *beside, const char *path, header *head, const mongo_mirror *mirror) {
    char *temporary = lw_strdup(beside);
    int descriptor = temporary ? mkostemp(temporary, O_CLOEXEC) : -1;
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (descriptor >= 0 && !file)
        (void)close(descriptor);
    bool done = file && write_file(file, head, mirror);
    if (file && fclose(file) != 0)
        done = false;
    if (descriptor >= 0 && (!done || rename(temporary, path) != 0))
        (void)unlink(temporary);
    lw_free(temporary);
}

void mongo_snapshot_save(const mongo_store *store, const mongo_mirror *mirror) {
    size_t size = is_worth_it(mirror) ? size_of(mirror) : LARGEST;
    char *folder = size < LARGEST ? mongo_cache_folder() : NULL;
    if (!folder)
        return;
    header head = {.format = FORMAT,
                   .row_size = sizeof(mongo_row),
                   .size = size,
                   .born = mirror->born,
                   .loaded_at = mirror->loaded_at,
                   .last_id = mirror->last_id,
                   .experiment_revision = mirror->counts.experiment_revision,
                   .newest = mirror->newest,
                   .asked_since = mirror->asked_since,
                   .n = mirror->n};
    char hex[LW_DIGEST_HEX_SIZE];
    memcpy(head.magic, magic, sizeof magic);
    identify(store, mirror, head.identity, hex);
    mongo_cache_tidy(folder);
    char *beside = path_in(folder, hex, ".XXXXXX"), *path = path_in(folder, hex, ".rows");
    if (beside && path)
        write_beside(beside, path, &head, mirror);
    lw_free(beside);
    lw_free(path);
    lw_free(folder);
}
