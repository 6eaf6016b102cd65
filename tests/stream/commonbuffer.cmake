# An allocator over a common DMA buffer (drivers/commonbuffer).
add_weir_test(commonbuffer SOURCES commonbuffer_test.c WDK LIBRARIES ksguid DRIVERS commonbuffer invert recorder)
add_dependencies(test-commonbuffer model-commonbuffer)
target_include_directories(test-commonbuffer PRIVATE ${PROJECT_SOURCE_DIR}/drivers)
