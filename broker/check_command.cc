#include "broker/check_command.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "broker/check.h"
#include "broker/data_directory.h"
#include "seccomp/sandbox.h"

namespace broker {
namespace {

constexpr char kNotSealed[] =
    "What is sealed was not checked: that needs the passwords. The vault checks every item of a "
    "collection whenever it is unlocked, and cofferd's log names what is wrong.";

// A private directory that goes away with everything in it.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    std::string pattern = std::filesystem::temp_directory_path(error) / "cofferd-check-XXXXXX";
    if (!error && ::mkdtemp(pattern.data())) path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Names in a data directory may be anybody's: nothing of them reaches a terminal as a command.
std::string shown(std::string text) {
  for (char& c : text)
    if ((c >= 0 && c < ' ') || c == 0x7f) c = '?';
  return text;
}

std::string words_of(const CheckReport& report) {
  std::string text = fmt::format("{}\n", shown(report.directory));
  if (report.used_by)
    text += fmt::format("  in use by cofferd{}: checked as it is at this moment\n",
                        *report.used_by > 0 ? fmt::format(" (pid {})", *report.used_by) : "");
  for (const CheckedFile& file : report.files) {
    const std::string summary = file.summary.empty() ? "" : fmt::format(" ({})", file.summary);
    text += fmt::format("  {}: {}{}\n", shown(file.path), file.problems.empty() ? "fine" : "WRONG",
                        summary);
    for (const Finding& problem : file.problems) {
      text += fmt::format("      {}\n", shown(problem.what));
      if (!problem.advice.empty()) text += fmt::format("      -> {}\n", shown(problem.advice));
    }
    for (const Finding& note : file.notes)
      text += fmt::format("      note: {}; {}\n", shown(note.what), shown(note.advice));
  }
  return text + fmt::format("{}\n{}\n",
                            report.is_fine() ? "Nothing is wrong." : "Something is wrong.",
                            kNotSealed);
}

nlohmann::json json_of(const std::vector<Finding>& findings) {
  auto list = nlohmann::json::array();
  for (const Finding& each : findings)
    list.push_back({{"what", each.what}, {"advice", each.advice}});
  return list;
}

std::string json_of(const CheckReport& report) {
  auto files = nlohmann::json::array();
  for (const CheckedFile& file : report.files)
    files.push_back({{"path", file.path},
                     {"summary", file.summary},
                     {"problems", json_of(file.problems)},
                     {"notes", json_of(file.notes)}});
  const nlohmann::json all{{"directory", report.directory},
                           {"fine", report.is_fine()},
                           {"used_by", report.used_by ? nlohmann::json(*report.used_by) : nullptr},
                           {"files", std::move(files)},
                           {"sealed", kNotSealed}};
  // A file's name may be no UTF-8.
  return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

base::Result<CheckReport> check(const std::string& directory, const std::string& scratch) {
  // The files may be anybody's work, so they are read in the broker's sandbox, and not written.
  const std::vector<sandbox::Path> paths = {{directory, sandbox::Access::read},
                                            {scratch, sandbox::Access::write}};
  if (auto closed = sandbox::close(sandbox::Role::broker, paths, true); !closed)
    return base::fail(closed.error());
  return check_data_directory(directory, scratch);
}

int refuse(const base::Error& error) {
  base::log::error("{}", error.what);
  return 1;
}

int print(const base::Result<CheckReport>& report, bool as_json) {
  if (!report) return refuse(report.error());
  const std::string text = as_json ? json_of(*report) : words_of(*report);
  const bool printed = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return printed && report->is_fine() ? 0 : 1;
}

}  // namespace

// A process of its own does it, because from inside of the sandbox the scratch directory could not
// be removed.
int check_and_print(const Options& options) {
  const auto directory = DataDirectory::path_of(options.data_dir);
  if (!directory) return refuse(directory.error());
  const Scratch scratch;
  if (scratch.path().empty())
    return refuse({base::Code::io, "cannot make a temporary directory for copies"});
  const pid_t pid = ::fork();
  if (pid < 0) return refuse(base::system_error(errno, "cannot start the check"));
  if (pid == 0) ::_exit(print(check(*directory, scratch.path()), options.json));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status)
                           : refuse({base::Code::internal, "the check did not end well"});
}

}  // namespace broker
