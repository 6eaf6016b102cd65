/* Splitter pins: told that weir makes no copies. */
#ifndef WEIR_KS_SPLITTER_H
#define WEIR_KS_SPLITTER_H

struct pin;

/* A pin was put into its type; control mutex held. */
void splitter_tell(const struct pin *pin);

#endif
