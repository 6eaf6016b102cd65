/* Interlocked operations, memory barriers and doubly and singly linked lists, all inline.
 * These race in practice, so each one is a switch point of the simulated host: after the operation
 * it asks the library for a switch, but only when the library said that it wants to be asked. */
#ifndef _WEIR_WDM_INTERLOCKED_H_
#define _WEIR_WDM_INTERLOCKED_H_

#ifdef __cplusplus
extern "C" {
#endif

extern volatile int weir_switch_enabled;
__attribute__((cold)) void weir_switch_point(void);

FORCEINLINE void weir_switch_hook(void)
{
    if (weir_switch_enabled)
        weir_switch_point();
}

FORCEINLINE void KeMemoryBarrier(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier()               KeMemoryBarrier()
#define _ReadWriteBarrier()           __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier()                __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier()               __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* Every other thread has passed a full fence when this returns, so that a fast path can do without
 * one of its own. FALSE: the system cannot. */
BOOLEAN weir_heavy_fence(void);

FORCEINLINE void YieldProcessor(void)
{
    __asm__ __volatile__("pause" ::: "memory");
    weir_switch_hook();
}

/* name, type, what it returns */
#define WEIR_INTERLOCKED_FETCH(name, type, builtin, order)                                         \
    FORCEINLINE type name(type volatile *Target, type Value)                                       \
    {                                                                                              \
        type result = builtin(Target, Value, order);                                               \
        weir_switch_hook();                                                                        \
        return result;                                                                             \
    }
#define WEIR_INTERLOCKED_STEP(name, type, builtin, order)                                          \
    FORCEINLINE type name(type volatile *Target)                                                   \
    {                                                                                              \
        type result = builtin(Target, 1, order);                                                   \
        weir_switch_hook();                                                                        \
        return result;                                                                             \
    }
#define WEIR_INTERLOCKED_COMPARE(name, type, order)                                                \
    FORCEINLINE type name(type volatile *Target, type Value, type Comparand)                       \
    {                                                                                              \
        __atomic_compare_exchange_n(Target, &Comparand, Value, 0, order, __ATOMIC_RELAXED);        \
        weir_switch_hook();                                                                        \
        return Comparand;                                                                          \
    }
#define WEIR_INTERLOCKED_FAMILY(width, type, suffix, order)                                        \
    WEIR_INTERLOCKED_STEP(InterlockedIncrement##width##suffix, type, __atomic_add_fetch, order)    \
    WEIR_INTERLOCKED_STEP(InterlockedDecrement##width##suffix, type, __atomic_sub_fetch, order)    \
    WEIR_INTERLOCKED_FETCH(InterlockedExchange##width##suffix, type, __atomic_exchange_n, order)   \
    WEIR_INTERLOCKED_FETCH(InterlockedExchangeAdd##width##suffix, type, __atomic_fetch_add, order) \
    WEIR_INTERLOCKED_FETCH(InterlockedAdd##width##suffix, type, __atomic_add_fetch, order)         \
    WEIR_INTERLOCKED_FETCH(InterlockedAnd##width##suffix, type, __atomic_fetch_and, order)         \
    WEIR_INTERLOCKED_FETCH(InterlockedOr##width##suffix, type, __atomic_fetch_or, order)           \
    WEIR_INTERLOCKED_FETCH(InterlockedXor##width##suffix, type, __atomic_fetch_xor, order)         \
    WEIR_INTERLOCKED_COMPARE(InterlockedCompareExchange##width##suffix, type, order)

WEIR_INTERLOCKED_FAMILY(, LONG, , __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_FAMILY(, LONG, Acquire, __ATOMIC_ACQUIRE)
WEIR_INTERLOCKED_FAMILY(, LONG, Release, __ATOMIC_RELEASE)
WEIR_INTERLOCKED_FAMILY(, LONG, NoFence, __ATOMIC_RELAXED)
WEIR_INTERLOCKED_FAMILY(64, LONGLONG, , __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_FAMILY(64, LONGLONG, Acquire, __ATOMIC_ACQUIRE)
WEIR_INTERLOCKED_FAMILY(64, LONGLONG, Release, __ATOMIC_RELEASE)
WEIR_INTERLOCKED_FAMILY(64, LONGLONG, NoFence, __ATOMIC_RELAXED)
WEIR_INTERLOCKED_FAMILY(16, SHORT, , __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_FAMILY(8, CHAR, , __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_FETCH(InterlockedExchangePointer, PVOID, __atomic_exchange_n, __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_FETCH(InterlockedExchangePointerNoFence, PVOID, __atomic_exchange_n,
                       __ATOMIC_RELAXED)
WEIR_INTERLOCKED_COMPARE(InterlockedCompareExchangePointer, PVOID, __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_COMPARE(InterlockedCompareExchangePointerAcquire, PVOID, __ATOMIC_ACQUIRE)
WEIR_INTERLOCKED_COMPARE(InterlockedCompareExchangePointerRelease, PVOID, __ATOMIC_RELEASE)
WEIR_INTERLOCKED_COMPARE(InterlockedCompareExchangePointerNoFence, PVOID, __ATOMIC_RELAXED)
WEIR_INTERLOCKED_FETCH(InterlockedExchangeAddSizeT, SIZE_T, __atomic_fetch_add, __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_STEP(InterlockedIncrementSizeT, SIZE_T, __atomic_add_fetch, __ATOMIC_SEQ_CST)
WEIR_INTERLOCKED_STEP(InterlockedDecrementSizeT, SIZE_T, __atomic_sub_fetch, __ATOMIC_SEQ_CST)

FORCEINLINE UCHAR InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit)
{
    UCHAR old =
        (UCHAR)((__atomic_fetch_or(&Base[Bit >> 5], (LONG)(1u << (Bit & 31)), __ATOMIC_SEQ_CST) >>
                 (Bit & 31)) &
                1);
    weir_switch_hook();
    return old;
}
FORCEINLINE UCHAR InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit)
{
    UCHAR old = (UCHAR)((__atomic_fetch_and(&Base[Bit >> 5], (LONG) ~(1u << (Bit & 31)),
                                            __ATOMIC_SEQ_CST) >>
                         (Bit & 31)) &
                        1);
    weir_switch_hook();
    return old;
}

#define _InterlockedIncrement        InterlockedIncrement
#define _InterlockedDecrement        InterlockedDecrement
#define _InterlockedExchange         InterlockedExchange
#define _InterlockedExchangeAdd      InterlockedExchangeAdd
#define _InterlockedCompareExchange  InterlockedCompareExchange
#define _InterlockedAnd              InterlockedAnd
#define _InterlockedOr               InterlockedOr
#define _InterlockedXor              InterlockedXor
#define InterlockedIncrementULong(p) ((ULONG)InterlockedIncrement((LONG volatile *)(p)))
#define InterlockedDecrementULong(p) ((ULONG)InterlockedDecrement((LONG volatile *)(p)))

/* One plain access each, with the order that the name says. */
#define WEIR_READ_WRITE(name, type)                                                                \
    FORCEINLINE type Read##name##Acquire(type const volatile *Source)                              \
    {                                                                                              \
        return __atomic_load_n(Source, __ATOMIC_ACQUIRE);                                          \
    }                                                                                              \
    FORCEINLINE type Read##name##NoFence(type const volatile *Source)                              \
    {                                                                                              \
        return __atomic_load_n(Source, __ATOMIC_RELAXED);                                          \
    }                                                                                              \
    FORCEINLINE type Read##name##Raw(type const volatile *Source)                                  \
    {                                                                                              \
        return __atomic_load_n(Source, __ATOMIC_RELAXED);                                          \
    }                                                                                              \
    FORCEINLINE void Write##name##Release(type volatile *Target, type Value)                       \
    {                                                                                              \
        __atomic_store_n(Target, Value, __ATOMIC_RELEASE);                                         \
    }                                                                                              \
    FORCEINLINE void Write##name##NoFence(type volatile *Target, type Value)                       \
    {                                                                                              \
        __atomic_store_n(Target, Value, __ATOMIC_RELAXED);                                         \
    }                                                                                              \
    FORCEINLINE void Write##name##Raw(type volatile *Target, type Value)                           \
    {                                                                                              \
        __atomic_store_n(Target, Value, __ATOMIC_RELAXED);                                         \
    }

WEIR_READ_WRITE(, LONG)
WEIR_READ_WRITE(64, LONG64)
WEIR_READ_WRITE(UChar, UCHAR)
WEIR_READ_WRITE(UShort, USHORT)
WEIR_READ_WRITE(ULong, ULONG)
WEIR_READ_WRITE(ULong64, ULONG64)
WEIR_READ_WRITE(Pointer, PVOID)

#define FastFence()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define LoadFence()  __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define StoreFence() __atomic_thread_fence(__ATOMIC_RELEASE)

/* Doubly linked lists: the head is an entry of its own circle. */
FORCEINLINE void InitializeListHead(PLIST_ENTRY ListHead)
{
    ListHead->Flink = ListHead->Blink = ListHead;
}
FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead)
{
    return (BOOLEAN)(ListHead->Flink == ListHead);
}
FORCEINLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
    PLIST_ENTRY next = Entry->Flink, previous = Entry->Blink;
    previous->Flink = next;
    next->Blink = previous;
    return (BOOLEAN)(next == previous);
}
#define RemoveEntryListUnsafe(e) RemoveEntryList(e)
FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY entry = ListHead->Flink;
    RemoveEntryList(entry);
    return entry;
}
FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY entry = ListHead->Blink;
    RemoveEntryList(entry);
    return entry;
}
FORCEINLINE void InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    PLIST_ENTRY last = ListHead->Blink;
    Entry->Flink = ListHead;
    Entry->Blink = last;
    last->Flink = Entry;
    ListHead->Blink = Entry;
}
FORCEINLINE void InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    PLIST_ENTRY first = ListHead->Flink;
    Entry->Flink = first;
    Entry->Blink = ListHead;
    first->Blink = Entry;
    ListHead->Flink = Entry;
}
FORCEINLINE void AppendTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListToAppend)
{
    PLIST_ENTRY end = ListHead->Blink;
    ListHead->Blink->Flink = ListToAppend;
    ListHead->Blink = ListToAppend->Blink;
    ListToAppend->Blink->Flink = ListHead;
    ListToAppend->Blink = end;
}
FORCEINLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY ListHead)
{
    PSINGLE_LIST_ENTRY first = ListHead->Next;
    if (first != NULL)
        ListHead->Next = first->Next;
    return first;
}
FORCEINLINE void PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY Entry)
{
    Entry->Next = ListHead->Next;
    ListHead->Next = Entry;
}

#ifdef __cplusplus
}
#endif

#endif /* _WEIR_WDM_INTERLOCKED_H_ */
