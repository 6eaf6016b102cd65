# Flags that every room shares, and the two worlds: a source includes include/wdk or POSIX, never both.
# Rooms are compiled with default visibility: the version script made from src/exports.list hides all else in
# libweir.so.0, while tests link the same objects with every name in sight. No call goes through the PLT then.
add_compile_options(-g -fno-semantic-interposition
  $<$<COMPILE_LANGUAGE:C>:-Wall> $<$<COMPILE_LANGUAGE:C>:-Wextra> $<$<COMPILE_LANGUAGE:C>:-Werror>
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>)

if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
  if(WEIR_SANITIZE MATCHES undefined)
    # Objects with a C vtable are called from C++ by design: no vptr check.
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=vptr)
    if(CMAKE_C_COMPILER_ID MATCHES Clang)
      add_compile_options(-fno-sanitize=function)
    endif()
  endif()
endif()
if(WEIR_COVERAGE)
  # Not what is linked into drivers (WEIR_IN_DRIVER): a driver has no gcov.
  add_compile_options($<$<NOT:$<BOOL:$<TARGET_PROPERTY:WEIR_IN_DRIVER>>>:--coverage> -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
if(WEIR_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined -fno-sanitize=vptr,function)
  add_link_options(-fsanitize=address,undefined)
endif()

# The WDK world: what our executive, class driver and graph are compiled like.
add_library(weir_wdk INTERFACE)
target_include_directories(weir_wdk INTERFACE ${PROJECT_SOURCE_DIR}/include/wdk
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(weir_wdk INTERFACE -fms-extensions -mms-bitfields -fshort-wchar
  -fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks -Wno-multichar
  $<$<C_COMPILER_ID:Clang>:-Wno-microsoft-anon-tag>)
target_compile_definitions(weir_wdk INTERFACE _WIN64 _AMD64_ _M_AMD64=100 UNICODE _UNICODE)

# The POSIX world: src/host, src/tool's own input and output, test runner.
add_library(weir_posix INTERFACE)
target_include_directories(weir_posix INTERFACE ${PROJECT_SOURCE_DIR}/include
  ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(weir_posix INTERFACE _GNU_SOURCE)

# weir_room(NAME WORLD): an object library from every .c of the calling folder.
function(weir_room name world)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c ${CMAKE_CURRENT_SOURCE_DIR}/*.S)
  if(NOT sources)
    set(sources ${PROJECT_SOURCE_DIR}/cmake/empty.c)
  endif()
  add_library(${name} OBJECT ${sources})
  target_link_libraries(${name} PRIVATE ${world})
endfunction()
