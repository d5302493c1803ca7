// Writes a keyring in each format we write, for the programs whose formats they are to read:
// write_foreign_files DIRECTORY
#include <sys/random.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "formats/gnome_keyring_binary.h"
#include "formats/libsecret_file.h"

namespace {

using formats::secret_of;

const base::ByteView password = base::bytes_of("correct horse");

formats::Document keyring() {
  formats::Document document;
  document.label = "Login";
  document.created = document.modified = 1'700'000'000;
  const auto add = [&](std::string label, formats::Attributes attributes, std::string_view secret) {
    attributes["xdg:schema"] = "org.freedesktop.Secret.Generic";
    document.records.push_back({std::move(label), std::move(attributes), 1'700'000'001,
                                1'700'000'002, "text/plain", secret_of(secret)});
  };
  add("Mail", {{"user", "jo"}, {"server", "mail.example"}}, "swordfish");
  add("Two lines", {{"user", "jo"}, {"server", "notes.example"}}, "line one\nC:\\line two\n");
  add("Café", {{"user", "renée"}}, "pâss wörd €");
  add("Empty", {{"user", "nobody"}}, "");
  add("Long", {{"user", "long"}, {"note", std::string(70'000, 'n')}}, std::string(70'000, 's'));
  return document;
}

void fill_at_random(base::MutableBytes bytes) {
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    std::abort();
}

bool write(const std::string& path, const formats::SecretBuffer& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << base::text_of(bytes);
  return static_cast<bool>(file.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]), 2;
  const std::string directory = argv[1];
  const formats::Document document = keyring();
  const auto binary = formats::write_gnome_keyring_binary(document, password, fill_at_random);
  const auto libsecret = formats::write_libsecret_file(document, password, fill_at_random);
  return binary && write(directory + "/login.keyring", *binary) &&
                 write(directory + "/libsecret.keyring", libsecret)
             ? 0
             : 1;
}
