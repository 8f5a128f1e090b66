/* Preloaded into a server: each fsync and fdatasync takes SLOW_DISK_MS longer, as on a disk slower than this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_little(void)
{
    const char *text = getenv("SLOW_DISK_MS");
    long milliseconds = text ? atol(text) : 0;
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

int fsync(int file)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    wait_a_little();
    return real(file);
}

int fdatasync(int file)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    wait_a_little();
    return real(file);
}
