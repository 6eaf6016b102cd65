# A neighbour that is not AVStream: by IRP.
foreach(program foreign_neighbour foreign_source)
  add_weir_test(${program} SOURCES ${program}_test.c WDK INTERNALS LIBRARIES ksguid)
endforeach()
weir_driver(foreign SOURCES drivers/foreign.c)
weir_driver(foreign_poor SOURCES drivers/foreign.c DEFINES "FOREIGN_ALLOCATOR=L\"none\"")
weir_driver(foreign_plain SOURCES ../compat/drivers/plain.c DEFINES KIT_PINS=2)
weir_driver(foreign_second SOURCES ../compat/drivers/plain.c DEFINES KIT_PINS=2)
add_weir_test(foreign_graph SOURCES foreign_graph_test.c WDK LIBRARIES ksguid
              DRIVERS foreign foreign_poor foreign_plain foreign_second)
