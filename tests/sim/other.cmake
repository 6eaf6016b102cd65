# libweir, the drivers and the player of scenes at the other optimisation level: ${build}/other.
# Made from the same sources with the same flags; the last -O wins.
set(level -O2)
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
  set(level -O0)
endif()
set(other ${PROJECT_BINARY_DIR}/other)

set(objects)
foreach(room host watch nt bus ks graph machine)
  get_target_property(sources ${room} SOURCES)
  get_target_property(libraries ${room} LINK_LIBRARIES)
  list(FILTER libraries INCLUDE REGEX "^weir_(wdk|posix)$") # the room's world
  get_target_property(folders ${room} INCLUDE_DIRECTORIES)
  add_library(${room}_other OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(${room}_other PRIVATE ${libraries} weir_host_libraries)
  if(folders)
    target_include_directories(${room}_other PRIVATE ${folders})
  endif()
  target_compile_options(${room}_other PRIVATE ${level})
  list(APPEND objects $<TARGET_OBJECTS:${room}_other>)
endforeach()

get_target_property(version_script libweir LINK_DEPENDS)
add_library(libweir_other SHARED EXCLUDE_FROM_ALL ${objects} ${PROJECT_SOURCE_DIR}/cmake/empty.c)
set_target_properties(libweir_other PROPERTIES OUTPUT_NAME weir SOVERSION 0 VERSION 0.1.0
  LINKER_LANGUAGE C
  LIBRARY_OUTPUT_DIRECTORY ${other} LINK_DEPENDS ${version_script})
add_dependencies(libweir_other weir_version_script)
target_link_libraries(libweir_other PRIVATE weir_host_libraries ksguid)
target_link_options(libweir_other PRIVATE -Wl,-Bsymbolic -Wl,--version-script,${version_script}
  -Wl,--undefined-version)
target_include_directories(libweir_other INTERFACE ${PROJECT_SOURCE_DIR}/include)

scenes_program(scenes_other libweir_other)
set_target_properties(scenes_other PROPERTIES EXCLUDE_FROM_ALL ON OUTPUT_NAME scenes
  RUNTIME_OUTPUT_DIRECTORY ${other})

# Drivers: `weir build --debug` is -O0, and without it -O2, whatever this build is.
get_property(stubs GLOBAL PROPERTY WEIR_STUBS)
set(driver_outputs)
foreach(driver camera invert recorder)
  file(GLOB driver_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/drivers/${driver}/*.c)
  list(FILTER driver_sources EXCLUDE REGEX "/(hw|picture)\\.c$")
  add_custom_command(OUTPUT ${other}/drivers/${driver}.so
    COMMAND ${CMAKE_COMMAND} -E make_directory ${other}/drivers
    COMMAND weir build ${driver_sources} -o ${other}/drivers/${driver}.so -j 1 --debug
    DEPENDS ${driver_sources} ${stubs} weir weir_runtime ksguid VERBATIM)
  list(APPEND driver_outputs ${other}/drivers/${driver}.so)
endforeach()
add_custom_command(OUTPUT ${other}/drivers/camera.hw.so
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:model-camera> ${other}/drivers/camera.hw.so
  DEPENDS model-camera VERBATIM)
add_custom_target(scenes_other_drivers DEPENDS ${driver_outputs} ${other}/drivers/camera.hw.so)
add_dependencies(scenes_other scenes_other_drivers)
