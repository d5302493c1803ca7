// Imports the store of pass(1): a folder of files that gpg decrypts, asking its agent for the key.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>

#include "cli/moving/process.h"
#include "cli/moving/source.h"
#include "cli/terminal.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* kEnding = ".gpg";

std::vector<std::string> entries_of(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(
           folder, fs::directory_options::skip_permission_denied, error);
       at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().filename().string().starts_with('.'))
      at.disable_recursion_pending();  // .git, .extensions
    else if (at->path().extension() == kEnding && at->is_regular_file(error))
      found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

base::Result<Secret> decrypt(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return base::system_failure(errno, "it cannot be read");
  auto output = make_pipe();
  if (!output) return base::fail(output.error());
  auto gpg =
      Process::start({"gpg", "--quiet", "--batch", "--decrypt"},
                     {{file.get(), STDIN_FILENO}, {output->write.get(), STDOUT_FILENO}}, true);
  if (!gpg) return base::fail(gpg.error());
  output->write = base::UniqueFd();
  auto text = read_input(output->read.get());
  output->read = base::UniqueFd();
  const int status = gpg->wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return base::fail(base::Code::locked, "gpg cannot decrypt it, or was not given the passphrase");
  return text;
}

void add_item(Haul& haul, const std::string& label, Attributes attributes, std::string_view text) {
  MovedItem item;
  item.label = label;
  item.attributes = std::move(attributes);
  item.secret.bytes = Secret(text);
  if (!base::is_utf8(text)) item.secret.content_type = "application/octet-stream";
  haul.items.push_back(std::move(item));
}

// The first line is the password; what follows, notes as pass has them.
void add_entry(Haul& haul, const std::string& name, std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view notes = text.substr(std::min(text.size(), end + 1));
  add_item(haul, name, {{"path", name}}, text.substr(0, end));
  if (!notes.empty())
    add_item(haul, name + " (notes)", {{"path", name}, {"field", "notes"}}, notes);
}

}  // namespace

base::Result<Haul> read_pass_store(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return base::fail(base::Code::io, fmt::format("there is no folder {}", folder));
  Haul haul;
  haul.format = "pass";
  const std::vector<std::string> entries = entries_of(folder);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::string name = fs::path(entries[i]).lexically_relative(folder).replace_extension();
    if (!base::is_utf8(name)) {
      haul.losses.push_back({i, "name", "is not UTF-8"});
      continue;
    }
    auto text = decrypt(entries[i]);
    // Who refuses the passphrase once is not asked for it again and again.
    if (!text && haul.items.empty()) return base::fail(text.error());
    if (text)
      add_entry(haul, name, text->text());
    else
      haul.losses.push_back({i, name, text.error().what});
  }
  return haul;
}

}  // namespace cli
