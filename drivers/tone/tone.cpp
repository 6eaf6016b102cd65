/* Tone: a source of sound, 440 Hz at half of full scale, PCM of 16 bits, one or two channels, 44100
 * or 48000 Hz.
 *
 * A model of a filter-centric source in C++. A timer ticks every 10 ms in RUN; its DPC attempts
 * processing at DISPATCH_LEVEL; Process writes as many samples as are due by the clock, and asks
 * for no more until the next tick. The pin itself never starts processing
 * (DO_NOT_INITIATE_PROCESSING): frames that arrive wait for the tick. The frame's time is that of
 * its first sample: position / rate, so times have no jitter.
 *
 * Lock: m_Position belongs to Process; states run with the timer stopped and its DPC finished.
 *
 * Invariant: m_Position == samples written + samples skipped, since ACQUIRE. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <kcom.h>

#include "sine.h"

static const ULONG ToneTag = 'noTw';
static const ULONG ToneFrequency = 440;
static const ULONG TickMs = 10;
static const ULONG ChannelsMax = 2;
static const ULONG RateMin = 44100;
static const ULONG RateMax = 48000;

/* One for each pin: Context of the pin, kept in its bag. */
class ToneStream
{
  public:
    static NTSTATUS Create(PKSPIN Pin, PIRP Irp);
    static NTSTATUS SetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat, PKSMULTIPLE_ITEM OldAttributes,
                              const KSDATARANGE *Range, const KSATTRIBUTE_LIST *AttributeRange);
    static NTSTATUS SetState(PKSPIN Pin, KSSTATE To, KSSTATE From);
    static NTSTATUS Process(PKSFILTER Filter, PKSPROCESSPIN_INDEXENTRY Index);

  private:
    explicit ToneStream(PKSPIN Pin);
    static VOID Free(PVOID Item);
    static VOID Tick(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2);

    NTSTATUS TakeFormat();
    VOID Acquire();
    VOID Start();
    VOID Halt();
    VOID Release();
    LONGLONG Time() const;
    VOID StampFrame(PKSSTREAM_HEADER Header, ULONG FrameExtent);
    NTSTATUS Fill(PKSPROCESSPIN Pin);
    VOID Write(SHORT *To, ULONG Samples) const;

    PKSPIN m_Pin;
    PKSFILTER m_Filter;
    PIKSREFERENCECLOCK m_Clock; /* NULL: none; our own time then */
    LONGLONG m_RunSince;        /* without a clock: interrupt time at which RUN began */
    LONGLONG m_TimeBefore;      /* and the stream time until then */
    ULONGLONG m_Position;       /* samples since ACQUIRE */
    bool m_Skipped;             /* samples were skipped before the next frame */
    ULONG m_Rate;
    ULONG m_Channels;
    KTIMER m_Timer;
    KDPC m_Dpc;
};

/* --- formats ---------------------------------------------------------------------------------- */

/* Nothing in a client's format is believed before it is checked. */
static bool InRange(const WAVEFORMATEX &Wave)
{
    return Wave.wFormatTag == WAVE_FORMAT_PCM && Wave.wBitsPerSample == 16 && Wave.nChannels >= 1 &&
           Wave.nChannels <= ChannelsMax &&
           (Wave.nSamplesPerSec == RateMin || Wave.nSamplesPerSec == RateMax) &&
           Wave.nBlockAlign == Wave.nChannels * 2u &&
           Wave.nAvgBytesPerSec == Wave.nSamplesPerSec * Wave.nBlockAlign;
}

static ULONG TickBytes(ULONG Rate, ULONG Channels)
{
    return Rate * TickMs / 1000 * Channels * sizeof(SHORT);
}

/* The highest rate and the most channels that both ranges have. */
static bool Choose(const KSDATARANGE *Range, ULONG *Rate, ULONG *Channels)
{
    const KSDATARANGE_AUDIO *Theirs = reinterpret_cast<const KSDATARANGE_AUDIO *>(Range);

    *Rate = RateMax;
    *Channels = ChannelsMax;
    if (!IsEqualGUID(Range->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) ||
        Range->FormatSize < sizeof(KSDATARANGE_AUDIO))
        return true;
    if (Theirs->MinimumBitsPerSample > 16 || Theirs->MaximumBitsPerSample < 16 ||
        Theirs->MaximumChannels < 1)
        return false;
    if (Theirs->MaximumSampleFrequency < RateMax)
        *Rate = RateMin;
    *Channels = min(ChannelsMax, Theirs->MaximumChannels);
    return *Rate >= Theirs->MinimumSampleFrequency && *Rate <= Theirs->MaximumSampleFrequency;
}

