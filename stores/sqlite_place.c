/* The SQLite store: where its file may lie. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "sqlite_internal.h"

/* Numbers as statfs gives them (linux/magic.h and the file systems' own sources). */
static const struct {
    int64_t magic;
    const char *name;
} network_file_systems[] = {
    {0x6969, "NFS"},           {0xFF534D42, "CIFS"},     {0xFE534D42, "SMB"},        {0x517B, "SMB"},
    {0x0BD00BD0, "Lustre"},    {0x00C36400, "Ceph"},     {0x47504653, "GPFS"},       {0x19830326, "BeeGFS"},
    {0x5346414F, "AFS"},       {0x6B414653, "AFS"},      {0x73757245, "Coda"},       {0x564C, "NCP"},
    {0x01021997, "9P"},        {0x01161970, "GFS2"},     {0x7461636F, "OCFS2"},      {0xAAD7AAEA, "PanFS"},
    {0x20030528, "OrangeFS"},  {0x013111A8, "IBRIX"},    {0x786F4256, "vboxsf"},     {0xBACBACBC, "vmhgfs"},
};
static const int64_t fuse_magic = 0x65735546;

const char *sqlite_network_name(int64_t magic, const char *type) {
    for (size_t i = 0; i < sizeof network_file_systems / sizeof network_file_systems[0]; i++)
        if (network_file_systems[i].magic == magic)
            return network_file_systems[i].name;
    /* Behind FUSE lie sshfs, s3fs, GlusterFS and many more; a block device that is mounted by it is local. */
    if (magic == fuse_magic && strcmp(type, "fuseblk") != 0)
        return strncmp(type, "fuse.", 5) == 0 && type[5] ? type + 5 : "FUSE";
    return NULL;
}

/* The type of the mount that a device number belongs to: the word behind " - " in its line. */
static void find_mount_type(dev_t device, char type[64]) {
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t size = 0;
    while (mounts && getline(&line, &size, mounts) > 0) {
        unsigned major_number, minor_number;
        const char *behind = strstr(line, " - ");
        if (behind && sscanf(line, "%*d %*d %u:%u", &major_number, &minor_number) == 2 &&
            makedev(major_number, minor_number) == device)
            sscanf(behind, " - %63s", type);
    }
    free(line);
    if (mounts)
        fclose(mounts);
}

int sqlite_probe_file_system(const char *path, int64_t *magic, char type[64]) {
    struct statfs system;
    struct stat file;
    if (statfs(path, &system) != 0 || stat(path, &file) != 0)
        return errno;
    *magic = (uint32_t)system.f_type;
    type[0] = '\0';
    if (*magic == fuse_magic)
        find_mount_type(file.st_dev, type);
    return 0;
}

const char *sqlite_shown(const char *path) {
    return path[0] == '.' && path[1] == '/' ? path + 2 : path;
}

static int wrong_place(const char *path, int number, lw_error *error) {
    char buffer[128];
    return lw_error_set(error, number == EACCES ? LW_ESTORE : LW_EINVAL, "the store %s cannot be opened: %s", sqlite_shown(path),
                        strerror_r(number, buffer, sizeof buffer));
}

static int check_file_system(const char *path, const char *looked_at, sqlite_probe_fn *probe, lw_error *error) {
    int64_t magic;
    char type[64];
    int number = probe(looked_at, &magic, type);
    if (number != 0)
        return wrong_place(path, number, error);
    const char *name = sqlite_network_name(magic, type);
    if (!name)
        return LW_OK;
    return lw_error_set(error, LW_ESTORE,
                        "the store %s lies on a network file system (%s), where SQLite can lose or damage it: keep it on "
                        "a local disk",
                        sqlite_shown(path), name);
}

