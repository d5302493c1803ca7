#include "cli/moving/source.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "cli/moving/applications.h"
#include "cli/moving/document.h"
#include "dbus/names.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPass = "pass", kKernel = "kernel",
                           kApplication = "application:", kBus = "bus:", kProvider = "provider:";

fs::path home() {
  const char* set = std::getenv("HOME");
  return set ? set : "";
}

fs::path data_folder() {
  const char* set = std::getenv("XDG_DATA_HOME");
  return set && *set == '/' ? fs::path(set) : home() / ".local/share";
}

// Paths of the folder's files that end so, in order.
std::vector<std::string> files_in(const fs::path& folder, const char* ending) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ending) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> keyrings() {
  std::error_code error;
  fs::path folder = data_folder() / "keyrings";
  if (!fs::exists(folder, error)) folder = home() / ".gnome2/keyrings";
  std::vector<std::string> found = files_in(folder, ".keyring");
  for (std::string& path : files_in(folder / "v1", ".keyring"))  // oo7's
    found.push_back(std::move(path));
  std::stable_partition(found.begin(), found.end(),
                        [](const std::string& path) { return path.ends_with("/login.keyring"); });
  return found;
}

}  // namespace

std::string pass_folder() {
  const char* set = std::getenv("PASSWORD_STORE_DIR");
  return set && *set ? fs::path(set) : home() / ".password-store";
}

std::string name_of(const Source& source) {
  switch (source.kind) {
    case Source::Kind::file:
      break;
    case Source::Kind::pass:
      return "pass:" + source.where;
    case Source::Kind::kernel:
      return std::string(kKernel);
    case Source::Kind::application:
      return std::string(kApplication) + source.where;
    case Source::Kind::bus:
      return std::string(kBus) + source.where;
    case Source::Kind::provider:
      return std::string(kProvider) + source.where;
  }
  return source.where;
}

Source source_named(const std::string& word) {
  const auto rest = [&](std::string_view start) { return word.substr(start.size()); };
  if (word == kPass) return {Source::Kind::pass, pass_folder()};
  if (word.starts_with("pass:")) return {Source::Kind::pass, rest("pass:")};
  if (word == kKernel) return {Source::Kind::kernel, ""};
  if (word.starts_with(kApplication)) return {Source::Kind::application, rest(kApplication)};
  if (word.starts_with(kBus)) return {Source::Kind::bus, rest(kBus)};
  if (word.starts_with(kProvider)) return {Source::Kind::provider, rest(kProvider)};
  return {Source::Kind::file, word};
}

std::vector<Source> find_sources() {
  std::vector<Source> found;
  for (std::string& path : keyrings()) found.push_back({Source::Kind::file, std::move(path)});
  for (std::string& path : files_in(data_folder() / "kwalletd", ".kwl"))
    found.push_back({Source::Kind::file, std::move(path)});
  for (std::string& id : applications_with_keyrings())
    found.push_back({Source::Kind::application, std::move(id)});
  std::error_code error;
  if (fs::is_directory(pass_folder(), error)) found.push_back({Source::Kind::pass, pass_folder()});
  if (has_kernel_keyring()) found.push_back({Source::Kind::kernel, ""});
  return found;
}

base::Result<Haul> read_application(const std::string& id, Passwords& passwords,
                                    SecretService& target) {
  auto document = read_keyring_of(id, passwords, target, true);
  if (!document) return base::fail(document.error());
  return haul_of(*std::move(document));
}

base::Result<Haul> read_source(const Source& source, Passwords& passwords, SecretService& target) {
  switch (source.kind) {
    case Source::Kind::file:
      break;
    case Source::Kind::pass:
      return read_pass_store(source.where);
    case Source::Kind::kernel:
      return read_kernel_keyring();
    case Source::Kind::application:
      return read_application(source.where, passwords, target);
    case Source::Kind::bus:
      return read_provider(source.where, dbus::names::kBusName, target);
    case Source::Kind::provider:
      return read_provider("", source.where, target);
  }
  return read_keyring_file(source.where, passwords, target);
}

}  // namespace cli
