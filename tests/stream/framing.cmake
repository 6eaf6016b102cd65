# A client's framing against a pin's (KsValidateAllocatorFramingEx).
add_weir_test(framing SOURCES framing_test.c WDK INTERNALS LIBRARIES ksguid)
