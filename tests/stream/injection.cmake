# Frames of a minidriver's own in the circuit (KsPinRegisterFrameReturnCallback).
add_weir_test(injection SOURCES injection_test.c WDK INTERNALS LIBRARIES ksguid)
