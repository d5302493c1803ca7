#include "tests/power/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>

namespace power {
namespace {

struct Recorder {
  bool on = false;
  std::string folder;
  std::vector<Step> steps;
  std::map<std::string, int> names;    // what a path means now
  std::map<int, int> files;            // descriptor -> file
  std::map<int, std::string> folders;  // descriptor -> path
  int last_file = 0;
};

Recorder& recorder() {
  static Recorder* const one = new Recorder;  // used until the very end of the program
  return *one;
}

bool is_ours(const std::string& path) {
  return recorder().on && path.starts_with(recorder().folder);
}

int file_of(int fd) {
  const Recorder& r = recorder();
  const auto at = r.files.find(fd);
  return r.on && at != r.files.end() ? at->second : 0;
}

void record(Step step) { recorder().steps.push_back(std::move(step)); }

int opened(const char* path, int flags, mode_t mode) {
  const bool ours = is_ours(path);
  const bool is_new = ours && (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
  const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  if (fd < 0 || !ours) return fd;
  Recorder& r = recorder();
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    r.folders[fd] = path;
    return fd;
  }
  if (is_new) {
    r.names[path] = ++r.last_file;
    record({Step::Kind::make, r.last_file, path, {}, 0, {}});
  }
  r.files[fd] = r.names[path];
  if ((flags & O_TRUNC) != 0) record({Step::Kind::resize, r.files[fd], {}, {}, 0, {}});
  return fd;
}

ssize_t written(int fd, const void* data, std::size_t size, off_t at) {
  const ssize_t done = ::syscall(SYS_pwrite64, fd, data, size, at);
  if (const int file = file_of(fd); file && done > 0)
    record({Step::Kind::write,
            file,
            {},
            {},
            static_cast<std::uint64_t>(at),
            std::string(static_cast<const char*>(data), static_cast<std::size_t>(done))});
  return done;
}

int resized(int fd, off_t size) {
  const auto done = static_cast<int>(::syscall(SYS_ftruncate, fd, size));
  if (const int file = file_of(fd); file && done == 0)
    record({Step::Kind::resize, file, {}, {}, static_cast<std::uint64_t>(size), {}});
  return done;
}

// The test needs no real disk: what a disk keeps is what the model says.
int synced(int fd) {
  const Recorder& r = recorder();
  if (const int file = file_of(fd)) {
    record({Step::Kind::sync, file, {}, {}, 0, {}});
  } else if (const auto at = r.folders.find(fd); r.on && at != r.folders.end()) {
    record({Step::Kind::sync_folder, 0, at->second, {}, 0, {}});
  }
  return 0;
}

}  // namespace

void start_recording(const std::string& folder, const Image& already_there) {
  Recorder& r = recorder();
  r = {};
  r.on = true;
  r.folder = folder;
  for (const auto& [path, contents] : already_there) r.names[path] = ++r.last_file;
}

std::size_t recorded_steps() { return recorder().steps.size(); }

std::vector<Step> stop_recording() {
  recorder().on = false;
  return std::move(recorder().steps);
}

}  // namespace power

// The C library's functions, under names that its headers do not declare.
extern "C" {
int power_open(const char* path, int flags, ...) __asm__("open");
int power_open64(const char* path, int flags, ...) __asm__("open64");
int power_close(int fd) __asm__("close");
ssize_t power_write(int fd, const void* data, std::size_t size) __asm__("write");
ssize_t power_pwrite(int fd, const void* data, std::size_t size, off_t at) __asm__("pwrite");
ssize_t power_pwrite64(int fd, const void* data, std::size_t size, off_t at) __asm__("pwrite64");
int power_ftruncate(int fd, off_t size) __asm__("ftruncate");
int power_ftruncate64(int fd, off_t size) __asm__("ftruncate64");
int power_fsync(int fd) __asm__("fsync");
int power_fdatasync(int fd) __asm__("fdatasync");
int power_rename(const char* from, const char* to) __asm__("rename");
int power_unlink(const char* path) __asm__("unlink");
}

int power_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return power::opened(path, flags, mode);
}
int power_open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return power::opened(path, flags, mode);
}

int power_close(int fd) {
  power::recorder().files.erase(fd);
  power::recorder().folders.erase(fd);
  return static_cast<int>(::syscall(SYS_close, fd));
}

ssize_t power_write(int fd, const void* data, std::size_t size) {
  if (power::file_of(fd) == 0) return ::syscall(SYS_write, fd, data, size);
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  const ssize_t done = power::written(fd, data, size, at);
  if (done > 0) ::lseek(fd, at + done, SEEK_SET);
  return done;
}
ssize_t power_pwrite(int fd, const void* data, std::size_t size, off_t at) {
  return power::written(fd, data, size, at);
}
ssize_t power_pwrite64(int fd, const void* data, std::size_t size, off_t at) {
  return power::written(fd, data, size, at);
}

int power_ftruncate(int fd, off_t size) { return power::resized(fd, size); }
int power_ftruncate64(int fd, off_t size) { return power::resized(fd, size); }
int power_fsync(int fd) { return power::synced(fd); }
int power_fdatasync(int fd) { return power::synced(fd); }

int power_rename(const char* from, const char* to) {
  const long done = ::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (done != 0 || !power::is_ours(from)) return static_cast<int>(done);
  auto& names = power::recorder().names;
  names[to] = names[from];
  names.erase(from);
  power::record({power::Step::Kind::rename, 0, from, to, 0, {}});
  return 0;
}

int power_unlink(const char* path) {
  const long done = ::syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (done != 0 || !power::is_ours(path)) return static_cast<int>(done);
  power::recorder().names.erase(path);
  power::record({power::Step::Kind::remove, 0, path, {}, 0, {}});
  return 0;
}
