#include "broker/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "seccomp/last_words.h"

namespace broker {
namespace {

constexpr int kSocket = 3;
constexpr int kLast = sandbox::kLastWords;

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& each : strings) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_of(const Program& program) {
  std::vector<std::string> environment;
  for (const std::string& name : program.passed_environment)
    if (const char* value = ::getenv(name.c_str()))
      environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

void reset_signals() {
  struct sigaction fresh {};
  fresh.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &fresh, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Only calls that are safe between fork and exec.
[[noreturn]] void become(const char* path, char* const* arguments, char* const* environment,
                         int socket, int last_words, int input) {
  reset_signals();
  ::setsid();  // Ctrl-C in a terminal is ours to act on
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  // First out of the way of the numbers that they are to get.
  const int high_socket = ::fcntl(socket, F_DUPFD_CLOEXEC, kLast + 1);
  const int high_words = ::fcntl(last_words < 0 ? null : last_words, F_DUPFD_CLOEXEC, kLast + 1);
  const int high_input = ::fcntl(input < 0 ? null : input, F_DUPFD_CLOEXEC, kLast + 1);
  const bool ready =
      null >= 0 && ::dup2(high_input, STDIN_FILENO) >= 0 &&
      ::dup2(input < 0 ? null : high_socket, STDOUT_FILENO) >= 0 &&
      (input < 0 || ::dup2(null, STDERR_FILENO) >= 0) && ::dup2(high_socket, kSocket) >= 0 &&
      ::dup2(high_words, sandbox::kLastWords) >= 0 && ::close_range(kLast + 1, UINT_MAX, 0) >= 0;
  if (ready) ::execve(path, arguments, environment);
  ::_exit(127);
}

int find_loader(dl_phdr_info* object, std::size_t, void* path) {
  for (int i = 0; i < object->dlpi_phnum; ++i)
    if (object->dlpi_phdr[i].p_type == PT_INTERP)
      *static_cast<std::string*>(path) =
          reinterpret_cast<const char*>(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
  return 1;  // the first object is our executable; no others
}

base::Outcome open_null_as(int target) {
  base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid() || ::dup2(null.get(), target) < 0)
    return base::system_failure(errno, "cannot open /dev/null");
  if (null.get() == target) {
    ::fcntl(target, F_SETFD, 0);
    null.release();
  }
  return base::Ok{};
}

}  // namespace

base::Result<std::string> find_program(const std::string& name) {
  std::string beside(PATH_MAX, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", beside.data(), beside.size());
  beside.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  beside.resize(beside.rfind('/') + 1);  // empty when there is none
  for (const std::string& folder : {beside, beside + COFFER_LIBEXEC "/"}) {
    std::string path = folder + name;
    if (!folder.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return base::fail(base::Code::unavailable,
                    fmt::format("cannot find the program {}: it is neither in {} nor in {}{}", name,
                                beside, beside, COFFER_LIBEXEC));
}

std::string loader_path() {
  std::string path;
  ::dl_iterate_phdr(find_loader, &path);
  return path;
}

base::Result<pid_t> start_process(const Program& program, base::UniqueFd socket,
                                  base::UniqueFd last_words, int input) {
  std::vector<std::string> arguments{program.name};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> environment = environment_of(program);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  const pid_t pid = ::fork();
  if (pid < 0) return base::system_failure(errno, fmt::format("cannot start {}", program.name));
  if (pid == 0)
    become(program.path.c_str(), argv.data(), envp.data(), socket.get(), last_words.get(), input);
  return pid;
}

std::string describe_end(int status, const std::string& last_words) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
    return fmt::format("was stopped by its sandbox: it {}",
                       last_words.empty() ? "made a forbidden system call" : last_words);
  if (WIFSIGNALED(status)) {
    const char* words = ::sigdescr_np(WTERMSIG(status));
    return fmt::format("ended by signal {} ({})", WTERMSIG(status), words ? words : "unknown");
  }
  if (WEXITSTATUS(status) == 127) return "could not be executed (status 127)";
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

base::Outcome open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (auto opened = open_null_as(fd); !opened) return opened;
  }
  return base::Ok{};
}

base::Result<base::UniqueFd> take_standard_input() {
  base::UniqueFd input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!input.valid()) return base::system_failure(errno, "cannot take over standard input");
  if (auto opened = open_null_as(STDIN_FILENO); !opened) return base::fail(opened.error());
  return input;
}

}  // namespace broker
