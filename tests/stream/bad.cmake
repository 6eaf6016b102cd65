# Bad stream requests and cancellation, on the drivers of tests/compat.
add_weir_test(bad_stream SOURCES bad_stream.c WDK LIBRARIES ksguid
              DRIVERS compat_puppet compat_puppet_allocator compat_clones)
