/* Register and port access: a mapped window's callbacks, else plain memory.
 * Lock: none.
 * Interface: documented names, at any IRQL.
 * Deviation: ports are not simulated: they read all ones, writes vanish, unless the address lies in
 * a mapped window.
 * Invariant: one callback per access. */
#include "nt/io.h"

/** Read 1 byte of a device.
 *  @param Register  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_REGISTER_UCHAR */
UCHAR NTAPI READ_REGISTER_UCHAR(volatile UCHAR *Register)
{
    uint64_t value;
    return hal_register_read(Register, 1, &value) ? (UCHAR)value : *Register;
}

/** Write 1 byte to a device.
 *  @param Register  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_UCHAR */
VOID NTAPI WRITE_REGISTER_UCHAR(volatile UCHAR *Register, UCHAR Value)
{
    if (!hal_register_write(Register, 1, Value))
        *Register = Value;
}

/** Read several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_REGISTER_BUFFER_UCHAR */
VOID NTAPI READ_REGISTER_BUFFER_UCHAR(volatile UCHAR *Register, PUCHAR Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_REGISTER_UCHAR(Register++);
}

/** Write several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_BUFFER_UCHAR */
VOID NTAPI WRITE_REGISTER_BUFFER_UCHAR(volatile UCHAR *Register, PUCHAR Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_REGISTER_UCHAR(Register++, *Buffer++);
}

/** Read 2 bytes of a device.
 *  @param Register  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_REGISTER_USHORT */
USHORT NTAPI READ_REGISTER_USHORT(volatile USHORT *Register)
{
    uint64_t value;
    return hal_register_read(Register, 2, &value) ? (USHORT)value : *Register;
}

/** Write 2 bytes to a device.
 *  @param Register  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_USHORT */
VOID NTAPI WRITE_REGISTER_USHORT(volatile USHORT *Register, USHORT Value)
{
    if (!hal_register_write(Register, 2, Value))
        *Register = Value;
}

/** Read several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_REGISTER_BUFFER_USHORT */
VOID NTAPI READ_REGISTER_BUFFER_USHORT(volatile USHORT *Register, PUSHORT Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_REGISTER_USHORT(Register++);
}

/** Write several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_BUFFER_USHORT */
VOID NTAPI WRITE_REGISTER_BUFFER_USHORT(volatile USHORT *Register, PUSHORT Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_REGISTER_USHORT(Register++, *Buffer++);
}

/** Read 4 bytes of a device.
 *  @param Register  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_REGISTER_ULONG */
ULONG NTAPI READ_REGISTER_ULONG(volatile ULONG *Register)
{
    uint64_t value;
    return hal_register_read(Register, 4, &value) ? (ULONG)value : *Register;
}

/** Write 4 bytes to a device.
 *  @param Register  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_ULONG */
VOID NTAPI WRITE_REGISTER_ULONG(volatile ULONG *Register, ULONG Value)
{
    if (!hal_register_write(Register, 4, Value))
        *Register = Value;
}

/** Read several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_REGISTER_BUFFER_ULONG */
VOID NTAPI READ_REGISTER_BUFFER_ULONG(volatile ULONG *Register, PULONG Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_REGISTER_ULONG(Register++);
}

/** Write several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_BUFFER_ULONG */
VOID NTAPI WRITE_REGISTER_BUFFER_ULONG(volatile ULONG *Register, PULONG Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_REGISTER_ULONG(Register++, *Buffer++);
}

/** Read 8 bytes of a device.
 *  @param Register  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_REGISTER_ULONG64 */
ULONG64 NTAPI READ_REGISTER_ULONG64(volatile ULONG64 *Register)
{
    uint64_t value;
    return hal_register_read(Register, 8, &value) ? (ULONG64)value : *Register;
}

/** Write 8 bytes to a device.
 *  @param Register  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_ULONG64 */
VOID NTAPI WRITE_REGISTER_ULONG64(volatile ULONG64 *Register, ULONG64 Value)
{
    if (!hal_register_write(Register, 8, Value))
        *Register = Value;
}

/** Read several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_REGISTER_BUFFER_ULONG64 */
VOID NTAPI READ_REGISTER_BUFFER_ULONG64(volatile ULONG64 *Register, PULONG64 Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_REGISTER_ULONG64(Register++);
}

