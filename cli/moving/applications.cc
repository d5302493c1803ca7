#include "cli/moving/applications.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "cli/moving/helper.h"
#include "cli/moving/whole_file.h"
#include "cli/terminal.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "default.keyring";
constexpr const char* kFolders[] = {"data", "keyrings"};  // below the application's

std::string all_applications() {
  const char* home = std::getenv("HOME");
  return std::string(home ? home : "") + "/.var/app";
}

std::string folder_path_of(const std::string& application) {
  return fmt::format("{}/{}/data/keyrings", all_applications(), application);
}

base::Outcome check_id(const std::string& application) {
  if (is_application_id(application)) return base::Ok{};
  return base::fail(base::Code::invalid, fmt::format("\"{}\" is no application's id", application));
}

// The folder that keyrings lie in; with `make`, it is made, and what is above it.
// Code::no_such_item when there is none.
base::Result<base::UniqueFd> open_folder_of(const std::string& application, bool make) {
  const auto failed = [&] {
    const std::string path = folder_path_of(application);
    if (errno == ENOENT)
      return base::fail(base::Code::no_such_item, fmt::format("there is no {}", path));
    return base::system_failure(errno, fmt::format("{} cannot be opened", path));
  };
  const std::string top = fmt::format("{}/{}", all_applications(), application);
  if (make) {
    std::error_code ignored;  // told by open(2)
    fs::create_directories(top, ignored);
  }
  // The application's folder itself is not in its reach, and may lie elsewhere.
  base::UniqueFd folder(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const char* name : kFolders) {
    if (!folder.valid()) return failed();
    if (make && ::mkdirat(folder.get(), name, 0700) != 0 && errno != EEXIST) return failed();
    folder = base::UniqueFd(
        ::openat(folder.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!folder.valid()) return failed();
  return folder;
}

base::Result<base::UniqueFd> open_in(const base::UniqueFd& folder, const std::string& name,
                                     const std::string& path) {
  base::UniqueFd file(::openat(folder.get(), name.c_str(),
                               O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
  if (!file.valid() && errno == ENOENT)
    return base::fail(base::Code::no_such_item, fmt::format("there is no {}", path));
  if (!file.valid()) return base::system_failure(errno, fmt::format("{} cannot be read", path));
  struct stat status {};
  ::fstat(file.get(), &status);
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Code::invalid, fmt::format("{} is no file", path));
  return file;
}

// Whether the file of this name is that keyring; Code::no_such_item when there is none.
base::Result<bool> holds(const base::UniqueFd& folder, const std::string& name,
                         const std::string& path, const transfer::Keyring& keyring) {
  auto file = open_in(folder, name, path);
  if (!file) return base::fail(file.error());
  auto content = read_input(file->get());
  if (!content) return base::fail(content.error());
  return std::ranges::equal(content->view(), keyring.file.value);
}

// What the service keeps for the application. Whether something of it stayed locked.
base::Result<bool> learn_from(SecretService& service, const Attributes& key, Passwords& passwords,
                              bool unlock) {
  auto found = service.search(key);
  if (!found) return base::fail(found.error());
  if (unlock && !found->locked.empty()) {
    if (auto unlocked = service.unlock(found->locked); !unlocked)
      return base::fail(unlocked.error());
    found->unlocked.insert(found->unlocked.end(), found->locked.begin(), found->locked.end());
    found->locked.clear();
  }
  for (const std::string& path : found->unlocked)
    if (auto secret = service.secret(path)) passwords.learn(key, secret->bytes.view());
  return !found->locked.empty();
}

base::Error refusal(bool is_locked, const std::string& application) {
  if (is_locked)
    return {base::Code::locked,
            fmt::format("the secret of {} is locked: \"coffer unlock\" opens it", application)};
  return {base::Code::wrong_password,
          fmt::format("no secret of {} in the service opens its keyring", application)};
}

}  // namespace

bool is_application_id(std::string_view id) {
  constexpr std::size_t kLongest = 255;
  const auto is_letter = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-';
  };
  return !id.empty() && id.size() <= kLongest && id.front() != '.' && id.front() != '-' &&
         std::all_of(id.begin(), id.end(), is_letter);
}

std::string keyring_path_of(const std::string& application) {
  return folder_path_of(application) + "/" + kFile;
}

std::vector<std::string> applications_with_keyrings() {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(all_applications(), error)) {
    std::string application = entry.path().filename();
    if (open_keyring_of(application)) found.push_back(std::move(application));
  }
  std::sort(found.begin(), found.end());
  return found;
}

