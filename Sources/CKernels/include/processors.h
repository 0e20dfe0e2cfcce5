#pragma once

// Which processors threads run on. Where the system does not say (everywhere but on Linux), nothing happens.

// The processor that the calling thread runs on, or -1.
int retrograd_current_processor(void);

// The calling thread, as `retrograd_keep_off_processor` names it.
long retrograd_current_thread(void);

// Lets `thread` run on all processors that the calling thread may use, except for `processor`. Changes nothing
// where there is no other.
void retrograd_keep_off_processor(long thread, int processor);
