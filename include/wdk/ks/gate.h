/* AVStream: gates, the counters that decide whether processing may start.
 * A gate is open while Count is above zero. An AND gate starts at one and loses one for each
 * closed input; an OR gate starts at zero and wins one for each open input. A change of state
 * goes on to NextGate. Everything here is inline and safe at any IRQL. */
#ifndef WEIR_WDK_KS_GATE_H
#define WEIR_WDK_KS_GATE_H

/* Private talk between two connected pins. */
#define IOCTL_KS_HANDSHAKE CTL_CODE(FILE_DEVICE_KS, 0x007, METHOD_NEITHER, FILE_ANY_ACCESS)

typedef struct {
    GUID ProtocolId;
    PVOID Argument1;
    PVOID Argument2;
} KSHANDSHAKE, *PKSHANDSHAKE;

typedef struct _KSGATE KSGATE, *PKSGATE;

struct _KSGATE {
    LONG Count;
    PKSGATE NextGate;
};

__forceinline void KsGateTurnInputOn(PKSGATE Gate)
{
    while (Gate && (InterlockedIncrement(&Gate->Count) == 1)) {
        Gate = Gate->NextGate;
    }
}

__forceinline void KsGateTurnInputOff(PKSGATE Gate)
{
    while (Gate && (InterlockedDecrement(&Gate->Count) == 0)) {
        Gate = Gate->NextGate;
    }
}

__forceinline BOOLEAN KsGateGetStateUnsafe(PKSGATE Gate)
{
    return (BOOLEAN)(ReadNoFence(&Gate->Count) > 0);
}

__forceinline BOOLEAN KsGateCaptureThreshold(PKSGATE Gate)
{
    BOOLEAN captured;
    captured = (BOOLEAN)(InterlockedCompareExchange(&Gate->Count, 0, 1) == 1);
    if (captured) {
        KsGateTurnInputOff(Gate->NextGate);
    }
    return captured;
}

__forceinline void KsGateInitialize(PKSGATE Gate, LONG InitialCount, PKSGATE NextGate,
                                    BOOLEAN StateToPropagate)
{
    Gate->Count = InitialCount;
    Gate->NextGate = NextGate;
    if (NextGate) {
        if (InitialCount > 0) {
            if (StateToPropagate)
                KsGateTurnInputOn(NextGate);
        } else {
            if (!StateToPropagate)
                KsGateTurnInputOff(NextGate);
        }
    }
}

__forceinline void KsGateInitializeAnd(PKSGATE AndGate, PKSGATE NextOrGate)
{
    KsGateInitialize(AndGate, 1, NextOrGate, TRUE);
}

__forceinline void KsGateInitializeOr(PKSGATE OrGate, PKSGATE NextAndGate)
{
    KsGateInitialize(OrGate, 0, NextAndGate, FALSE);
}

__forceinline void KsGateAddOnInputToAnd(PKSGATE AndGate)
{
    (VOID) AndGate;
}

__forceinline void KsGateAddOffInputToAnd(PKSGATE AndGate)
{
    KsGateTurnInputOff(AndGate);
}

__forceinline void KsGateRemoveOnInputFromAnd(PKSGATE AndGate)
{
    (VOID) AndGate;
}

__forceinline void KsGateRemoveOffInputFromAnd(PKSGATE AndGate)
{
    KsGateTurnInputOn(AndGate);
}

__forceinline void KsGateAddOnInputToOr(PKSGATE OrGate)
{
    KsGateTurnInputOn(OrGate);
}

__forceinline void KsGateAddOffInputToOr(PKSGATE OrGate)
{
    (VOID) OrGate;
}

__forceinline void KsGateRemoveOnInputFromOr(PKSGATE OrGate)
{
    KsGateTurnInputOff(OrGate);
}

__forceinline void KsGateRemoveOffInputFromOr(PKSGATE OrGate)
{
    (VOID) OrGate;
}

__forceinline void KsGateTerminateAnd(PKSGATE AndGate)
{
    if (KsGateGetStateUnsafe(AndGate)) {
        KsGateRemoveOnInputFromOr(AndGate->NextGate);
    } else {
        KsGateRemoveOffInputFromOr(AndGate->NextGate);
    }
}

__forceinline void KsGateTerminateOr(PKSGATE OrGate)
{
    if (KsGateGetStateUnsafe(OrGate)) {
        KsGateRemoveOnInputFromAnd(OrGate->NextGate);
    } else {
        KsGateRemoveOffInputFromAnd(OrGate->NextGate);
    }
}

#endif
