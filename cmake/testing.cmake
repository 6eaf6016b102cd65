# add_weir_test(NAME SOURCES file... [WDK] [INTERNALS | HOST_INTERNALS | STANDALONE] [DRIVERS driver...]
#               [LIBRARIES target...] [DEFINES d...] [LABELS label...] [NOT_LIVE] [TIMEOUT seconds])
#
# One test program under the runner (tests/README.md), registered with ctest as NAME and labelled with its
# folder's name; also "live" (it runs under ThreadSanitizer) unless NOT_LIVE.
#   (nothing)       links libweir.so: the public weir.h and the exported DDIs
#   INTERNALS       links the same library with every symbol visible (nt_start, ...), SONAME libweir.so.0
#   HOST_INTERNALS  links the host and watch rooms alone, statically
#   STANDALONE      links nothing of ours
#   WDK             its sources are compiled in the WDK world, else in the POSIX world
function(add_weir_test name)
  cmake_parse_arguments(T "WDK;INTERNALS;HOST_INTERNALS;STANDALONE;NOT_LIVE" "TIMEOUT"
    "SOURCES;DRIVERS;LIBRARIES;DEFINES;LABELS" ${ARGN})
  if(T_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "add_weir_test(${name}): unknown arguments ${T_UNPARSED_ARGUMENTS}")
  endif()
  set(program test-${name})
  add_executable(${program} ${T_SOURCES})
  set_target_properties(${program} PROPERTIES POSITION_INDEPENDENT_CODE OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  # -fPIC, not -fPIE: no copy relocations of the library's data, so both sides see one object.
  target_compile_options(${program} PRIVATE -fPIC)
  target_compile_definitions(${program} PRIVATE ${T_DEFINES})
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/tests/runner)
  if(T_WDK)
    target_link_libraries(${program} PRIVATE weir_wdk)
  else()
    target_link_libraries(${program} PRIVATE weir_posix)
  endif()
  target_link_libraries(${program} PRIVATE weir_test_runner)
  if(T_HOST_INTERNALS)
    target_sources(${program} PRIVATE $<TARGET_OBJECTS:host> $<TARGET_OBJECTS:watch>)
    target_link_libraries(${program} PRIVATE weir_host_libraries)
  elseif(T_INTERNALS)
    target_link_libraries(${program} PRIVATE weir_internals)
  elseif(NOT T_STANDALONE)
    target_link_libraries(${program} PRIVATE libweir)
  endif()
  if(T_LIBRARIES)
    target_link_libraries(${program} PRIVATE ${T_LIBRARIES})
  endif()
  foreach(driver ${T_DRIVERS})
    add_dependencies(${program} driver-${driver})
  endforeach()
  weir_register_test(${name} "$<TARGET_FILE:${program}>" "${T_LABELS}" "${T_NOT_LIVE}" "${T_TIMEOUT}")
  set_property(GLOBAL APPEND PROPERTY WEIR_TEST_PROGRAMS ${program})
endfunction()

# add_weir_fuzz(NAME SOURCES file... [WDK] [MACHINE] [LIBRARIES target...] [CORPUS folder] [MUTATIONS n])
#
# A fuzz target ${build}/fuzz/fuzz-NAME. With WEIR_FUZZ it is libFuzzer's; else tests/fuzz/replay.c is its main, and ctest
# runs it as fuzz_NAME: the seeds of CORPUS (else ${build}/fuzz/corpus/NAME, which fuzz-seeds makes) and mutations of them.
#   MACHINE  links libweir with every symbol visible, and waits for the fuzzed driver
function(add_weir_fuzz name)
  cmake_parse_arguments(F "WDK;MACHINE" "CORPUS;MUTATIONS" "SOURCES;LIBRARIES" ${ARGN})
  if(WEIR_SANITIZE MATCHES thread)
    return()
  endif()
  add_executable(fuzz-${name} ${F_SOURCES})
  set_target_properties(fuzz-${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_compile_options(fuzz-${name} PRIVATE -fPIC)
  target_link_libraries(fuzz-${name} PRIVATE $<IF:$<BOOL:${F_WDK}>,weir_wdk,weir_posix> ${F_LIBRARIES} ksguid)
  if(F_MACHINE)
    target_compile_definitions(fuzz-${name} PRIVATE FUZZED_DRIVER="${PROJECT_BINARY_DIR}/drivers/fuzzed.so")
    target_link_libraries(fuzz-${name} PRIVATE weir_internals)
    add_dependencies(fuzz-${name} driver-fuzzed)
  endif()
  if(F_CORPUS)
    get_filename_component(corpus ${F_CORPUS} ABSOLUTE)
  else()
    set(corpus ${PROJECT_BINARY_DIR}/fuzz/corpus/${name})
    add_dependencies(fuzz-${name} fuzz-seeds)
  endif()
  if(NOT F_MUTATIONS)
    set(F_MUTATIONS 2000)
  endif()
  if(WEIR_FUZZ)
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer -rdynamic)
    set(found ${PROJECT_BINARY_DIR}/fuzz/found/${name}) # libFuzzer adds to the first folder
    file(MAKE_DIRECTORY ${found})
    weir_register_test(fuzz_${name} "$<TARGET_FILE:fuzz-${name}>;-runs=${F_MUTATIONS};-seed=1;${found};${corpus}" "" TRUE "")
  else()
    target_link_libraries(fuzz-${name} PRIVATE weir_fuzz_replay)
    weir_register_test(fuzz_${name} "$<TARGET_FILE:fuzz-${name}>;--mutations;${F_MUTATIONS};${corpus}" "" TRUE "")
  endif()
endfunction()

# Register a command that follows the runner's conventions (WEIR_TEST_RESULTS, exit code).
function(weir_register_test name command labels not_live timeout)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  list(APPEND labels ${folder})
  if(NOT not_live)
    list(APPEND labels live)
  endif()
  if(NOT timeout)
    set(timeout 600)
  endif()
  set(launcher "")
  if(WEIR_SANITIZE MATCHES thread AND WEIR_SETARCH)
    set(launcher ${WEIR_SETARCH} -R)
  endif()
  set(flags "")
  if(WEIR_SANITIZE)
    set(flags "-fsanitize=${WEIR_SANITIZE}")
  endif()
  add_test(NAME ${name} COMMAND ${launcher} ${command})
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout}
    ENVIRONMENT "WEIR_TEST_BUILD=${PROJECT_BINARY_DIR};WEIR_TEST_SOURCE=${PROJECT_SOURCE_DIR};WEIR_TEST_FLAGS=${flags};WEIR_TEST_SUITE=${name}")
endfunction()

# ThreadSanitizer needs small mmap randomness; setarch -R gives it where the kernel lets us.
find_program(setarch_program setarch)
if(setarch_program)
  execute_process(COMMAND ${setarch_program} -R true RESULT_VARIABLE setarch_failed OUTPUT_QUIET ERROR_QUIET)
  if(setarch_failed EQUAL 0)
    set(WEIR_SETARCH ${setarch_program})
  endif()
endif()
