#ifndef CBENCHMARKS_H
#define CBENCHMARKS_H

#include <stdint.h>

/// How often malloc, calloc, realloc and their aligned kin have been called in this process.
/// Always zero where the C library is not glibc.
uint64_t benchmarks_malloc_count(void);

/// The processor time that this process has used.
int64_t benchmarks_cpu_nanoseconds(void);

typedef struct {
    int32_t status;
    int64_t wall_nanoseconds;
    int64_t cpu_nanoseconds;
    int64_t peak_bytes;
} benchmarks_process;

/// Runs a program to its end; `arguments` ends with NULL and begins with the program's path. What
/// it prints goes to the file `output`. Status -1 says that it could not be started.
benchmarks_process benchmarks_run(char *const arguments[], const char *output);

#endif
