# weir_driver(NAME SOURCES file... [DEFINES X=1...] [COMPILER g++|clang-19] [OPTIONS weir-build-option...])
#
# drivers/NAME.so in the build folder, made by `weir build` as a user would make it, with this build's
# sanitizer. Target: driver-NAME.
function(weir_driver name)
  cmake_parse_arguments(D "" "COMPILER" "SOURCES;DEFINES;OPTIONS" ${ARGN})
  set(output ${PROJECT_BINARY_DIR}/drivers/${name}.so)
  set(options ${D_OPTIONS} -j 1)
  foreach(define ${D_DEFINES})
    list(APPEND options -D${define})
  endforeach()
  if(D_COMPILER)
    list(APPEND options --compiler ${D_COMPILER})
  elseif(CMAKE_C_COMPILER_ID MATCHES Clang)
    list(APPEND options --compiler ${CMAKE_C_COMPILER})
  endif()
  if(WEIR_SANITIZE)
    list(APPEND options --sanitize ${WEIR_SANITIZE})
  elseif(WEIR_FUZZ)
    list(APPEND options --sanitize address,undefined)
  endif()
  set(sources)
  foreach(source ${D_SOURCES})
    get_filename_component(source ${source} ABSOLUTE)
    list(APPEND sources ${source})
  endforeach()
  get_property(stubs GLOBAL PROPERTY WEIR_STUBS)
  file(GLOB builder CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/tool/build*.c)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/drivers
    COMMAND weir build ${sources} -o ${output} --depfile ${output}.d ${options}
    DEPENDS ${sources} ${stubs} ${builder} weir_runtime ksguid
    DEPFILE ${output}.d COMMENT "weir build drivers/${name}.so" VERBATIM)
  add_custom_target(driver-${name} ALL DEPENDS ${output})
  add_dependencies(driver-${name} weir weir_stubs)
  set_property(GLOBAL APPEND PROPERTY WEIR_DRIVERS driver-${name})
endfunction()

# weir_model(NAME SOURCES file...): drivers/NAME.hw.so, a device model written against weir.h.
function(weir_model name)
  cmake_parse_arguments(M "" "" "SOURCES" ${ARGN})
  add_library(model-${name} MODULE ${M_SOURCES})
  set_target_properties(model-${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}.hw
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/drivers)
  target_link_libraries(model-${name} PRIVATE libweir)
endfunction()
