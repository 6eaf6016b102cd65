# The static runtime of drivers.
add_weir_test(runtime SOURCES runtime_test.c STANDALONE LIBRARIES weir_runtime NOT_LIVE)
target_compile_options(test-runtime PRIVATE -fno-builtin -fshort-wchar)
