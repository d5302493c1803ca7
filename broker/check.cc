#include "broker/check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "base/unique_fd.h"
#include "broker/check_databases.h"
#include "broker/collections.h"
#include "broker/salvage.h"

namespace broker {
namespace {

constexpr std::string_view kCollectionEnding = ".coffer";
constexpr off_t kLocatorKeySize = 32;

class Check {
 public:
  Check(std::string directory, std::string scratch)
      : directory_(std::move(directory)), scratch_(std::move(scratch)) {}
  base::Result<CheckReport> run();

 private:
  base::Outcome look_at_top();
  void look_at(const std::string& path);
  void look_at_folder(const std::string& folder);
  // The kind of file that it must be, its owner and its mode; false when it is not to be opened.
  bool check_status(const std::string& path, bool is_folder, CheckedFile& file);
  void dispatch(const std::string& path, CheckedFile& file);
  void check_in_collections(const std::string& name, CheckedFile& file);
  void check_locator_key(CheckedFile& file);
  void look_into(const std::string& path, CheckedFile& file);
  void stray(CheckedFile& file);
  std::optional<int> user() const;
  std::string at(const std::string& path) const { return directory_ + "/" + path; }

  std::string directory_, scratch_;
  uid_t owner_ = 0;
  std::set<std::string> collections_;
  CheckReport report_;
};

base::Result<CheckReport> Check::run() {
  report_.directory = directory_;
  if (auto looked = look_at_top(); !looked) return base::fail(looked.error());
  report_.used_by = user();
  look_at_folder("collections");
  look_at_folder("");
  return std::move(report_);
}

base::Outcome Check::look_at_top() {
  struct stat status {};
  if (::stat(directory_.c_str(), &status) < 0)
    return base::system_failure(errno, fmt::format("cannot check {}", directory_));
  if (!S_ISDIR(status.st_mode))
    return base::fail(base::Code::invalid, fmt::format("{} is not a directory", directory_));
  // root may check what belongs to somebody else.
  owner_ = ::geteuid() == 0 ? status.st_uid : ::geteuid();
  CheckedFile top{".", "", {}, {}};
  check_status(".", true, top);
  report_.files.push_back(std::move(top));
  return base::Ok{};
}

bool Check::check_status(const std::string& path, bool is_folder, CheckedFile& file) {
  struct stat status {};
  if (::lstat(at(path).c_str(), &status) < 0) {
    if (errno != ENOENT)
      file.problems.push_back({base::system_error(errno, "it cannot be looked at").what, ""});
    return false;
  }
  if (is_folder ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)) {
    file.problems.push_back({fmt::format("it is not a {}", is_folder ? "folder" : "regular file"),
                             "cofferd does not open it; move it away"});
    return false;
  }
  if (status.st_uid != owner_)
    file.problems.push_back(
        {fmt::format("it belongs to user {}, not to user {}", status.st_uid, owner_),
         fmt::format("as root: chown {} '{}'", owner_, at(path))});
  if ((status.st_mode & 077) != 0)
    file.problems.push_back(
        {fmt::format("it is open to other users (mode {:04o})", status.st_mode & 07777u),
         fmt::format("chmod {} '{}'", is_folder ? "0700" : "0600", at(path))});
  return true;
}

void Check::look_at_folder(const std::string& folder) {
  const std::string path = folder.empty() ? directory_ : at(folder);
  if (!folder.empty()) {
    CheckedFile file{folder, "", {}, {}};
    const bool is_there = check_status(folder, true, file);
    if (is_there || !file.problems.empty()) report_.files.push_back(std::move(file));
    if (!is_there) return;
  }
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename());
  if (error)
    report_.files.push_back({folder.empty() ? "." : folder,
                             "",
                             {{fmt::format("it cannot be listed: {}", error.message()), ""}},
                             {}});
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    if (!folder.empty() || name != "collections")
      look_at(folder.empty() ? name : folder + "/" + name);
}