base::Result<base::UniqueFd> open_keyring_of(const std::string& application) {
  if (auto checked = check_id(application); !checked) return base::fail(checked.error());
  auto folder = open_folder_of(application, false);
  if (!folder) return base::fail(folder.error());
  return open_in(*folder, kFile, keyring_path_of(application));
}

base::Result<transfer::Document> read_keyring_of(const std::string& application,
                                                 Passwords& passwords, SecretService& service,
                                                 bool unlock) {
  auto file = open_keyring_of(application);
  if (!file) return base::fail(file.error());
  const std::string path = keyring_path_of(application);
  const Attributes key = password_key_of(path);
  const auto is_locked = learn_from(service, key, passwords, unlock);
  if (!is_locked) return base::fail(is_locked.error());
  std::optional<transfer::Document> document;
  const auto opened = passwords.open_with_known(key, [&](const Secret& password) -> base::Outcome {
    ::lseek(file->get(), 0, SEEK_SET);
    auto read = read_foreign_file(file->get(), password, {});
    if (!read) return base::fail(read.error());
    document = *std::move(read);
    return base::Ok{};
  });
  if (opened) return *std::move(document);
  if (opened.error().code != base::Code::wrong_password) return base::fail(opened.error());
  return base::fail(refusal(*is_locked, application));
}

base::Result<Place> place_for(const transfer::Keyring& keyring, const std::string& stamp) {
  const std::string& application = keyring.application.value;
  if (auto checked = check_id(application); !checked) return base::fail(checked.error());
  const std::string folder_path = folder_path_of(application);
  const auto folder = open_folder_of(application, false);
  if (!folder && folder.error().code != base::Code::no_such_item) return base::fail(folder.error());
  const std::string beside = fmt::format("{}.of-backup-{}", kFile, stamp);
  for (const std::string& name : {std::string(kFile), beside}) {
    const std::string path = folder_path + "/" + name;
    const auto is_it = folder ? holds(*folder, name, path, keyring)
                              : base::fail(base::Code::no_such_item, "there is no folder");
    if (is_it && *is_it) return Place{Place::Kind::same, path};
    const bool is_free = !is_it && is_it.error().code == base::Code::no_such_item;
    if (is_free) return Place{name == kFile ? Place::Kind::free : Place::Kind::taken, path};
  }
  return base::fail(base::Code::already_exists,
                    fmt::format("{}/{} and {} are other files", folder_path, kFile, beside));
}

base::Outcome put_back(const transfer::Keyring& keyring, const Place& place) {
  if (place.kind == Place::Kind::same) return base::Ok{};
  auto folder = open_folder_of(keyring.application.value, true);
  if (!folder) return base::fail(folder.error());
  const std::string name = place.path.substr(place.path.rfind('/') + 1);
  auto written = write_whole_file(fmt::format("/proc/self/fd/{}/{}", folder->get(), name),
                                  keyring.file.value, false);
  if (!written)
    return base::fail(written.error().code, fmt::format("{} cannot be written", place.path));
  const auto is_it = holds(*folder, name, place.path, keyring);
  if (is_it && *is_it) return base::Ok{};
  return base::fail(base::Code::io,
                    fmt::format("{} does not hold what was written to it", place.path));
}

}  // namespace cli
