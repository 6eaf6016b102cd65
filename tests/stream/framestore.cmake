# An allocator over board memory (drivers/framestore).
add_weir_test(framestore SOURCES framestore_test.c WDK LIBRARIES ksguid DRIVERS framestore invert recorder)
add_dependencies(test-framestore model-framestore)
target_include_directories(test-framestore PRIVATE ${PROJECT_SOURCE_DIR}/drivers)
