# The data path of the class driver over a kernel of one thread (ks_path_kernel.c); no machine.
set(ks_path_sources ks_path_kernel.c ks_path_scene.c)
foreach(source queue queue_cancel pointer pointer_ddi pointer_offset timeout mapping process
    process_words process_pin process_filter process_index gate)
  list(APPEND ks_path_sources ${PROJECT_SOURCE_DIR}/src/ks/${source}.c)
endforeach()
foreach(concern queue queue_random pointer process filter_process path_edges)
  if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/ks_${concern}_test.c)
    add_weir_test(ks_${concern} SOURCES ks_${concern}_test.c ${ks_path_sources} WDK STANDALONE)
  endif()
endforeach()
