# The listeners of the event stream, told by hand: no machine runs.
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
add_weir_test(watch_trace SOURCES watch_trace.c watch_scene.c HOST_INTERNALS LIBRARIES PkgConfig::JANSSON)
add_weir_test(watch_json SOURCES watch_json.c watch_scene.c HOST_INTERNALS LIBRARIES PkgConfig::JANSSON)
add_weir_test(watch_statistics SOURCES watch_statistics.c watch_scene.c HOST_INTERNALS LIBRARIES PkgConfig::JANSSON)

# The trace of a whole machine, through weir.h.
weir_driver(watch_bugcheck SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/watch_bugcheck_driver.c)
if(TARGET driver-camera)
  add_weir_test(watch_machine SOURCES watch_machine.c watch_scene.c INTERNALS DRIVERS watch_bugcheck camera
    LIBRARIES PkgConfig::JANSSON)
  add_dependencies(test-watch_machine model-camera)
endif()
