# What a pin tells about itself (watch/diagnostic.h).
add_weir_test(diagnostic SOURCES diagnostic_test.c WDK INTERNALS LIBRARIES ksguid)
