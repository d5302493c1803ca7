// A program that logs in: pam_driver CONFIGURATION-FOLDER SERVICE USER STEP...
//
// Steps: authenticate, establish, reinitialize, open, close, chauthtok; fork (the rest happens in a
// child); search:TXET (is TEXT, written backwards here, in writable memory?). Prompts are answered
// with the lines of standard input. Prints a line for each step, for each line of the log, and for
// whatever a step changed in this process.
#include <dirent.h>
#include <grp.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

volatile sig_atomic_t g_children_ended = 0;

// The line goes straight where PAM will wipe it: no copy is left elsewhere.
char* read_line() {
  char* line = static_cast<char*>(std::calloc(1, 8192));
  for (std::size_t i = 0; i < 8191 && ::read(STDIN_FILENO, line + i, 1) == 1; ++i) {
    if (line[i] != '\n') continue;
    line[i] = '\0';
    break;
  }
  return line;
}

int converse(int count, const pam_message** messages, pam_response** responses, void*) {
  auto* answers = static_cast<pam_response*>(
      std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
  for (int i = 0; i < count; ++i)
    if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF) answers[i].resp = read_line();
  *responses = answers;
  return PAM_SUCCESS;
}

std::set<std::string> descriptors() {
  std::set<std::string> found;
  DIR* folder = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(folder)) {
    char target[512] = {};
    if (std::atoi(entry->d_name) == ::dirfd(folder)) continue;
    if (::readlinkat(::dirfd(folder), entry->d_name, target, sizeof target - 1) > 0)
      found.insert(std::string(entry->d_name) + " " + target);
  }
  ::closedir(folder);
  return found;
}

std::string dispositions() {
  std::ostringstream all;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0)
      all << reinterpret_cast<void*>(action.sa_handler) << '/' << action.sa_flags << ' ';
  }
  return all.str();
}

// Lines of /proc/self/status: identities, capabilities, signals.
std::string status() {
  std::ifstream file("/proc/self/status");
  std::string kept;
  for (std::string line; std::getline(file, line);)
    for (const std::string_view name :
         {"Uid:", "Gid:", "Groups:", "Umask:", "Cap", "SigB", "SigI", "SigC", "NoNew", "Threads:"})
      if (line.starts_with(name)) kept += line + ' ';
  return kept;
}

std::string folder() {
  char path[4096] = {};
  return ::getcwd(path, sizeof path) ? path : "";
}

std::string environment() {
  std::string all;
  for (char** each = environ; *each; ++each) all += std::string(*each) + ' ';
  return all;
}

std::map<std::string, std::string> state() {
  std::string open;
  for (const std::string& each : descriptors()) open += each + ", ";
  int ended = 0;
  const bool has_child = ::waitpid(-1, &ended, WNOHANG | __WALL) >= 0;
  return {{"descriptors", open},
          {"signals", dispositions()},
          {"status", status()},
          {"folder", folder()},
          {"environment", environment()},
          {"children", has_child ? "some" : "none"},
          {"SIGCHLD", std::to_string(g_children_ended)}};
}

bool is_backwards(const char* memory, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (memory[i] != text[text.size() - 1 - i]) return false;
  return true;
}

// Where the text is, each with the flags of the mapping.
void search(std::string_view backwards) {
  std::ifstream maps("/proc/self/smaps");
  unsigned long begin = 0, end = 0;
  bool found = false;
  int places = 0;
  for (std::string line; std::getline(maps, line);) {
    char protection[8] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %7s", &begin, &end, protection) == 3) {
      found = false;
      if (std::string_view(protection).substr(0, 2) != "rw") continue;
      for (const char* at = reinterpret_cast<const char*>(begin);
           at + backwards.size() <= reinterpret_cast<const char*>(end); ++at)
        found = found || is_backwards(at, backwards);
    } else if (found && line.starts_with("VmFlags:")) {
      std::printf("found %s\n", line.c_str() + 9);
      ++places;
    }
  }
  std::printf("search %d 0\n", places);
}

int call(pam_handle_t* handle, std::string_view step) {
  if (step == "authenticate") return ::pam_authenticate(handle, 0);
  if (step == "establish") return ::pam_setcred(handle, PAM_ESTABLISH_CRED);
  if (step == "reinitialize") return ::pam_setcred(handle, PAM_REINITIALIZE_CRED);
  if (step == "open") return ::pam_open_session(handle, 0);
  if (step == "close") return ::pam_close_session(handle, 0);
  if (step == "chauthtok") return ::pam_chauthtok(handle, 0);
  return -1;
}

void do_step(pam_handle_t* handle, const std::string& step) {
  const auto before = state();
  const auto start = std::chrono::steady_clock::now();
  const int result = call(handle, step);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  for (const auto& [what, now] : state())
    if (before.at(what) != now)
      std::printf("changed %s: %s -> %s\n", what.c_str(), before.at(what).c_str(), now.c_str());
  std::printf("%s %d %d\n", step.c_str(), result, static_cast<int>(took.count()));
}

// The rest happens in a child, as some login programs have it.
void go_on_in_child() {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) return;
  int status = 0;
  ::waitpid(child, &status, 0);
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

}  // namespace

// In place of the C library's, for libpam too: the log's lines on standard output.
extern "C" void vsyslog(int priority, const char* format, va_list arguments) {
  std::printf("log %d ", priority & 7);
  std::vprintf(format, arguments);
  std::printf("\n");
}
extern "C" void syslog(int priority, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsyslog(priority, format, arguments);
  va_end(arguments);
}
extern "C" void __syslog_chk(int priority, int, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsyslog(priority, format, arguments);
  va_end(arguments);
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  struct sigaction action {};
  action.sa_handler = [](int) { g_children_ended = g_children_ended + 1; };
  ::sigaction(SIGCHLD, &action, nullptr);
  const pam_conv conversation{converse, nullptr};
  pam_handle_t* handle = nullptr;
  if (::pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &handle) != PAM_SUCCESS)
    return 3;
  for (int i = 4; i < argc; ++i) {
    const std::string step = argv[i];
    if (step == "fork")
      go_on_in_child();
    else if (step.starts_with("search:"))
      search(step.substr(7));
    else
      do_step(handle, step);
  }
  ::pam_end(handle, PAM_SUCCESS);
  return 0;
}
