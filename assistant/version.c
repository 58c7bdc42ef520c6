#include <labwatch/version.h>

const char *lw_version(void) {
    return LW_VERSION_TEXT;
}

/*
 * What a replay's bits depend on beside this library: the mathematical library and BLAS choose their kernels by what
 * the processor can do.
 */
const char *lw_build(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return LW_VERSION_TEXT " x86_64 avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return LW_VERSION_TEXT " x86_64 avx2";
    if (__builtin_cpu_supports("avx"))
        return LW_VERSION_TEXT " x86_64 avx";
    return LW_VERSION_TEXT " x86_64";
#elif defined(__aarch64__)
    return LW_VERSION_TEXT " aarch64";
#else
    return LW_VERSION_TEXT " other";
#endif
}
