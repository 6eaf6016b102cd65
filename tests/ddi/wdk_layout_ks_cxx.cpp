/* ks.h and ksmedia.h as C++ sees them: the same layouts, the other half of the COM cases, and the
 * tables of a minidriver, which must compile as they stand in C++ as well as in C. */
#include <wdm.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "wdk_layout_ks.h"
#include "wdk_layout_ks.inc"

namespace
{

class control : public IKsControl
{
  public:
    STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID, PVOID *Interface)
    {
        *Interface = NULL;
        return STATUS_NOT_SUPPORTED;
    }
    STDMETHODIMP_(ULONG) AddRef()
    {
        return ++references;
    }
    STDMETHODIMP_(ULONG) Release()
    {
        return --references;
    }
    STDMETHODIMP_(NTSTATUS)
    KsProperty(PKSPROPERTY Property, ULONG, PVOID PropertyData, ULONG DataLength,
               ULONG *BytesReturned)
    {
        if (DataLength < sizeof(ULONG))
            return STATUS_BUFFER_TOO_SMALL;
        *(PULONG)PropertyData = Property->Id;
        *BytesReturned = sizeof(ULONG);
        return STATUS_SUCCESS;
    }
    STDMETHODIMP_(NTSTATUS) KsMethod(PKSMETHOD, ULONG, PVOID, ULONG, ULONG *)
    {
        return STATUS_NOT_IMPLEMENTED;
    }
    STDMETHODIMP_(NTSTATUS) KsEvent(PKSEVENT, ULONG, PVOID, ULONG, ULONG *)
    {
        return STATUS_NOT_SUPPORTED;
    }

    ULONG references = 1;
};

control the_control;

NTSTATUS get_nothing(PIRP, PKSPROPERTY, PVOID)
{
    return STATUS_NOT_FOUND;
}

DEFINE_KSPROPERTY_TABLE(properties){
    DEFINE_KSPROPERTY_ITEM(1, get_nothing, sizeof(KSPROPERTY), 0, NULL, NULL, 0, NULL, NULL, 0),
    DEFINE_KSPROPERTY_ITEM_STREAM_ALLOCATOR(get_nothing, NULL)};

DEFINE_KSPROPERTY_SET_TABLE(sets){
    DEFINE_KSPROPERTY_SET(&KSPROPSETID_Stream, SIZEOF_ARRAY(properties), properties, 0, NULL)};

DEFINE_KSAUTOMATION_TABLE(automation){DEFINE_KSAUTOMATION_PROPERTIES(sets),
                                      DEFINE_KSAUTOMATION_METHODS_NULL,
                                      DEFINE_KSAUTOMATION_EVENTS_NULL};

const KSPIN_DESCRIPTOR_EX pins[] = {{NULL,
                                     &automation,
                                     {DEFINE_KSPIN_DEFAULT_INTERFACES,
                                      DEFINE_KSPIN_DEFAULT_MEDIUMS,
                                      0,
                                      NULL,
                                      KSPIN_DATAFLOW_OUT,
                                      KSPIN_COMMUNICATION_BOTH,
                                      &KSCATEGORY_VIDEO,
                                      NULL,
                                      {0}},
                                     KSPIN_FLAG_PROCESS_IN_RUN_STATE_ONLY,
                                     1,
                                     1,
                                     NULL,
                                     NULL}};

const GUID categories[] = {{STATICGUIDOF(KSCATEGORY_VIDEO)}, {STATICGUIDOF(KSCATEGORY_CAPTURE)}};

DEFINE_KSFILTER_DESCRIPTOR(filter){NULL,
                                   &automation,
                                   KSFILTER_DESCRIPTOR_VERSION,
                                   0,
                                   &KSNAME_Filter,
                                   DEFINE_KSFILTER_PIN_DESCRIPTORS(pins),
                                   DEFINE_KSFILTER_CATEGORIES(categories),
                                   DEFINE_KSFILTER_NODE_DESCRIPTORS_NULL,
                                   DEFINE_KSFILTER_DEFAULT_CONNECTIONS,
                                   NULL};

DEFINE_KSFILTER_DESCRIPTOR_TABLE(filters){&filter};

} // namespace

LONGLONG cxx_reads_clock(PIKSREFERENCECLOCK clock, PLONGLONG system_time)
{
    LONGLONG sum;

    clock->AddRef();
    sum = clock->GetTime() + clock->GetPhysicalTime() + clock->GetCorrelatedTime(system_time);
    clock->Release();
    return sum;
}

NTSTATUS cxx_asks_for_control(PIKSREFERENCECLOCK clock, PVOID *result)
{
    return clock->QueryInterface(IID_IKsControl, result);
}

PIKSCONTROL cxx_makes_control(void)
{
    return &the_control;
}

const GUID *cxx_guid_of_filter_name(void)
{
    return filters[0]->ReferenceGuid;
}

SIZE_T cxx_size_of_pin(void)
{
    return sizeof(KSPIN);
}
