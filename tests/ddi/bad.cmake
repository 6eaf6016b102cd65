# Bad input, on the drivers of tests/compat.
add_weir_test(bad_driver SOURCES bad_driver.c WDK LIBRARIES ksguid
              DRIVERS compat_puppet compat_descriptors compat_no_entry compat_missing_import)
add_weir_test(bad_request SOURCES bad_request.c WDK LIBRARIES ksguid
              DRIVERS compat_puppet compat_puppet_necessary compat_puppet_allocator compat_transform)
