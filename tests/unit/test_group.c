/* Groups of worker processes that an embedding program forks. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <labwatch/group.h>

#include "testing.h"

enum { MIB = 1 << 20 };

static void fill(size_t bytes) {
    volatile char *memory = malloc(bytes);
    if (!memory)
        _exit(1);
    for (size_t i = 0; i < bytes; i += 512)
        memory[i] = (char)i;
}

/* A leader with a child, which has 40 MiB and ignores SIGTERM. Whoever is left keeps the pipe's end open. */
static pid_t start_group(int ready, bool ignores) {
    pid_t parent = getpid(), leader = fork();
    if (leader != 0)
        return leader;
    if (lw_group_lead(parent, NULL) != LW_OK)
        _exit(1);
    if (ignores)
        signal(SIGTERM, SIG_IGN);
    if (fork() == 0) {
        (void)setpgid(0, 0);
        fill(40 * MIB);
        (void)!write(ready, "x", 1);
    }
    for (;;)
        (void)pause();
}

static void wait_for_end(int pipe_end, pid_t leader) {
    char byte;
    assert_int_equal(read(pipe_end, &byte, 1), 0);
    assert_int_equal(waitpid(leader, NULL, 0), leader);
    close(pipe_end);
}

static void test_group__memory_and_end(void **state) {
    (void)state;
    lw_error error;
    for (int round = 0; round < 2; round++) {
        int ends[2];
        char byte;
        assert_int_equal(pipe(ends), 0);
        pid_t leader = start_group(ends[1], round == 1);
        close(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 1);
        const int64_t leaders[] = {leader, 2147483000, getpid()};
        uint64_t bytes[3];
        assert_ok(lw_group_memory(leaders, 3, (uint64_t)1 << 40, bytes, &error), error);
        assert_true(bytes[0] > 40 * MIB && bytes[1] == 0 && bytes[2] > bytes[0]);
        assert_ok(lw_group_memory(leaders, 1, 1, bytes, &error), error);
        assert_true(bytes[0] > 40 * MIB && bytes[0] < (uint64_t)400 * MIB);
        assert_ok(lw_group_signal(leader, SIGTERM, &error), error);
        if (round == 1)
            assert_ok(lw_group_signal(leader, SIGKILL, &error), error);
        wait_for_end(ends[0], leader);
        assert_ok(lw_group_memory(leaders, 1, 1, bytes, &error), error);
        assert_true(bytes[0] == 0);
        assert_ok(lw_group_signal(leader, SIGTERM, &error), error);
    }
}

static void test_group__ends_with_its_parent(void **state) {
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        pid_t self = getpid();
        if (fork() == 0) {
            if (lw_group_lead(self, NULL) != LW_OK)
                _exit(1);
            if (fork() != 0) /* the pipe's end is held by it, and by a child of it */
                for (;;)
                    (void)pause();
            (void)!write(ends[1], "x", 1);
            for (;;)
                (void)pause();
        }
        for (;;)
            (void)pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    kill(parent, SIGKILL);
    wait_for_end(ends[0], parent);
}

/* As a pool of processes does with one of its own. */
static void test_group__a_member_that_ends_leaves_the_others(void **state) {
    (void)state;
    pid_t parent = getpid(), leader = fork();
    if (leader == 0) {
        if (lw_group_lead(parent, NULL) != LW_OK)
            _exit(1);
        pid_t member = fork();
        if (member == 0)
            for (;;)
                (void)pause();
        int status;
        kill(member, SIGTERM);
        _exit(waitpid(member, &status, 0) == member && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(leader, &status, 0), leader);
    assert_int_equal(status, 0);
}

static void test_group__bad_input(void **state) {
    (void)state;
    lw_error error;
    assert_int_equal(lw_group_signal(1, SIGTERM, &error), LW_EINVAL);
    assert_int_equal(lw_group_signal(0, SIGTERM, &error), LW_EINVAL);
    assert_int_equal(lw_group_signal(-1, SIGTERM, &error), LW_EINVAL);
    pid_t child = fork();
    if (child == 0)
        _exit(lw_group_lead(1, &error) == LW_EUNAVAILABLE ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group__memory_and_end),
        cmocka_unit_test(test_group__ends_with_its_parent),
        cmocka_unit_test(test_group__a_member_that_ends_leaves_the_others),
        cmocka_unit_test(test_group__bad_input),
    };
    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
