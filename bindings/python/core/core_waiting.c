/* Waiting for others, of which Python is told. */
#include "core.h"

#include <pthread.h>

/* In the module's own source, which is made from labwatch.cdef. */
extern bool labwatch_python_give_up(void *self);

static pthread_t main_thread;
static bool has_main_thread;

void core_set_main_thread(void) {
    main_thread = pthread_self();
    has_main_thread = true;
}

/* Another thread would need the interpreter's lock here, which a thread that forks may have while it waits for this one. */
bool core_give_up(void *self) {
    return has_main_thread && pthread_equal(pthread_self(), main_thread) && labwatch_python_give_up(self);
}
