/* Watchdog: a context that uses a second of its CPU time without a tick is reported on its own
 * stack. A pthread looks four times a second; CPU time stands still in a debugger, so stops there
 * are no runaways.
 * Lock: none; `held` is per OS thread, `stop` is a futex-like pair of mutex and condition.
 * Invariant: the signal reports only what is still true when it arrives. */
#include "inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_NS UINT64_C(1000000000)
enum { LOOKS_A_SECOND = 4, WATCH_SIGNAL = SIGURG };

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop, running;
    struct sigaction old;
} watchdog = {.lock = PTHREAD_MUTEX_INITIALIZER};

static HOST_TLS unsigned held;

static void on_watch(int number, siginfo_t *info, void *context)
{
    char sentence[256];
    int error = errno;

    (void)number;
    (void)info;
    (void)context;
    if (held == 0 && !host_frozen() && (host_simulated ? sim_watchable() : live_watchable())) {
        snprintf(sentence, sizeof sentence,
                 "%s used a second of processor time without a call into the kernel",
                 host_context_name(host_self()));
        if (host.config.upcalls.stuck)
            host.config.upcalls.stuck(HOST_STUCK_RUNAWAY, host_self(), sentence);
        host_abort(sentence);
    }
    errno = error;
}

static void *watchdog_main(void *argument)
{
    sigset_t all;

    (void)argument;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    pthread_mutex_lock(&watchdog.lock);
    while (!watchdog.stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 1000000000 / LOOKS_A_SECOND;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        pthread_cond_timedwait(&watchdog.changed, &watchdog.lock, &until);
        if (watchdog.stop)
            break;
        if (host_simulated)
            sim_watch(LIMIT_NS, WATCH_SIGNAL);
        else
            live_watch_all(LIMIT_NS, WATCH_SIGNAL);
    }
    pthread_mutex_unlock(&watchdog.lock);
    return NULL;
}

bool watchdog_start(char error[HOST_ERROR_BYTES])
{
    struct sigaction action = {.sa_sigaction = on_watch,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
    pthread_condattr_t attributes;

    sigemptyset(&action.sa_mask);
    sigaction(WATCH_SIGNAL, &action, &watchdog.old);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    watchdog.stop = false;
    if (pthread_create(&watchdog.thread, NULL, watchdog_main, NULL) != 0) {
        sigaction(WATCH_SIGNAL, &watchdog.old, NULL);
        snprintf(error, HOST_ERROR_BYTES, "the watchdog's thread cannot be created");
        return false;
    }
    watchdog.running = true;
    return true;
}

void watchdog_stop(void)
{
    pthread_mutex_lock(&watchdog.lock);
    watchdog.stop = true;
    pthread_cond_signal(&watchdog.changed);
    pthread_mutex_unlock(&watchdog.lock);
    pthread_join(watchdog.thread, NULL);
    pthread_cond_destroy(&watchdog.changed);
    sigaction(WATCH_SIGNAL, &watchdog.old, NULL);
    watchdog.running = false;
}

void watchdog_hold(void)
{
    held++;
}

void watchdog_release(void)
{
    held--;
}
