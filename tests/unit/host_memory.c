/* Pages. */
#include "host_scene.h"

static bool all_zero(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

static void pages_are_zeroed_writable_and_guarded(void **state)
{
    (void)state;
    scene_start();
    char *pages = host_pages_map(5000);
    bool zero = all_zero(pages, 8192);
    memset(pages, 0xab, 8192);
    bool guarded = !host_readable(pages + 8192, 1);
    host_pages_unmap(pages, 5000);
    char *again = host_pages_map(5000);
    bool zero_again = all_zero(again, 8192);
    host_pages_unmap(again, 5000);
    bool none = host_pages_map(0) == NULL && host_pages_map(SIZE_MAX) == NULL;
    host_stop();
    assert_true(zero && guarded && zero_again && none);
}

static void *fill(void **pages)
{
    char *all = NULL;

    for (size_t i = 0; i < 40; i++) {
        pages[i] = host_pages_map(1 + i * 3000);
        if (i % 3 == 2) {
            host_pages_unmap(pages[i - 1], 1 + (i - 1) * 3000);
            pages[i - 1] = NULL;
        }
    }
    for (size_t i = 0; i < 40; i++)
        if (pages[i])
            host_pages_unmap(pages[i], 1 + i * 3000);
    /* Whatever was given back is one run again. */
    all = host_pages_map((size_t)1 << 30);
    host_pages_unmap(all, (size_t)1 << 30);
    return all;
}

static void the_same_calls_give_the_same_addresses(void **state)
{
    void *one[40], *two[40];

    (void)state;
    scene_start();
    void *first = fill(one);
    void *first_page = one[0];
    void *second = fill(two);
    host_stop();
    assert_memory_equal(one, two, sizeof one);
    assert_ptr_equal(first, first_page);
    assert_ptr_equal(second, first_page);
}

WEIR_TESTS(host_memory, TEST_BOTH(pages_are_zeroed_writable_and_guarded),
           TEST_SIM(the_same_calls_give_the_same_addresses));
