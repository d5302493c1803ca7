// Tells a file's format from its bytes.
#pragma once

#include "base/bytes.h"

namespace formats {

enum class Format {
  unknown,
  gnome_keyring_binary,   // login.keyring
  gnome_keyring_text,     // a keyring whose password is empty
  gnome_keyring_objects,  // user.keystore: certificates and keys, no Secret Service data
  libsecret_file,         // default.keyring of a sandboxed application
  kwallet,
  json,
  csv,
  coffer_backup,  // read by backup/
};

inline constexpr std::string_view gnome_keyring_magic{"GnomeKeyring\n\r\0\n", 16};
inline constexpr std::string_view coffer_backup_magic{"Coffer backup\r\n\0", 16};
inline constexpr std::string_view kwallet_magic{"KWALLET\n\r\0\r\n", 12};

Format detect(base::ByteView file);

}  // namespace formats