/* The folder of a path, yours to lw_free. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == path ? lw_strdup("/") : lw_strndup(path, (size_t)(slash - path));
}

static int check_missing(const char *path, const lw_store_setup *setup, sqlite_probe_fn *probe, lw_error *error) {
    if (setup->must_exist)
        return lw_error_set(error, LW_ENOTFOUND, "there is no store %s", sqlite_shown(path));
    char *folder = folder_of(path);
    if (!folder)
        return lw_error_no_memory(error);
    struct stat file;
    int code = LW_OK;
    if (stat(folder, &file) != 0)
        code = errno != ENOENT ? wrong_place(path, errno, error)
                               : lw_error_set(error, LW_EINVAL, "the store %s cannot be made: there is no folder %s",
                                              sqlite_shown(path), sqlite_shown(folder));
    else if (!S_ISDIR(file.st_mode))
        code = wrong_place(path, ENOTDIR, error);
    else if (access(folder, W_OK) != 0)
        code = lw_error_set(error, LW_ESTORE, "the store %s cannot be made: the folder %s may not be written",
                            sqlite_shown(path), sqlite_shown(folder));
    else
        code = check_file_system(path, folder, probe, error);
    lw_free(folder);
    return code;
}

static int check_present(const char *path, const struct stat *file, const lw_store_setup *setup, sqlite_probe_fn *probe,
                         lw_error *error) {
    if (S_ISDIR(file->st_mode))
        return lw_error_set(error, LW_EINVAL,
                            "the store %s is a folder, where a file is wanted: did you mean %s%slabwatch.db?",
                            sqlite_shown(path), sqlite_shown(path), path[strlen(path) - 1] == '/' ? "" : "/");
    if (!S_ISREG(file->st_mode))
        return lw_error_set(error, LW_EINVAL, "the store %s is no regular file", sqlite_shown(path));
    if (access(path, R_OK) != 0)
        return lw_error_set(error, LW_ESTORE, "the store %s may not be read", sqlite_shown(path));
    if (!setup->read_only && access(path, W_OK) != 0)
        return lw_error_set(error, LW_ESTORE, "the store %s may not be written", sqlite_shown(path));
    return check_file_system(path, path, probe, error);
}

static int check_address(const char *address, lw_error *error) {
    if (address[0] == '\0')
        return lw_error_set(error, LW_EINVAL, "sqlite: names no file: did you mean sqlite:labwatch.db?");
    const char *path = address + strspn(address, "/");
    if (path - address == 2)
        return lw_error_set(error, LW_EINVAL, "sqlite:%.200s begins with two slashes: did you mean sqlite:%.200s?", address,
                            path);
    if (path - address > 2) /* other tools write a relative path so */
        return lw_error_set(error, LW_EINVAL,
                            "sqlite:%.200s begins with several slashes: did you mean sqlite:%.200s, in this folder, or "
                            "sqlite:/%.200s?",
                            address, path, path);
    if (strlen(address) > PATH_MAX - 16)
        return lw_error_set(error, LW_EINVAL, "the path of the store is longer than the system allows");
    return LW_OK;
}

/* In a form that SQLite takes for nothing but a path: not "file:…", not ":memory:". */
static char *plain_path(const char *address) {
    lw_text path = {0};
    lw_text_add(&path, address[0] == '/' ? "" : "./");
    lw_text_add(&path, address);
    return lw_text_take(&path);
}

int sqlite_place_check(char **out, const char *address, const lw_store_setup *setup, sqlite_probe_fn *probe,
                       lw_error *error) {
    int code = check_address(address, error);
    if (code != LW_OK)
        return code;
    char *path = plain_path(address);
    if (!path)
        return lw_error_no_memory(error);
    struct stat file;
    if (stat(path, &file) == 0)
        code = check_present(path, &file, setup, probe, error);
    else if (errno == ENOENT && path[strlen(path) - 1] != '/')
        code = check_missing(path, setup, probe, error);
    else
        code = wrong_place(path, errno, error);
    if (code == LW_OK)
        *out = path;
    else
        lw_free(path);
    return code;
}
