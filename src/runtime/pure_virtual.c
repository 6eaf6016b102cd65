/* A call of a pure virtual function: the driver's _purecall if it has one, else a trap at the
 * place. */
int _purecall(void) __attribute__((weak));
void __cxa_pure_virtual(void);

void __cxa_pure_virtual(void)
{
    if (_purecall)
        _purecall();
    __builtin_trap();
}
