#include "broker/flatpak.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace broker {
namespace {

constexpr std::size_t kMaxRecord = 1024 * 1024;  // bytes, of a deploy record or a configuration
constexpr std::size_t kMaxIds = 8;

// --- GVariant: containers whose elements have no fixed size --------------------------------------

constexpr std::size_t aligned(std::size_t at) { return (at + 7) / 8 * 8; }

// A number of the table of ends, which closes a container; as wide as the container's size needs.
struct Ends {
  explicit Ends(std::string_view container) : all(container) {
    width = all.size() <= 0xff ? 1 : all.size() <= 0xffff ? 2 : 4;
  }
  // The one that begins at `at`; past the container where there is none.
  std::size_t at(std::size_t at) const {
    if (at > all.size() || all.size() - at < width) return all.size() + 1;
    std::size_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value |= std::size_t{static_cast<unsigned char>(all[at + i])} << (8 * i);
    return value;
  }
  // Counted from the last.
  std::size_t last(std::size_t n) const {
    const std::size_t back = width * (n + 1);
    return back > all.size() ? all.size() + 1 : at(all.size() - back);
  }
  std::string_view all;
  std::size_t width;
};

std::string_view part(std::string_view all, std::size_t from, std::size_t to) {
  return from <= to && to <= all.size() ? all.substr(from, to - from) : std::string_view{};
}
std::string_view text(std::string_view value) {
  return value.ends_with('\0') ? value.substr(0, value.size() - 1) : std::string_view{};
}

// An array's elements, each beginning at a multiple of `alignment` (1 or 8), up to the first that
// does not follow the one before: elements that overlap could be far more than the array.
std::vector<std::string_view> elements(std::string_view array, std::size_t alignment) {
  std::vector<std::string_view> out;
  const Ends ends(array);
  const std::size_t table = ends.last(0);
  if (array.empty() || table > array.size()) return out;
  std::size_t from = 0;
  for (std::size_t at = table; at + ends.width <= array.size(); at += ends.width) {
    const std::size_t to = ends.at(at);
    if (to < from || to > table) break;
    out.push_back(array.substr(from, to - from));
    from = alignment == 8 ? aligned(to) : to;
  }
  return out;
}

// --- Text ----------------------------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t from = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(from);
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

// The first line of `text`, which loses it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// "user" and "system" are Flatpak's own.
bool is_usable(const Installation& each) {
  constexpr std::size_t kLongestName = 64;
  return !each.name.empty() && each.name.size() <= kLongestName && base::is_utf8(each.name) &&
         each.name != "user" && each.name != "system" && each.path.starts_with('/');
}

// --- Files ---------------------------------------------------------------------------------------

// Nothing when it cannot be read, or is longer than `most`.
std::optional<std::string> read_file(const std::string& path, std::size_t most) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return std::nullopt;
  std::string bytes(most + 1, '\0');
  std::size_t used = 0;
  for (ssize_t got = 1; got > 0 && used <= most; used += static_cast<std::size_t>(got)) {
    got = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (got < 0) return std::nullopt;
  }
  if (used > most) return std::nullopt;
  bytes.resize(used);
  return bytes;
}

std::string folder(const char* variable, const std::string& otherwise) {
  const char* value = std::getenv(variable);
  return value && value[0] == '/' ? value : otherwise;
}

std::string user_folder() {
  const char* home = std::getenv("HOME");
  const std::string data = folder("XDG_DATA_HOME", std::string(home ? home : "") + "/.local/share");
  return folder("FLATPAK_USER_DIR", data + "/flatpak");
}

// The system's, in the order in which Flatpak looks into them.
std::vector<Installation> system_installations() {
  constexpr std::size_t kMaxFiles = 256;
  std::vector<Installation> all{{"system", folder("FLATPAK_SYSTEM_DIR", "/var/lib/flatpak")}};
  const std::string place = folder("FLATPAK_CONFIG_DIR", "/etc/flatpak") + "/installations.d";
  std::vector<std::string> files;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(place.c_str()), ::closedir);
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
    if (files.size() < kMaxFiles && std::string_view(entry->d_name).ends_with(".conf"))
      files.emplace_back(entry->d_name);
  std::sort(files.begin(), files.end());
  for (const std::string& file : files)
    if (const auto text = read_file(place + "/" + file, kMaxRecord))
      for (Installation& more : parse_installations(*text)) all.push_back(std::move(more));
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.priority > b.priority; });
  return all;
}

