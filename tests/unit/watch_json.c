/* JSON text of the trace: escapes, long names, a name that is no UTF-8. What comes back is what a
 * parser reads. */
#include "watch_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Print `text` and give what the parser makes of it. */
static json_t *print(const char *text)
{
    struct trace *trace = scene_trace();
    WATCH(WATCH_DEBUG_PRINT, 0, text, 0, 0);
    return scene_stop(trace);
}

static void prints_as(const char *text, const char *expected)
{
    json_t *events = print(text);
    assert_string_equal(scene_text(scene_find(events, "i", NULL, 0), "name"), expected);
    json_decref(events);
}

static void quotes_and_backslashes_come_back(void **state)
{
    (void)state;
    prints_as("\\DosDevices\\c:\\\"x\"", "\\DosDevices\\c:\\\"x\"");
}

static void control_characters_come_back(void **state)
{
    (void)state;
    prints_as("a\nb\tc\x01\x1f\x7f", "a\nb\tc\x01\x1f\x7f");
}

static void utf8_comes_back(void **state)
{
    (void)state;
    prints_as("K\xc3\xa4mera \xe2\x82\xac \xf0\x9f\x8e\xa5",
              "K\xc3\xa4mera \xe2\x82\xac \xf0\x9f\x8e\xa5");
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xff",
                                      "\xc0\x80" /* overlong */,
                                      "\xed\xa0\x80" /* surrogate */,
                                      "\xf4\x90\x80\x80" /* beyond */,
                                      "\xe2\x82" /* cut */};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *events = print(bad[i]);
        const char *name = scene_text(scene_find(events, "i", NULL, 0), "name");
        assert_true(strlen(name) > 0 && strlen(name) % 3 == 0);
        for (; *name; name += 3)
            assert_memory_equal(name, "\xef\xbf\xbd", 3);
        json_decref(events);
    }
}

static void long_text_is_cut_not_refused(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    char *text = malloc(LONG + 1);

    memset(text, 1, LONG); /* the longest escape */
    text[LONG] = '\0';
    json_t *events = print(text);
    size_t bytes = strlen(scene_text(scene_find(events, "i", NULL, 0), "name"));
    assert_true(bytes >= 4096 && bytes < LONG);
    json_decref(events);
    free(text);
}

WEIR_TESTS(watch_json, TEST(quotes_and_backslashes_come_back), TEST(control_characters_come_back),
           TEST(utf8_comes_back), TEST(bytes_that_are_no_utf8_are_replaced),
           TEST(long_text_is_cut_not_refused));
