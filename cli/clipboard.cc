#include "cli/clipboard.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/unique_fd.h"
#include "cli/fingerprint.h"

namespace cli {
namespace {

struct Pipe {
  base::UniqueFd read, write;
};

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_failure(errno, "no pipe could be made");
  return Pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

// Starts `command` with `fd` as its descriptor `target`, and nothing else to read from or write to:
// these tools stay in the background, where they must not hold a terminal or a pipe of ours.
base::Result<pid_t> start(const std::vector<std::string>& command, int fd, int target) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (standard != target)
      ::posix_spawn_file_actions_addopen(&files, standard, "/dev/null", O_RDWR, 0);
  if (fd >= 0) ::posix_spawn_file_actions_adddup2(&files, fd, target);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0)
    return base::fail(base::Code::not_supported,
                      fmt::format("{} is needed for the clipboard: install it", command.front()));
  return pid;
}

base::Outcome wait_for(pid_t pid, const std::string& name) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return base::Ok{};
  return base::fail(
      base::Code::io,
      fmt::format("{} failed; is the desktop there that WAYLAND_DISPLAY or DISPLAY names?", name));
}

base::Outcome run(const std::vector<std::string>& command) {
  auto pid = start(command, -1, -1);
  if (!pid) return base::fail(pid.error());
  return wait_for(*pid, command.front());
}

void write_all(int fd, base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // the tool is gone, and its exit status will say so
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
}

base::Result<Secret> read_clipboard(const ClipboardTool& tool) {
  auto pipe = make_pipe();
  if (!pipe) return base::fail(pipe.error());
  auto pid = start(tool.paste, pipe->write.get(), STDOUT_FILENO);
  if (!pid) return base::fail(pid.error());
  pipe->write = base::UniqueFd();
  Secret text, chunk = Secret::zeros(4096);
  for (ssize_t got = 0;
       (got = ::read(pipe->read.get(), chunk.writable().data(), chunk.size())) > 0;)
    text.append(chunk.view().first(static_cast<std::size_t>(got)));
  if (auto ended = wait_for(*pid, tool.paste.front()); !ended) return base::fail(ended.error());
  return text;
}

// Knows a text again without keeping it.
class Fingerprint {
 public:
  explicit Fingerprint(base::ByteView text) : digest_(fingerprints_.digest_of(text)) {}
  bool matches(base::ByteView text) const { return fingerprints_.digest_of(text) == digest_; }

 private:
  Fingerprints fingerprints_;
  Fingerprints::Digest digest_;
};

[[noreturn]] void wait_and_clear(const ClipboardTool& tool, const Fingerprint& copied,
                                 std::chrono::seconds delay) {
  ::setsid();  // the terminal may be closed meanwhile
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  for (auto left = static_cast<unsigned>(delay.count()); left > 0;) left = ::sleep(left);
  const auto now = read_clipboard(tool);
  if (now && copied.matches(now->view())) {
    // Nobody is left to be told of a failure.
    [[maybe_unused]] const base::Outcome cleared = run(tool.clear);
  }
  ::_exit(0);
}

}  // namespace

base::Result<ClipboardTool> clipboard_tool() {
  if (std::getenv("WAYLAND_DISPLAY"))
    return ClipboardTool{{"wl-copy"}, {"wl-paste", "--no-newline"}, {"wl-copy", "--clear"}};
  const std::vector<std::string> xclip = {"xclip", "-selection", "clipboard"};
  if (std::getenv("DISPLAY"))
    return ClipboardTool{xclip, {"xclip", "-selection", "clipboard", "-o"}, xclip};
  return base::fail(base::Code::not_supported,
                    "there is no desktop here (neither WAYLAND_DISPLAY nor DISPLAY is set): "
                    "\"coffer lookup\" prints the secret");
}

base::Outcome copy_to_clipboard(const ClipboardTool& tool, const Secret& secret) {
  auto pipe = make_pipe();
  if (!pipe) return base::fail(pipe.error());
  auto pid = start(tool.copy, pipe->read.get(), STDIN_FILENO);
  if (!pid) return base::fail(pid.error());
  pipe->read = base::UniqueFd();
  const auto former = ::signal(SIGPIPE, SIG_IGN);
  write_all(pipe->write.get(), secret.view());
  ::signal(SIGPIPE, former);
  pipe->write = base::UniqueFd();
  return wait_for(*pid, tool.copy.front());
}

base::Outcome clear_later(const ClipboardTool& tool, Secret secret, std::chrono::seconds delay) {
  const Fingerprint copied(secret.view());
  secret = Secret();  // the other process is a copy of this one
  const pid_t pid = ::fork();
  if (pid < 0) return base::system_failure(errno, "the clipboard will not be cleared");
  if (pid == 0) wait_and_clear(tool, copied, delay);
  return base::Ok{};
}

}  // namespace cli