void add(ipc::Installed& into, const std::string& installation, const std::string& root,
         const std::string& application) {
  if (into.publishers.items.size() >= ipc::kMaxInstallations) return;
  const auto record =
      read_file(root + "/app/" + application + "/current/active/deploy", kMaxRecord);
  if (!record) return;
  const Deployed deployed = parse_deploy(*record);
  for (const std::string& id : deployed.previous_ids)
    if (into.previous.items.size() < kMaxIds && id.size() <= 255 && base::is_utf8(id))
      into.previous.items.push_back({id});
  const auto configuration = read_file(root + "/repo/config", kMaxRecord);
  if (!configuration || deployed.remote.empty() || deployed.remote.find('/') != std::string::npos)
    return;
  std::string source = remote_setting(*configuration, deployed.remote, "collection-id");
  if (source.empty()) source = remote_setting(*configuration, deployed.remote, "url");
  if (source.empty()) source = "none";
  if (source.size() > 1024 || !base::is_utf8(source)) return;
  const auto keys =
      read_file(root + "/repo/" + deployed.remote + ".trustedkeys.gpg", ipc::kMaxTrustedKeys);
  ipc::Publisher publisher{{installation}, {std::move(source)}, {}};
  if (keys) publisher.keys.value = base::copy_of(base::bytes_of(*keys));
  into.publishers.items.push_back(std::move(publisher));
}

}  // namespace

Deployed parse_deploy(std::string_view record) {
  Deployed deployed;
  const Ends ends(record);
  deployed.remote = text(part(record, 0, ends.last(0)));
  const std::size_t settings = aligned(ends.last(2)) + 8;  // after the size, a number
  const std::size_t tables = 3 * ends.width;
  if (record.size() < tables) return {};
  for (const std::string_view entry : elements(part(record, settings, record.size() - tables), 8)) {
    const Ends inner(entry);
    const std::size_t key_end = inner.last(0);
    if (text(part(entry, 0, key_end)) != "previous-ids") continue;
    const std::string_view variant = part(entry, aligned(key_end), entry.size() - inner.width);
    constexpr std::string_view kType("\0as", 3);
    if (!variant.ends_with(kType)) continue;
    for (const std::string_view id : elements(variant.substr(0, variant.size() - kType.size()), 1))
      deployed.previous_ids.emplace_back(text(id));
  }
  return deployed;
}

std::string remote_setting(std::string_view configuration, std::string_view remote,
                           std::string_view key) {
  const std::string group = "[remote \"" + std::string(remote) + "\"]";
  bool in_group = false;
  std::string value;
  while (!configuration.empty()) {
    const std::string_view line = take_line(configuration);
    if (line.starts_with('[')) in_group = line == group;
    if (in_group && line.starts_with(key) && line.substr(key.size()).starts_with('='))
      value = line.substr(key.size() + 1);
  }
  return value;
}

std::vector<Installation> parse_installations(std::string_view configuration) {
  constexpr std::string_view kBegin = "[Installation \"", kEnd = "\"]";
  std::vector<Installation> found;
  while (!configuration.empty()) {
    const std::string_view line = take_line(configuration);
    if (line.starts_with('[')) {
      found.emplace_back();
      if (line.starts_with(kBegin) && line.ends_with(kEnd) &&
          line.size() > kBegin.size() + kEnd.size())
        found.back().name = line.substr(kBegin.size(), line.size() - kBegin.size() - kEnd.size());
      continue;
    }
    const std::size_t equals = line.find('=');
    if (found.empty() || equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (key == "Path") found.back().path = value;
    if (key == "Priority")
      std::from_chars(value.data(), value.data() + value.size(), found.back().priority);
  }
  std::erase_if(found, [](const Installation& each) { return !is_usable(each); });
  if (found.size() > ipc::kMaxInstallations) found.resize(ipc::kMaxInstallations);
  return found;
}

ipc::Installed installed(const std::string& application) {
  ipc::Installed found;
  if (application.empty() || application.starts_with('.') ||
      application.find('/') != std::string::npos)
    return found;
  // In the order in which Flatpak looks for what it starts.
  add(found, "user", user_folder(), application);
  for (const Installation& each : system_installations())
    add(found, each.name, each.path, application);
  return found;
}

}  // namespace broker
