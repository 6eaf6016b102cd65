/* Files. */
#include <sys/stat.h>

#include "host_scene.h"

static char path[512];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", weir_test_folder(), name);
    return path;
}

static void what_is_written_is_read_at_its_offset(void **state)
{
    struct host_file *file;
    struct host_file_facts facts;
    char bytes[16] = "";
    size_t done = 0;

    (void)state;
    assert_int_equal(
        host_file_open(in_folder("a"), HOST_OPEN_READ | HOST_OPEN_WRITE | HOST_OPEN_CREATE, &file),
        HOST_FILE_OK);
    assert_int_equal(host_file_write(file, 3, "defg", 4, &done), HOST_FILE_OK);
    assert_int_equal(done, 4);
    assert_int_equal(host_file_write(file, 0, "abc", 3, &done), HOST_FILE_OK);
    assert_int_equal(host_file_read(file, 2, bytes, sizeof bytes, &done), HOST_FILE_OK);
    assert_int_equal(done, 5);
    assert_memory_equal(bytes, "cdefg", 5);
    assert_int_equal(host_file_read(file, 7, bytes, sizeof bytes, &done), HOST_FILE_OK);
    assert_int_equal(done, 0);
    assert_int_equal(host_file_facts(file, &facts), HOST_FILE_OK);
    assert_int_equal(facts.bytes, 7);
    assert_false(facts.is_directory);
    host_file_close(file);
    assert_int_equal(host_file_delete(path), HOST_FILE_OK);
    assert_int_equal(host_file_delete(path), HOST_FILE_NOT_FOUND);
}

static void append_writes_at_the_end(void **state)
{
    struct host_file *file;
    char bytes[8];
    size_t done;

    (void)state;
    unsigned flags = HOST_OPEN_READ | HOST_OPEN_WRITE | HOST_OPEN_CREATE | HOST_OPEN_APPEND;
    assert_int_equal(host_file_open(in_folder("a"), flags, &file), HOST_FILE_OK);
    host_file_write(file, 0, "one", 3, &done);
    host_file_write(file, 0, "two", 3, &done);
    host_file_read(file, 0, bytes, 8, &done);
    host_file_close(file);
    assert_int_equal(done, 6);
    assert_memory_equal(bytes, "onetwo", 6);
}

static void what_cannot_be_opened_says_why(void **state)
{
    struct host_file *file;
    struct host_file_facts facts;
    size_t done;

    (void)state;
    assert_int_equal(host_file_open(in_folder("none"), HOST_OPEN_READ, &file), HOST_FILE_NOT_FOUND);
    assert_null(file);
    assert_int_equal(host_file_open(in_folder("no/ne"), HOST_OPEN_READ, &file),
                     HOST_FILE_PATH_NOT_FOUND);
    assert_int_equal(host_file_open(in_folder("."), HOST_OPEN_WRITE, &file),
                     HOST_FILE_IS_DIRECTORY);
    assert_int_equal(host_file_open(in_folder("."), HOST_OPEN_READ, &file), HOST_FILE_OK);
    assert_int_equal(host_file_facts(file, &facts), HOST_FILE_OK);
    assert_true(facts.is_directory);
    host_file_close(file);
    unsigned create = HOST_OPEN_WRITE | HOST_OPEN_CREATE | HOST_OPEN_EXCLUSIVE;
    assert_int_equal(host_file_open(in_folder("x"), create, &file), HOST_FILE_OK);
    assert_int_equal(host_file_read(file, 0, &done, 1, &done), HOST_FILE_DENIED);
    host_file_close(file);
    assert_int_equal(host_file_open(in_folder("x"), create, &file), HOST_FILE_EXISTS);
    assert_int_equal(host_file_open(in_folder("x/y"), HOST_OPEN_READ, &file),
                     HOST_FILE_PATH_NOT_FOUND);
    assert_int_equal(host_file_open("/dev/full", HOST_OPEN_WRITE, &file), HOST_FILE_OK);
    assert_int_equal(host_file_write(file, 0, "x", 1, &done), HOST_FILE_FULL);
    host_file_close(file);
}

WEIR_TESTS(host_files, TEST(what_is_written_is_read_at_its_offset), TEST(append_writes_at_the_end),
           TEST(what_cannot_be_opened_says_why));
