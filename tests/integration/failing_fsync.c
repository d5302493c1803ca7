/* Loaded before the C library: fsync and fdatasync fail with EIO while the file named by
 * COFFER_TEST_FAILING_DISK exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int disk_fails(void) {
  const char* flag = getenv("COFFER_TEST_FAILING_DISK");
  return flag && access(flag, F_OK) == 0;
}

static int call(const char* name, int fd) {
  if (disk_fails()) {
    errno = EIO;
    return -1;
  }
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return next(fd);
}

int fsync(int fd) { return call("fsync", fd); }
int fdatasync(int fd) { return call("fdatasync", fd); }
