#include "broker/login_import.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "broker/collection_file.h"
#include "broker/durable.h"
#include "ipc/channel.h"

namespace broker {
namespace {

using ipc::store::Imported;
using Verdict = Imported::Verdict;

constexpr const char* kFile = "login-import";
// The vault ends it earlier; this is for a vault that does not.
constexpr std::chrono::minutes kLongest{5};

constexpr const char* kByHand = "coffer import reads it";
constexpr const char* kSaysWhy = "coffer import says why";

// Nothing when there is no note. One that makes no sense counts as an import that is over.
std::optional<ImportNote> read_note(const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, kFile);
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid() && errno == ENOENT) return std::nullopt;
  base::Bytes bytes(ipc::Codec<ImportNote>::max_size + 1);
  const ssize_t got = file.valid() ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (auto note = ipc::decode<ImportNote>(bytes)) return note;
  base::log::warning("{} cannot be read: no other manager's keyring is imported by itself", path);
  return ImportNote{.due = false, .attempts = 0, .files = {}};
}

bool is_there(const DataDirectory& directory, const std::string& collection) {
  const std::string path = directory.collections() + "/" + CollectionFile::file_name(collection);
  return ::access(path.c_str(), F_OK) == 0;
}

std::string counted(std::uint64_t number, const char* noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string words_for(const Imported& file) {
  const std::string lost = file.lost == 0 ? ""
                                          : fmt::format("; {} could not be imported, {}",
                                                        counted(file.lost, "other"), kSaysWhy);
  switch (file.verdict) {
    case Verdict::read:
      return fmt::format(
          "{} imported{}{}", counted(file.items, "item"),
          file.added == file.items ? "" : fmt::format(" ({} of them now)", file.added), lost);
    case Verdict::wrong_password:
      return fmt::format("not imported, the login's password does not open it: {}", kByHand);
    case Verdict::unreadable:
      return fmt::format(
          "not imported, it is damaged or not locked with a password: {} as far as possible",
          kByHand);
    case Verdict::interrupted:
      break;
  }
  return fmt::format("import interrupted after {}", counted(file.items, "item"));
}

}  // namespace

LoginImport LoginImport::prepare(const DataDirectory& directory, bool wanted,
                                 std::optional<Program> helper) {
  LoginImport import;
  import.helper_ = std::move(helper);
  import.folder_ = directory.path();
  import.note_ = read_note(import.folder_);
  if (!wanted || !import.may_become_due(directory)) return import;
  import.keyrings_ = find_foreign_keyrings();
  if (import.keyrings_.empty() || import.helper_) return import;
  base::log::warning("{} is not imported: coffer-formats is not installed",
                     import.keyrings_.front().path);
  import.keyrings_.clear();
  return import;
}

bool LoginImport::may_become_due(const DataDirectory& directory) const {
  return note_ ? note_->due : !is_there(directory, "login");
}

void LoginImport::look_again(const DataDirectory& directory) {
  note_ = read_note(folder_);
  if (!may_become_due(directory)) keyrings_.clear();
}

void LoginImport::note_that_it_is_due() {
  if (note_ || keyrings_.empty()) return;
  if (auto written = write(ImportNote{}); !written) {
    base::log::error("{} is not imported: {}", keyrings_.front().path, written.error().what);
    keyrings_.clear();
  }
}

base::Result<base::UniqueFd> LoginImport::read_keyring(base::EventLoop& loop, std::uint32_t file) {
  stop();
  const bool may = file == 0 ? note_ && note_->due : attempting_;
  if (!may || file >= keyrings_.size())
    return base::fail(base::Code::no_such_item, "there is nothing to be imported");
  if (file == 0) {
    // Counted first: one that takes all of us with it does so no more than a few times.
    ImportNote begun = *note_;
    begun.due = ++begun.attempts < kAttempts;
    if (auto written = write(begun); !written) return base::fail(written.error());
    attempting_ = true;
  }
  return start_helper(loop, keyrings_[file]);
}

base::Outcome LoginImport::end(const ipc::store::EndImport& how) {
  stop();
  if (!std::exchange(attempting_, false))
    return base::fail(base::Code::invalid, "there is nothing to be imported");
  const auto& files = how.files.items;
  for (std::size_t i = 0; i < std::min(files.size(), keyrings_.size()); ++i)
    base::log::notice("login: {}: {}", keyrings_[i].path, words_for(files[i]));
  const bool interrupted = std::any_of(files.begin(), files.end(), [](const Imported& file) {
    return file.verdict == Verdict::interrupted;
  });
  const ImportNote ended{interrupted && note_->due, note_->attempts, how.files};
  if (interrupted)
    base::log::warning("login: {}", ended.due ? "the next login repeats the import"
                                              : "the import is given up; coffer import does it");
  if (auto written = write(ended); !written) return written;
  if (!ended.due) keyrings_.clear();
  return base::Ok{};
}

base::Outcome LoginImport::write(const ImportNote& note) {
  const std::string path = fmt::format("{}/{}", folder_, kFile);
  const std::string beside = fmt::format("{}/{}", folder_, temporary_name(kFile));
  const base::Bytes bytes = ipc::encode(note);
  const auto failed = [&] { return base::system_failure(errno, "cannot write " + path); };
  {
    const base::UniqueFd file(::open(
        beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!file.valid()) return failed();
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(file.get()) < 0)
      return failed();
  }
  if (::rename(beside.c_str(), path.c_str()) < 0) return failed();
  if (auto synced = sync_path(folder_); !synced) return synced;
  note_ = note;
  return base::Ok{};
}

base::Result<base::UniqueFd> LoginImport::start_helper(base::EventLoop& loop,
                                                       const ForeignKeyring& keyring) {
  auto sockets = ipc::make_socketpair();
  if (!sockets) return base::fail(sockets.error());
  ::fcntl(sockets->second.get(), F_SETFL, 0);  // it waits for what it reads and writes
  ::lseek(keyring.file.get(), 0, SEEK_SET);
  auto pid =
      start_process(*helper_, std::move(sockets->second), base::UniqueFd(), keyring.file.get());
  if (!pid) return base::fail(pid.error());
  running_ = *pid;
  loop.after(kLongest, [this, pid = running_] {
    if (running_ == pid) stop();
  });
  return std::move(sockets->first);
}

void LoginImport::stop() {
  if (running_ == 0) return;
  ::kill(running_, SIGKILL);
  ending_.push_back(std::exchange(running_, 0));
}

void LoginImport::reap() {
  std::erase_if(ending_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == pid; });
  int status = 0;
  if (running_ == 0 || ::waitpid(running_, &status, WNOHANG) != running_) return;
  running_ = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    base::log::error("{} {}", helper_->name, describe_end(status, {}));
}

std::string LoginImport::words() const {
  if (!note_) return {};
  std::string words;
  for (const Imported& file : note_->files.items)
    words += fmt::format("{}{}", words.empty() ? "" : "; ", words_for(file));
  if (note_->due) return "is due at the next login" + (words.empty() ? "" : ": " + words);
  return words.empty() && note_->attempts > 0 ? "given up: coffer import does it" : words;
}

}  // namespace broker
