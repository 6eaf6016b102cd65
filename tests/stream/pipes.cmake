# What mutants of src/ks showed to be untested in pipes and in a client's stream requests.
add_weir_test(pipes SOURCES pipes_test.c WDK INTERNALS LIBRARIES ksguid)
