# The streaming half of the class driver, through handles and requests, with a driver of the test's own.
add_weir_test(states SOURCES states_test.c WDK INTERNALS LIBRARIES ksguid)
add_weir_test(allocators SOURCES allocators_test.c WDK INTERNALS LIBRARIES ksguid)
add_weir_test(allocator_faces SOURCES allocator_faces_test.c WDK INTERNALS LIBRARIES ksguid)
add_weir_test(requests SOURCES requests_test.c WDK INTERNALS LIBRARIES ksguid)
