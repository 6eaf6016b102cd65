/* A room that has no source yet. */
extern int weir_empty_room;
