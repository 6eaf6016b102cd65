# What mutants of src/nt and src/ks showed to be untested (docs/mutation.md).
add_weir_test(rtl_strsafe SOURCES rtl_strsafe.c WDK INTERNALS)
add_weir_test(rtl_unicode SOURCES rtl_unicode.c WDK INTERNALS)
add_weir_test(ke_misc SOURCES ke_misc.c WDK INTERNALS)
add_weir_test(io_memory SOURCES io_memory.c WDK INTERNALS)
add_weir_test(zw_registry SOURCES zw_registry.c WDK INTERNALS)
add_weir_test(ks_library SOURCES ks_library.c WDK INTERNALS LIBRARIES ksguid)
add_weir_test(ks_header SOURCES ks_header.c WDK INTERNALS LIBRARIES ksguid)
add_weir_test(ks_object SOURCES ks_object.c WDK INTERNALS LIBRARIES ksguid)
add_weir_test(kernel_more SOURCES kernel_more.c WDK INTERNALS)
add_weir_test(class_more SOURCES class_more.c WDK INTERNALS LIBRARIES ksguid)
# What fuzzing showed.
add_weir_test(range_attributes SOURCES range_attributes.c WDK LIBRARIES ksguid DRIVERS fuzzed)
add_weir_test(ks_descriptor SOURCES ks_descriptor.c WDK INTERNALS LIBRARIES ksguid)
