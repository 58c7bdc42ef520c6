/**
 * The store `memory:`, whose runs end with the process. Each `memory:` that is opened is a new one.
 */
#ifndef LABWATCH_MEMORY_STORE_H
#define LABWATCH_MEMORY_STORE_H

#include <labwatch/sys/store.h>

extern const lw_store_type lw_store_memory;

#endif
