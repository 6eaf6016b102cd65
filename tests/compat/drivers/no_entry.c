/* A shared object that is no driver. */
int not_a_driver_at_all(void);
int not_a_driver_at_all(void)
{
    return 42;
}
