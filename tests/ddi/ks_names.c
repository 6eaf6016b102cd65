/* Names of filters and pins, as the event stream tells them. */
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include "ks_rich_scene.h"

#include "watch/watch.h"

#include <string.h>

static char filter_name[64], pin_name[64];

static void listener(void *context, const struct watch_event *event)
{
    char *to = event->kind == WATCH_PIN_CREATE ? pin_name : filter_name;
    (void)context;
    strncpy(to, event->name ? event->name : "", sizeof(pin_name) - 1);
}

#define LISTENS (WATCH_KIND_BIT(WATCH_PIN_CREATE) | WATCH_KIND_BIT(WATCH_FILTER_CREATE))

static void pin_is_called(HANDLE filter, const GUID *category, const GUID *name, const char *called)
{
    KSPIN_DESCRIPTOR_EX type = rich_pins[1];
    PKSFILTER f = rich_seen.opened[0];
    ULONG id = 0;
    type.PinDescriptor.Category = category;
    type.PinDescriptor.Name = name;
    KsAcquireControl(f);
    assert_int_equal(KsFilterCreatePinFactory(f, &type, &id), 0);
    KsReleaseControl(f);
    ZwClose(rich_pin(filter, id, NULL));
    assert_string_equal(pin_name, called);
}

SCENE(pins_are_called_by_name_or_category_or_number)
{
    HANDLE filter = rich_ready();
    assert_true(watch_listen(listener, NULL, LISTENS));
    pin_is_called(filter, NULL, &PINNAME_VIDEO_CAPTURE, "rich capture");
    pin_is_called(filter, NULL, &PINNAME_VIDEO_PREVIEW, "rich preview");
    pin_is_called(filter, &KSCATEGORY_AUDIO, &PINNAME_VIDEO_STILL, "rich still");
    pin_is_called(filter, NULL, &PINNAME_VIDEO_VBI, "rich vbi");
    pin_is_called(filter, &KSCATEGORY_AUDIO, &rich_name, "rich audio");
    pin_is_called(filter, &PINNAME_VIDEO_CAPTURE, NULL, "rich capture");
    pin_is_called(filter, &rich_category, &rich_name, "rich pin 9");
    pin_is_called(filter, NULL, NULL, "rich pin 10");
    ZwClose(rich_pin(filter, 1, NULL));
    assert_string_equal(pin_name, "rich pin 1");
    watch_unlisten(listener, NULL);
    rich_end(filter);
}

SCENE(filters_are_called_by_their_reference_string_or_their_driver)
{
    static const struct {
        const WCHAR *string, *path;
        const char *called;
    } rows[] = {{L"twin", L"\\Device\\Scene\\twin", "twin"},
                {L"t\x00e4sk~ ", L"\\Device\\Scene\\t\x00e4sk~ ", "t?sk~ "},
                {L"a_name_that_is_longer_than_31_characters",
                 L"\\Device\\Scene\\a_name_that_is_longer_than_31_characters",
                 "a_name_that_is_longer_than_31_c"},
                {L"{not quite a GUID", L"\\Device\\Scene\\{not quite a GUID", "Stream"}};
    PKSFILTERFACTORY factory;
    HANDLE filter;
    ks_add();
    for (int i = 0; i < 4; i++)
        assert_int_equal(KsCreateFilterFactory(ks_driver->DeviceObject, &ks_filter_descriptor,
                                               (PWSTR)rows[i].string, NULL, 0, NULL, NULL,
                                               &factory),
                         0);
    assert_int_equal(ks_pnp(IRP_MN_START_DEVICE), 0);
    assert_true(watch_listen(listener, NULL, LISTENS));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(open_path(rows[i].path, NULL, 0, &filter), 0);
        assert_string_equal(filter_name, rows[i].called);
        ZwClose(filter);
    }
    assert_int_equal(ks_open(&filter), 0); /* its factory has a GUID for a string */
    assert_string_equal(filter_name, "Stream");
    ZwClose(filter);
    USHORT length = ks_driver->DriverName.Length;
    ks_driver->DriverName.Length = 7 * sizeof(WCHAR); /* what lies behind it is no part of it */
    assert_int_equal(ks_open(&filter), 0);
    assert_string_equal(filter_name, "Driver");
    ks_driver->DriverName.Length = length;
    ZwClose(filter);
    watch_unlisten(listener, NULL);
    ks_remove();
}

WEIR_TESTS(ks_names, TEST_SIM(pins_are_called_by_name_or_category_or_number),
           TEST_BOTH(filters_are_called_by_their_reference_string_or_their_driver));
