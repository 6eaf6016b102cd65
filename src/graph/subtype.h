/* Short names of media subtypes, both ways. */
#ifndef WEIR_GRAPH_SUBTYPE_H
#define WEIR_GRAPH_SUBTYPE_H

#include "graph.h"

/* "YUY2", "RGB24", "PCM" ...; text holds at least 40 bytes (a GUID's text where there is no name).
 */
void subtype_name(const GUID *subtype, char text[40]);
/* Names compare without case. false: no such name. */
bool subtype_from_name(const char *name, size_t bytes, GUID *subtype);
bool is_video_specifier(const GUID *specifier);

#endif
