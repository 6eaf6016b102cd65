/* What host_images.c loads: a function, and a section with known bytes. */
__attribute__((section("weir_test_note"), used, visibility("default"))) const char note[] = "noted";

__attribute__((visibility("default"))) int seven(void);
int seven(void)
{
    return 7;
}
