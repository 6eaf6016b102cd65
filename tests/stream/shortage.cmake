# Each allocation of a step, a request or a frame fails in turn (tests/ddi/shortage.h).
add_weir_test(shortage SOURCES shortage_test.c ../ddi/shortage.c WDK INTERNALS LIBRARIES ksguid)
