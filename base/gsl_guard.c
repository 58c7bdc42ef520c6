#include <pthread.h>

#include <gsl/gsl_errno.h>

#include "gsl_guard.h"

static void switch_off(void) {
    gsl_set_error_handler_off();
}

void lw_gsl_handler_off(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, switch_off);
}
