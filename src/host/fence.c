/* The heavy half of a fence in two halves (membarrier), so that a fast path can do with an order of
 * the compiler's.
 *
 * Lock: none; registering twice does no harm.
 * Invariant: on the simulated host one thread runs everything, and no fence is needed. */
#include "host.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0) == 0;
}

bool host_fence_others(void)
{
    static bool registered;

    if (host_simulated)
        return true;
    if (!__atomic_load_n(&registered, __ATOMIC_RELAXED))
        __atomic_store_n(&registered, membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED),
                         __ATOMIC_RELAXED);
    return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}
