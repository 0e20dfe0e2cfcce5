#ifndef RETROGRAD_PROCESSES_H
#define RETROGRAD_PROCESSES_H

// What Swift cannot ask of the system about processes: `prctl` takes any number of arguments.

/// Makes descendants whose parent has ended children of this process, so that they can be found and ended.
/// Linux only; elsewhere it does nothing and returns 0.
int retrograd_adopt_orphans(void);

/// Refuses other processes of the same user to trace this one or to look into its memory.
void retrograd_refuse_tracing(void);

#endif
