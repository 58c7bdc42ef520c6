/**
 * What is said when a file has brought another space than the experiment had.
 */
#ifndef CLI_NEW_VERSION_H
#define CLI_NEW_VERSION_H

#include <labwatch/assistant.h>

/** Says a line for each space of which a further version was made when the assistant was opened. */
void tell_new_versions(lw_assistant *assistant);

#endif