/** Write several times: consecutive registers.
 *  @param Register  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_REGISTER_BUFFER_ULONG64 */
VOID NTAPI WRITE_REGISTER_BUFFER_ULONG64(volatile ULONG64 *Register, PULONG64 Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_REGISTER_ULONG64(Register++, *Buffer++);
}

/** Read 1 byte of a device.
 *  @param Port  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_PORT_UCHAR */
UCHAR NTAPI READ_PORT_UCHAR(PUCHAR Port)
{
    uint64_t value;
    return hal_register_read(Port, 1, &value) ? (UCHAR)value : (UCHAR) ~(UCHAR)0;
}

/** Write 1 byte to a device.
 *  @param Port  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_PORT_UCHAR */
VOID NTAPI WRITE_PORT_UCHAR(PUCHAR Port, UCHAR Value)
{
    if (!hal_register_write(Port, 1, Value))
        return;
}

/** Read several times: the same port.
 *  @param Port  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_PORT_BUFFER_UCHAR */
VOID NTAPI READ_PORT_BUFFER_UCHAR(PUCHAR Port, PUCHAR Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_PORT_UCHAR(Port);
}

/** Write several times: the same port.
 *  @param Port  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_PORT_BUFFER_UCHAR */
VOID NTAPI WRITE_PORT_BUFFER_UCHAR(PUCHAR Port, PUCHAR Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_PORT_UCHAR(Port, *Buffer++);
}

/** Read 2 bytes of a device.
 *  @param Port  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_PORT_USHORT */
USHORT NTAPI READ_PORT_USHORT(PUSHORT Port)
{
    uint64_t value;
    return hal_register_read(Port, 2, &value) ? (USHORT)value : (USHORT) ~(USHORT)0;
}

/** Write 2 bytes to a device.
 *  @param Port  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_PORT_USHORT */
VOID NTAPI WRITE_PORT_USHORT(PUSHORT Port, USHORT Value)
{
    if (!hal_register_write(Port, 2, Value))
        return;
}

/** Read several times: the same port.
 *  @param Port  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_PORT_BUFFER_USHORT */
VOID NTAPI READ_PORT_BUFFER_USHORT(PUSHORT Port, PUSHORT Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_PORT_USHORT(Port);
}

/** Write several times: the same port.
 *  @param Port  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_PORT_BUFFER_USHORT */
VOID NTAPI WRITE_PORT_BUFFER_USHORT(PUSHORT Port, PUSHORT Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_PORT_USHORT(Port, *Buffer++);
}

/** Read 4 bytes of a device.
 *  @param Port  in a mapping of MmMapIoSpace
 *  @irql any   @waits never   @return what the device gives
 *  @source wdm.h, READ_PORT_ULONG */
ULONG NTAPI READ_PORT_ULONG(PULONG Port)
{
    uint64_t value;
    return hal_register_read(Port, 4, &value) ? (ULONG)value : (ULONG) ~(ULONG)0;
}

/** Write 4 bytes to a device.
 *  @param Port  in a mapping of MmMapIoSpace   @param Value  what
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_PORT_ULONG */
VOID NTAPI WRITE_PORT_ULONG(PULONG Port, ULONG Value)
{
    if (!hal_register_write(Port, 4, Value))
        return;
}

/** Read several times: the same port.
 *  @param Port  the first   @param Buffer  @param Count  where to
 *  @irql any   @waits never
 *  @source wdm.h, READ_PORT_BUFFER_ULONG */
VOID NTAPI READ_PORT_BUFFER_ULONG(PULONG Port, PULONG Buffer, ULONG Count)
{
    for (; Count; Count--)
        *Buffer++ = READ_PORT_ULONG(Port);
}

/** Write several times: the same port.
 *  @param Port  the first   @param Buffer  @param Count  from where
 *  @irql any   @waits never
 *  @source wdm.h, WRITE_PORT_BUFFER_ULONG */
VOID NTAPI WRITE_PORT_BUFFER_ULONG(PULONG Port, PULONG Buffer, ULONG Count)
{
    for (; Count; Count--)
        WRITE_PORT_ULONG(Port, *Buffer++);
}
