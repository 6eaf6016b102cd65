# Frames of a minidriver's own in the circuit (KsPinRegisterFrameReturnCallback).
add_weir_test(injection SOURCES injection_test.c WDK INTERNALS LIBRARIES ksguid)
weir_driver(injecting SOURCES injecting.c)
add_weir_test(injection_graph SOURCES injection_graph_test.c WDK LIBRARIES ksguid DRIVERS injecting splitter_reader)
