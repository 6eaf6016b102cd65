# A format that needs larger frames.
add_weir_test(format_change SOURCES format_change_test.c DRIVERS camera recorder)
add_dependencies(test-format_change model-camera)
target_include_directories(test-format_change PRIVATE ${PROJECT_SOURCE_DIR}/drivers)
