#include "cli/moving/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cli {

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_failure(errno, "no pipe could be made");
  return Pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

base::Result<Process> Process::start(const std::vector<std::string>& command,
                                     const std::vector<std::pair<int, int>>& inherited,
                                     bool environment) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (const auto& [ours, theirs] : inherited)
    ::posix_spawn_file_actions_adddup2(&files, ours, theirs);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (std::none_of(inherited.begin(), inherited.end(),
                     [&](const auto& each) { return each.second == standard; }))
      ::posix_spawn_file_actions_addopen(&files, standard, "/dev/null", O_RDWR, 0);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char* nothing[] = {nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(),
                                    environment ? environ : nothing);
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0)
    return base::fail(base::Code::unavailable,
                      fmt::format("{} cannot be started: {}", command.front(), ::strerror(failed)));
  return Process(pid);
}

Process::~Process() {
  if (pid_ > 0) end();
}

int Process::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = 0;
  return status;
}

int Process::end() {
  ::kill(pid_, SIGKILL);  // what has ended already keeps its status
  return wait();
}

IgnoredPipeSignal::IgnoredPipeSignal() : former_(::signal(SIGPIPE, SIG_IGN)) {}
IgnoredPipeSignal::~IgnoredPipeSignal() { ::signal(SIGPIPE, former_); }

}  // namespace cli
