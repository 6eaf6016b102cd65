/* A driver that was not linked by `weir build`, and wants a routine that nobody has. */
int ExRoutineThatNobodyHas(void);
int DriverEntry(void *driver, void *path);
int DriverEntry(void *driver, void *path)
{
    (void)driver, (void)path;
    return ExRoutineThatNobodyHas();
}