void Check::look_at(const std::string& path) {
  CheckedFile file{path, "", {}, {}};
  struct stat status {};
  const bool is_stray_folder = ::lstat(at(path).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  if (is_stray_folder)
    stray(file);
  else if (check_status(path, false, file))
    dispatch(path, file);
  else if (file.problems.empty())
    return;  // gone meanwhile
  report_.files.push_back(std::move(file));
}

void Check::dispatch(const std::string& path, CheckedFile& file) {
  constexpr std::string_view kFolder = "collections/";
  if (path.starts_with(kFolder)) return check_in_collections(path.substr(kFolder.size()), file);
  if (path == "catalog.db") return look_into(path, file);
  if (path == "locator.key") return check_locator_key(file);
  if (path == "lock" || path == "login-import" || path == "catalog.db-wal" ||
      path == "catalog.db-journal")
    return;
  if (is_temporary(path))
    return file.notes.push_back({"it was left by an interruption", "nothing: it is not used"});
  stray(file);
}

void Check::check_in_collections(const std::string& name, CheckedFile& file) {
  if (is_temporary(name))
    return file.notes.push_back(
        {"it was left by an interruption", "nothing: cofferd removes it when it starts"});
  if (is_kept_aside(name))
    return file.notes.push_back({"it is a damaged file that cofferd replaced",
                                 "keep it until you know that you miss nothing; then delete it"});
  for (const std::string_view log : {"-wal", "-journal"}) {
    if (!name.ends_with(std::string(kCollectionEnding) + std::string(log))) continue;
    const std::string database = file.path.substr(0, file.path.size() - log.size());
    if (::access(at(database).c_str(), F_OK) == 0) return;
    return file.notes.push_back(
        {"it was left by an interrupted deletion", "nothing: cofferd removes it when it starts"});
  }
  if (!name.ends_with(kCollectionEnding)) return stray(file);
  const std::string collection = name.substr(0, name.size() - kCollectionEnding.size());
  if (!check_name(collection))
    return file.problems.push_back({"a collection cannot have this name",
                                    "cofferd does not serve it; give the file another name"});
  collections_.insert(collection);
  look_into(file.path, file);
}

void Check::look_into(const std::string& path, CheckedFile& file) {
  auto copy = snapshot(at(path), scratch_);
  if (!copy)
    return file.problems.push_back(
        {fmt::format("it could not be checked: {}", copy.error().what),
         "check again when that is mended; copies are made where TMPDIR says"});
  if (path == "catalog.db") return check_catalog(*copy, collections_, file);
  const std::string name = std::filesystem::path(path).stem();
  check_collection(scratch_, name, file);
}

void Check::check_locator_key(CheckedFile& file) {
  struct stat status {};
  if (::stat(at(file.path).c_str(), &status) < 0) return;
  if (status.st_size == 0)
    return file.notes.push_back({"it is empty", "nothing: the vault fills it when it starts"});
  if (status.st_size != kLocatorKeySize)
    file.problems.push_back(
        {fmt::format("it has {} bytes, and should have {}", status.st_size, kLocatorKeySize),
         "restore it from a backup, or move it away: a new one is made, and each collection can be "
         "searched again once it was unlocked"});
}

void Check::stray(CheckedFile& file) {
  file.problems.push_back({"it is not a file of Coffer's", "move it elsewhere"});
}

// Asking for the lock gives it back at once.
std::optional<int> Check::user() const {
  const base::UniqueFd lock(::open(at("lock").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!lock.valid() || ::flock(lock.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return std::nullopt;
  char text[16];
  const ssize_t got = ::pread(lock.get(), text, sizeof text, 0);
  int pid = 0;
  if (got > 0) std::from_chars(text, text + got, pid);
  return pid;
}

}  // namespace

bool CheckReport::is_fine() const {
  return std::all_of(files.begin(), files.end(),
                     [](const CheckedFile& file) { return file.problems.empty(); });
}

base::Result<CheckReport> check_data_directory(const std::string& directory,
                                               const std::string& scratch) {
  return Check(directory, scratch).run();
}

}  // namespace broker
