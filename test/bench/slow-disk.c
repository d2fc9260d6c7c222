/*
 * A slow disk, by LD_PRELOAD: what a process asks of files below SLOW_DISK_FOLDER takes SLOW_DISK_WRITE_MS longer, and an fsync
 * SLOW_DISK_SYNC_MS, in the thread that asks, as with a card that is worn out.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static int below(const char *path) {
  const char *folder = getenv("SLOW_DISK_FOLDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_file_below(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static void wait_for(const char *setting) {
  const char *value = getenv(setting);
  long ms = value ? atol(value) : 0;
  struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
  if (is_file_below(fd)) wait_for("SLOW_DISK_SYNC_MS");
  return NEXT(fsync)(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (fd > 2 && is_file_below(fd)) wait_for("SLOW_DISK_WRITE_MS");
  return NEXT(write)(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  if (is_file_below(fd)) wait_for("SLOW_DISK_WRITE_MS");
  return NEXT(pwrite64)(fd, bytes, count, at);
}

int unlink(const char *path) {
  if (below(path)) wait_for("SLOW_DISK_WRITE_MS");
  return NEXT(unlink)(path);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if ((flags & O_CREAT) && below(path)) wait_for("SLOW_DISK_WRITE_MS");
  return NEXT(open64)(path, flags, mode);
}
