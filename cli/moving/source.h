// Where secrets can be imported from.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/moving/haul.h"
#include "cli/moving/passwords.h"

namespace cli {

struct Source {
  enum class Kind { file, pass, kernel, application, bus, provider };
  Kind kind;
  std::string where;  // a path; an application's id; a bus's address; a name on the session bus;
                      // nothing for the kernel
};

// What a person calls it, and writes on the command line.
std::string name_of(const Source& source);

// "pass", "pass:FOLDER", "kernel", "application:ID", "bus:ADDRESS", "provider:NAME", or else a
// path.
Source source_named(const std::string& word);

// What this user has: gnome-keyring's keyrings, the login keyring first for it may open the others;
// KWallet's wallets; the keyrings of sandboxed applications; the store of pass; the kernel keyring
// of python-keyring-keyutils.
std::vector<Source> find_sources();

// Reads all of it. A part that cannot be read is one of the losses. Fails with
// Code::wrong_password, Code::damaged, Code::not_supported, Code::unavailable, Code::io when
// nothing can be. `target` may know passwords of other keyrings; a provider is not imported into
// itself.
base::Result<Haul> read_source(const Source& source, Passwords& passwords, SecretService& target);

// The kinds of sources, each in a file of its own.
base::Result<Haul> read_keyring_file(const std::string& path, Passwords& passwords,
                                     SecretService& target);
base::Result<Haul> read_application(const std::string& id, Passwords& passwords,
                                    SecretService& target);
base::Result<Haul> read_pass_store(const std::string& folder);
base::Result<Haul> read_kernel_keyring();
bool has_kernel_keyring();
base::Result<Haul> read_provider(const std::string& address, const std::string& name,
                                 SecretService& target);

// The folder of pass's store: PASSWORD_STORE_DIR, or ~/.password-store.
std::string pass_folder();

}  // namespace cli
