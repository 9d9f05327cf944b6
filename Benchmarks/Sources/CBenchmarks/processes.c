#define _GNU_SOURCE
#include "CBenchmarks.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t benchmarks_cpu_nanoseconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static int64_t microseconds(struct timeval value) {
    return (int64_t)value.tv_sec * 1000000 + value.tv_usec;
}

benchmarks_process benchmarks_run(char *const arguments[], const char *output) {
    benchmarks_process result = {-1, 0, 0, 0};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t child;
    int64_t start = nanoseconds();
    int failure = posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return result;
    int status = 0;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child) return result;
    result.wall_nanoseconds = nanoseconds() - start;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.cpu_nanoseconds = 1000 * (microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
#if defined(__APPLE__)
    result.peak_bytes = usage.ru_maxrss;
#else
    result.peak_bytes = (int64_t)usage.ru_maxrss * 1024;
#endif
    return result;
}
