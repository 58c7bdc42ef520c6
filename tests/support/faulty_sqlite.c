#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_sqlite.h"

typedef struct fault {
    uint64_t at, counted;
    bool then_on;
} fault;

/* SQLite calls these without an argument of ours. */
static fault faults[2];
static sqlite3_mem_methods usual_memory;
static sqlite3_vfs *usual_files;

uint64_t faulty_sqlite_fail_at(faulty_kind kind, uint64_t n, bool then_on) {
    uint64_t counted = faults[kind].counted;
    faults[kind] = (fault){.at = n, .then_on = then_on};
    return counted;
}

static bool fails(faulty_kind kind) {
    fault *f = &faults[kind];
    f->counted++;
    return f->at > 0 && (f->counted == f->at || (f->then_on && f->counted > f->at));
}

/* ---- memory ---- */

static void *faulty_malloc(int size) {
    return fails(FAULTY_MEMORY) ? NULL : usual_memory.xMalloc(size);
}

static void *faulty_realloc(void *block, int size) {
    return fails(FAULTY_MEMORY) ? NULL : usual_memory.xRealloc(block, size);
}

/* ---- files ---- */

typedef struct faulty_file {
    sqlite3_file base;
    sqlite3_file *usual; /* behind this struct */
} faulty_file;

static sqlite3_file *usual_of(sqlite3_file *file) {
    return ((faulty_file *)file)->usual;
}

/* CALL(file, what SQLite says when it fails, method, arguments behind the file) */
#define CALL(file, failure, method, ...)                                                                               \
    (fails(FAULTY_FILES) ? (failure) : usual_of(file)->pMethods->method(usual_of(file), __VA_ARGS__))

static int file_close(sqlite3_file *file) {
    return usual_of(file)->pMethods->xClose(usual_of(file));
}

static int file_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at) {
    return CALL(file, SQLITE_IOERR_READ, xRead, bytes, size, at);
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at) {
    return CALL(file, SQLITE_IOERR_WRITE, xWrite, bytes, size, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return CALL(file, SQLITE_IOERR_TRUNCATE, xTruncate, size);
}

static int file_sync(sqlite3_file *file, int flags) {
    (void)file;
    (void)flags;
    return fails(FAULTY_FILES) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return CALL(file, SQLITE_IOERR_FSTAT, xFileSize, size);
}

static int file_lock(sqlite3_file *file, int level) {
    return CALL(file, SQLITE_IOERR_LOCK, xLock, level);
}

static int file_unlock(sqlite3_file *file, int level) {
    return usual_of(file)->pMethods->xUnlock(usual_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *out) {
    return CALL(file, SQLITE_IOERR_CHECKRESERVEDLOCK, xCheckReservedLock, out);
}

static int file_control(sqlite3_file *file, int operation, void *arg) {
    return usual_of(file)->pMethods->xFileControl(usual_of(file), operation, arg);
}

static int file_sector_size(sqlite3_file *file) {
    return usual_of(file)->pMethods->xSectorSize(usual_of(file));
}

static int file_characteristics(sqlite3_file *file) {
    return usual_of(file)->pMethods->xDeviceCharacteristics(usual_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    return CALL(file, SQLITE_IOERR_SHMMAP, xShmMap, page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    if (flags & SQLITE_SHM_UNLOCK)
        return usual_of(file)->pMethods->xShmLock(usual_of(file), offset, n, flags);
    return CALL(file, SQLITE_IOERR_SHMLOCK, xShmLock, offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
    usual_of(file)->pMethods->xShmBarrier(usual_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int delete_it) {
    return usual_of(file)->pMethods->xShmUnmap(usual_of(file), delete_it);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2, /* without mapped pages, whose reads could not fail */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    (void)vfs;
    faulty_file *faulty = (faulty_file *)file;
    faulty->usual = (sqlite3_file *)(faulty + 1);
    faulty->base.pMethods = NULL;
    if (fails(FAULTY_FILES))
        return SQLITE_CANTOPEN;
    int rc = usual_files->xOpen(usual_files, name, faulty->usual, flags, out_flags);
    if (faulty->usual->pMethods)
        faulty->base.pMethods = &file_methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    (void)vfs;
    (void)sync;
    return fails(FAULTY_FILES) ? SQLITE_IOERR_DELETE : usual_files->xDelete(usual_files, name, 0);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    (void)vfs;
    return fails(FAULTY_FILES) ? SQLITE_IOERR_ACCESS : usual_files->xAccess(usual_files, name, flags, out);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    (void)vfs;
    return usual_files->xFullPathname(usual_files, name, size, out);
}

void faulty_sqlite_install(void) {
    static sqlite3_vfs vfs;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual_memory);
    sqlite3_mem_methods memory = usual_memory;
    memory.xMalloc = faulty_malloc;
    memory.xRealloc = faulty_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* small blocks, too, come from there */
    if (sqlite3_initialize() != SQLITE_OK || !(usual_files = sqlite3_vfs_find(NULL)))
        abort();
    vfs = *usual_files;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(faulty_file) + usual_files->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_path;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}
