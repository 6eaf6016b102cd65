# The plan of a graph's allocators, from pins that exist on paper only.
add_weir_test(graph_plan SOURCES graph_plan_test.c WDK INTERNALS NOT_LIVE)
add_weir_test(graph_plan_random SOURCES graph_plan_random_test.c WDK INTERNALS NOT_LIVE)