/* The best format that lies in both ranges. A buffer of no bytes asks for its size. */
static NTSTATUS ToneIntersect(PVOID, PIRP, PKSP_PIN, PKSDATARANGE DataRange,
                              PKSDATARANGE MatchingDataRange, ULONG DataBufferSize, PVOID Data,
                              PULONG DataSize)
{
    PKSDATAFORMAT_WAVEFORMATEX Format = static_cast<PKSDATAFORMAT_WAVEFORMATEX>(Data);
    ULONG Rate, Channels;

    if (!Choose(DataRange, &Rate, &Channels))
        return STATUS_NO_MATCH;
    *DataSize = sizeof(*Format);
    if (DataBufferSize == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (DataBufferSize < sizeof(*Format))
        return STATUS_BUFFER_TOO_SMALL;
    Format->DataFormat = *MatchingDataRange;
    Format->DataFormat.FormatSize = sizeof(*Format);
    Format->DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    WAVEFORMATEX &Wave = Format->WaveFormatEx;
    Wave.wFormatTag = WAVE_FORMAT_PCM;
    Wave.nChannels = static_cast<WORD>(Channels);
    Wave.nSamplesPerSec = Rate;
    Wave.wBitsPerSample = 16;
    Wave.nBlockAlign = static_cast<WORD>(Channels * 2);
    Wave.nAvgBytesPerSec = Rate * Channels * 2;
    Wave.cbSize = 0;
    Format->DataFormat.SampleSize = Wave.nBlockAlign;
    return STATUS_SUCCESS;
}

static const WAVEFORMATEX *WaveOf(const KSDATAFORMAT *Format)
{
    return &reinterpret_cast<const KSDATAFORMAT_WAVEFORMATEX *>(Format)->WaveFormatEx;
}

/* Before Create (OldFormat is NULL, Pin->Context not yet ours) the format is only checked. */
NTSTATUS ToneStream::SetFormat(PKSPIN Pin, PKSDATAFORMAT OldFormat, PKSMULTIPLE_ITEM,
                               const KSDATARANGE *, const KSATTRIBUTE_LIST *)
{
    PKSDATAFORMAT Format = Pin->ConnectionFormat;

    if (!IsEqualGUID(Format->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) ||
        Format->FormatSize < sizeof(KSDATAFORMAT_WAVEFORMATEX) || !InRange(*WaveOf(Format)))
        return STATUS_NO_MATCH;
    if (!OldFormat)
        return STATUS_SUCCESS;
    if (Pin->DeviceState != KSSTATE_STOP)
        return STATUS_INVALID_DEVICE_STATE;
    return static_cast<ToneStream *>(Pin->Context)->TakeFormat();
}

/* Frames of one tick. The descriptor and its framing are shared and constant: edit both before the
 * first write. */
NTSTATUS ToneStream::TakeFormat()
{
    const WAVEFORMATEX *Wave = WaveOf(m_Pin->ConnectionFormat);
    NTSTATUS Status = KsEdit(m_Pin, &m_Pin->Descriptor, ToneTag);

    if (NT_SUCCESS(Status))
        Status = KsEdit(m_Pin, &m_Pin->Descriptor->AllocatorFraming, ToneTag);
    if (!NT_SUCCESS(Status))
        return Status;
    m_Rate = Wave->nSamplesPerSec;
    m_Channels = Wave->nChannels;
    KS_FRAMING_RANGE &Range =
        const_cast<PKSALLOCATOR_FRAMING_EX>(m_Pin->Descriptor->AllocatorFraming)
            ->FramingItem[0]
            .FramingRange.Range;
    Range.MinFrameSize = Range.MaxFrameSize = TickBytes(m_Rate, m_Channels);
    Range.Stepping = 0;
    return STATUS_SUCCESS;
}

/* --- life and states -------------------------------------------------------------------------- */

ToneStream::ToneStream(PKSPIN Pin)
    : m_Pin(Pin), m_Filter(KsPinGetParentFilter(Pin)), m_Clock(NULL), m_RunSince(0),
      m_TimeBefore(0), m_Position(0), m_Skipped(false), m_Rate(0), m_Channels(0)
{
    KeInitializeTimer(&m_Timer);
    KeInitializeDpc(&m_Dpc, Tick, this);
}

VOID ToneStream::Free(PVOID Item)
{
    ExFreePoolWithTag(Item, ToneTag);
}

NTSTATUS ToneStream::Create(PKSPIN Pin, PIRP)
{
    ToneStream *Stream = new (NonPagedPoolNx, ToneTag) ToneStream(Pin);

    if (!Stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = KsAddItemToObjectBag(Pin->Bag, Stream, Free);
    if (!NT_SUCCESS(Status)) {
        Free(Stream);
        return Status;
    }
    Pin->Context = Stream;
    return Stream->TakeFormat();
}

/* The clock was assigned in STOP, or there is none. */
VOID ToneStream::Acquire()
{
    m_Position = 0;
    m_TimeBefore = 0;
    m_Skipped = false;
    if (!NT_SUCCESS(KsPinGetReferenceClockInterface(m_Pin, &m_Clock)))
        m_Clock = NULL;
}

VOID ToneStream::Start()
{
    LARGE_INTEGER Due;

    m_RunSince = static_cast<LONGLONG>(KeQueryInterruptTime());
    Due.QuadPart = -static_cast<LONGLONG>(TickMs) * 10000;
    KeSetTimerEx(&m_Timer, Due, TickMs, &m_Dpc);
}

/* Afterwards no tick runs. */
VOID ToneStream::Halt()
{
    KeCancelTimer(&m_Timer);
    KeFlushQueuedDpcs();
    m_TimeBefore += static_cast<LONGLONG>(KeQueryInterruptTime()) - m_RunSince;
}

VOID ToneStream::Release()
{
    if (m_Clock)
        m_Clock->Release();
    m_Clock = NULL;
}

NTSTATUS ToneStream::SetState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    ToneStream *Stream = static_cast<ToneStream *>(Pin->Context);

    if (From == KSSTATE_STOP && To == KSSTATE_ACQUIRE)
        Stream->Acquire();
    if (To == KSSTATE_RUN)
        Stream->Start();
    if (From == KSSTATE_RUN)
        Stream->Halt();
    if (To == KSSTATE_STOP)
        Stream->Release();
    return STATUS_SUCCESS;
}

/* --- sound ------------------------------------------------------------------------------------ */

VOID ToneStream::Tick(PKDPC, PVOID Context, PVOID, PVOID)
{
    KsFilterAttemptProcessing(static_cast<ToneStream *>(Context)->m_Filter, FALSE);
}

/* Of the stream, in 100 ns: the graph's clock, or what has passed in RUN. */
LONGLONG ToneStream::Time() const
{
    if (m_Clock)
        return m_Clock->GetTime();
    return m_TimeBefore + static_cast<LONGLONG>(KeQueryInterruptTime()) - m_RunSince;
}

/* Sample n has the phase n * frequency / rate, modulo 1, without an error that adds up. */
VOID ToneStream::Write(SHORT *To, ULONG Samples) const
{
    for (ULONG i = 0; i < Samples; i++) {
        ULONGLONG Wave = (m_Position + i) % m_Rate * ToneFrequency % m_Rate;
        SHORT Value = static_cast<SHORT>(ToneSine(static_cast<ULONG>((Wave << 32) / m_Rate)) / 2);
        for (ULONG Channel = 0; Channel < m_Channels; Channel++)
            *To++ = Value;
    }
}

VOID ToneStream::StampFrame(PKSSTREAM_HEADER Header, ULONG FrameExtent)
{
    ULONG Samples = FrameExtent / (m_Channels * sizeof(SHORT));

    Header->PresentationTime.Numerator = Header->PresentationTime.Denominator = 1;
    Header->PresentationTime.Time = static_cast<LONGLONG>(m_Position * NANOSECONDS / m_Rate);
    Header->Duration =
        static_cast<LONGLONG>(static_cast<ULONGLONG>(Samples) * NANOSECONDS / m_Rate);
    Header->OptionsFlags |=
        KSSTREAM_HEADER_OPTIONSF_TIMEVALID | KSSTREAM_HEADER_OPTIONSF_DURATIONVALID;
    if (m_Skipped)
        Header->OptionsFlags |=
            KSSTREAM_HEADER_OPTIONSF_DATADISCONTINUITY | KSSTREAM_HEADER_OPTIONSF_TIMEDISCONTINUITY;
    m_Skipped = false;
}

/* Write what is due. Whoever is a second late, for want of frames, skips what cannot be made up
 * for. */
NTSTATUS ToneStream::Fill(PKSPROCESSPIN Pin)
{
    LONGLONG Now = Time();
    ULONGLONG Due = Now > 0 ? static_cast<ULONGLONG>(Now) * m_Rate / NANOSECONDS : 0;
    ULONG BlockBytes = m_Channels * sizeof(SHORT);
    PKSSTREAM_POINTER Pointer = Pin->StreamPointer;
    bool First = Pointer->Offset->Remaining == Pointer->Offset->Count;

    if (First && Due > m_Position + m_Rate) {
        m_Position = Due;
        m_Skipped = true;
    }
    if (Due <= m_Position)
        return STATUS_PENDING; /* until the next tick */
    ULONG Samples = min(static_cast<ULONG>(Due - m_Position), Pin->BytesAvailable / BlockBytes);
    if (First)
        StampFrame(Pointer->StreamHeader, Pin->BytesAvailable);
    Write(static_cast<SHORT *>(Pin->Data), Samples);
    m_Position += Samples;
    Pin->BytesUsed = Samples * BlockBytes;
    /* A frame whose end is no whole sample would stay for ever. */
    Pin->Terminate = Pin->BytesAvailable - Pin->BytesUsed < BlockBytes;
    return STATUS_SUCCESS;
}

NTSTATUS ToneStream::Process(PKSFILTER, PKSPROCESSPIN_INDEXENTRY Index)
{
    if (Index[0].Count == 0 || !Index[0].Pins[0]->StreamPointer)
        return STATUS_PENDING;
    PKSPROCESSPIN Pin = Index[0].Pins[0];
    return static_cast<ToneStream *>(Pin->Pin->Context)->Fill(Pin);
}

/* --- descriptors ------------------------------------------------------------------------------ */

/* Two ranges rather than one from 44100 to 48000: the rates between are not ours. */
static const KSDATARANGE_AUDIO ToneRange44100 = {
    {{sizeof(KSDATARANGE_AUDIO),
      0,
      0,
      0,
      {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
      {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)},
      {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}},
    ChannelsMax,
    16,
    16,
    RateMin,
    RateMin};

static const KSDATARANGE_AUDIO ToneRange48000 = {
    {{sizeof(KSDATARANGE_AUDIO),
      0,
      0,
      0,
      {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
      {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)},
      {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}},
    ChannelsMax,
    16,
    16,
    RateMax,
    RateMax};

static const PKSDATARANGE ToneRanges[] = {
    reinterpret_cast<PKSDATARANGE>(const_cast<KSDATARANGE_AUDIO *>(&ToneRange48000)),
    reinterpret_cast<PKSDATARANGE>(const_cast<KSDATARANGE_AUDIO *>(&ToneRange44100)),
};

static DECLARE_SIMPLE_FRAMING_EX(ToneFraming, STATICGUIDOF(KSMEMORY_TYPE_KERNEL_NONPAGED),
                                 KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                     KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY,
                                 4, 1, 1764, 1920);

static const KSPIN_DISPATCH TonePinDispatch = {
    ToneStream::Create,
    NULL, /* Close */
    NULL, /* Process: the filter's */
    NULL, /* Reset */
    ToneStream::SetFormat,
    ToneStream::SetState,
    NULL, /* Connect */
    NULL, /* Disconnect */
    NULL, /* Clock */
    NULL, /* Allocator */
};

static const KSPIN_DESCRIPTOR_EX TonePins[] = {
    {&TonePinDispatch,
     NULL, /* AutomationTable */
     {DEFINE_KSPIN_DEFAULT_INTERFACES,
      DEFINE_KSPIN_DEFAULT_MEDIUMS,
      SIZEOF_ARRAY(ToneRanges),
      ToneRanges,
      KSPIN_DATAFLOW_OUT,
      KSPIN_COMMUNICATION_BOTH,
      &KSCATEGORY_AUDIO,
      NULL, /* Name */
      {0}},
     KSPIN_FLAG_DO_NOT_INITIATE_PROCESSING | KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY,
     1, /* InstancesPossible */
     1, /* InstancesNecessary */
     &ToneFraming,
     ToneIntersect},
};

static const KSFILTER_DISPATCH ToneFilterDispatch = {
    NULL,                      /* Create */
    NULL,                      /* Close */
    ToneStream::Process, NULL, /* Reset */
};

static const GUID ToneCategories[] = {
    {STATICGUIDOF(KSCATEGORY_AUDIO)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
};

static DEFINE_KSFILTER_DESCRIPTOR(ToneFilter){
    &ToneFilterDispatch,
    NULL, /* AutomationTable */
    KSFILTER_DESCRIPTOR_VERSION,
    KSFILTER_FLAG_DISPATCH_LEVEL_PROCESSING,
    &KSNAME_Filter,
    DEFINE_KSFILTER_PIN_DESCRIPTORS(TonePins),
    DEFINE_KSFILTER_CATEGORIES(ToneCategories),
    DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
    DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
    NULL, /* ComponentId */
};

static DEFINE_KSFILTER_DESCRIPTOR_TABLE(ToneFilters){&ToneFilter};

static const KSDEVICE_DESCRIPTOR ToneDescriptor = {
    NULL, /* Dispatch */
    SIZEOF_ARRAY(ToneFilters),
    ToneFilters,
    KSDEVICE_DESCRIPTOR_VERSION,
    0, /* Flags */
};

extern "C" DRIVER_INITIALIZE DriverEntry;

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return KsInitializeDriver(DriverObject, RegistryPath, &ToneDescriptor);
}
