/* Shrink: the shortest scene that still breaks a rule, printed as C. See shrink.c. */
#ifndef WEIR_PROOF_SHRINK_H
#define WEIR_PROOF_SHRINK_H

#include <stdio.h>

#include "proof.h"

/* How a process that played ended: RULE_CRASH, RULE_HANG, or what it noted itself. */
void proof_verdict(int status, struct scene_result *result);
void proof_print(FILE *file, const struct scene *scene, const struct scene_result *result);
/* One line: the rule's name, the seed, the step. Returns an exit code. */
int proof_say(uint64_t seed, const struct scene *scene, const struct scene_result *result);
/* Say it, shrink the scene of `seed`, print it; with `folder` also to folder/scene.c. */
void proof_broken(uint64_t seed, const struct scene_result *result, const char *folder);
/* The main of a printed scene. */
int proof_again(const struct scene *scene);

#endif
