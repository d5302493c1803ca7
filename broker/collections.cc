#include "broker/collections.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/log.h"
#include "broker/durable.h"
#include "broker/log_check.h"
#include "broker/salvage.h"

namespace broker {
namespace {

constexpr std::string_view kEnding = ".coffer";

base::Result<std::vector<std::string>> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
    files.push_back(at->path().filename());
  if (error) return base::system_failure(error.value(), fmt::format("cannot list {}", folder));
  std::sort(files.begin(), files.end());
  return files;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// A journal without its collection: the last steps of a deletion are missing.
bool is_orphan(const std::string& folder, const std::string& file) {
  for (const std::string_view ending : {"-wal", "-shm", "-journal"})
    if (file.ends_with(std::string(kEnding) + std::string(ending)))
      return !exists(fmt::format("{}/{}", folder, file.substr(0, file.size() - ending.size())));
  return false;
}

}  // namespace

base::Outcome check_name(const std::string& name) {
  const bool printable = std::none_of(name.begin(), name.end(), [](char c) {
    return (c >= 0 && c < ' ') || c == 0x7f || c == '/';
  });
  if (name.empty() || name.size() > 128 || name.front() == '.' || !printable ||
      !base::is_utf8(name))
    return base::fail(base::Code::invalid, "a collection cannot have this name");
  return base::Ok{};
}

base::Result<Collections> Collections::open(std::string folder) {
  auto files = files_in(folder);
  if (!files) return base::fail(files.error());
  for (const std::string& file : *files) {
    if (!is_temporary(file) && !is_orphan(folder, file)) continue;
    base::log::notice("removing {}/{}, left by an interruption", folder, file);
    if (::unlink(fmt::format("{}/{}", folder, file).c_str()) < 0)
      return base::system_failure(errno, fmt::format("cannot remove {}/{}", folder, file));
  }
  return Collections(std::move(folder));
}

std::string Collections::path_of(const std::string& name) const {
  return fmt::format("{}/{}", folder_, CollectionFile::file_name(name));
}

std::vector<std::string> Collections::names() {
  std::vector<std::string> names;
  auto files = files_in(folder_);
  if (!files) base::log::error("{}", files.error().what);
  for (const std::string& file : files ? *files : std::vector<std::string>{}) {
    if (!file.ends_with(kEnding)) continue;
    const std::string name = file.substr(0, file.size() - kEnding.size());
    if (!check_name(name)) {
      base::log::warning("{}/{} is skipped: a collection cannot have this name", folder_, file);
    } else if (auto found = find(name); !found) {
      base::log::error("the collection {} is skipped: {}", name, found.error().what);
    } else if (names.size() == ipc::kMaxCollections) {
      base::log::warning("the collection {} is skipped: there are too many", name);
    } else {
      names.push_back(name);
    }
  }
  return names;
}

base::Result<CollectionFile*> Collections::find(const std::string& name) {
  if (auto at = open_.find(name); at != open_.end()) return &at->second;
  if (auto checked = check_name(name); !checked) return base::fail(checked.error());
  if (!exists(path_of(name)))
    return base::fail(base::Code::no_such_collection,
                      fmt::format("there is no collection {}", name));
  auto opened = open_or_salvage(name);
  if (!opened) return base::fail(opened.error());
  return &open_.emplace(name, *std::move(opened)).first->second;
}

base::Result<CollectionFile> Collections::open_with_damaged_log(const std::string& name,
                                                                std::size_t lost) const {
  auto aside = keep_aside(path_of(name));
  if (!aside) return base::fail(aside.error());
  auto opened = CollectionFile::open(folder_, name);
  if (opened) {
    base::log::error(
        "the collection {} is older than it should be: its write-ahead log is damaged, and {} "
        "writes in it are lost; the damaged files are kept as {}",
        name, lost, *aside);
  } else {  // nothing was changed
    for (const char* ending : {"", "-wal"}) ::unlink((*aside + ending).c_str());
  }
  return opened;
}

base::Result<CollectionFile> Collections::open_or_salvage(const std::string& name) const {
  const std::size_t lost = lost_writes(path_of(name));
  auto opened = lost > 0 ? open_with_damaged_log(name, lost) : CollectionFile::open(folder_, name);
  if (opened || opened.error().code != base::Code::damaged) return opened;
  auto salvaged = salvage(folder_, name);
  if (!salvaged) return base::fail(salvaged.error());
  base::log::error(
      "the collection {} was damaged ({}{}): {} items could be read and are now in a new file; the "
      "damaged file is kept as {}",
      name, opened.error().what,
      lost > 0 ? fmt::format("; and {} writes in its log are lost", lost) : "", salvaged->items,
      salvaged->kept_as);
  return CollectionFile::open(folder_, name);
}

base::Outcome Collections::create(const ipc::store::CreateCollection& request) {
  const std::string& name = request.collection.value;
  if (auto checked = check_name(name); !checked) return checked;
  if (exists(path_of(name)))
    return base::fail(base::Code::already_exists,
                      fmt::format("there is a collection {} already", name));
  if (open_.size() >= ipc::kMaxCollections)
    return base::fail(base::Code::limits_exceeded, "there are too many collections");
  return CollectionFile::create(folder_, request);
}

base::Outcome Collections::remove(const std::string& name) {
  auto found = find(name);
  if (!found) return base::fail(found.error());
  open_.erase(name);  // closing moves the write-ahead log into the file and removes it
  const std::string path = path_of(name);
  if (::unlink(path.c_str()) < 0)
    return base::system_failure(errno, fmt::format("cannot delete {}", path));
  for (const char* ending : {"-wal", "-shm", "-journal"}) ::unlink((path + ending).c_str());
  return sync_path(folder_);
}

}  // namespace broker
