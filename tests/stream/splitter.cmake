# Splitter pins (KSPIN_FLAG_SPLITTER): pin-centric through handles and requests, filter-centric through weir.h.
add_weir_test(splitter SOURCES splitter_test.c WDK INTERNALS LIBRARIES ksguid)
weir_driver(splitting SOURCES splitting.c)
weir_driver(splitter_reader SOURCES ../compat/drivers/plain.c DEFINES KIT_PINS=2)
weir_driver(splitter_modifier SOURCES ../compat/drivers/plain.c
            DEFINES KIT_PINS=2 KIT_FRAMING_FLAGS=KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER)
add_weir_test(splitter_graph SOURCES splitter_graph_test.c WDK LIBRARIES ksguid
              DRIVERS splitting splitter_reader splitter_modifier)
add_weir_test(splitter_run SOURCES splitter_run_test.c ../tool/tool.c STANDALONE NOT_LIVE
              DRIVERS splitting splitter_reader splitter_modifier)
