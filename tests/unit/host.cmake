# The host alone, through src/host/host.h.
foreach(concern contexts interrupts time sim determinism faults images memory files)
  add_weir_test(host_${concern} SOURCES host_${concern}.c HOST_INTERNALS LIBRARIES ${CMAKE_DL_LIBS})
endforeach()
# A shared object with a section of its own, for host_images to load.
add_library(host_images_object MODULE host_images_object.c)
set_target_properties(host_images_object PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
add_dependencies(test-host_images host_images_object)
