// What is kept of a collection, as the bytes that the broker stores without understanding them.
#pragma once

#include "ipc/codec.h"
#include "ipc/types.h"

namespace vault {

using Uuid = std::array<std::byte, 16>;
using Hash = std::array<std::byte, 32>;
using Locator = std::array<std::byte, 16>;

// Bounds of what is accepted from storage, checked before anything is derived.
inline constexpr std::uint32_t kMaxKdfPasses = 64;
inline constexpr std::uint32_t kMinKdfMemory = 8;                // KiB, libsodium's least
inline constexpr std::uint32_t kMaxKdfMemory = 2 * 1024 * 1024;  // KiB

enum class SlotType : std::uint8_t {
  password = 1,
  open = 2,     // no password: the wrapping key is made from the salt, and protects nothing
  session = 3,  // see KeptKey; no collection of the store has one
};

// The collection key, wrapped by a key derived from a password (or from nothing).
struct KeySlot {
  std::uint32_t id = 0;
  SlotType type = SlotType::password;
  std::uint32_t kdf_passes = 0;  // Argon2id
  std::uint32_t kdf_memory_kib = 0;
  std::array<std::byte, 16> salt{};
  std::array<std::byte, 24> nonce{};
  std::array<std::byte, 48> wrapped{};  // XChaCha20-Poly1305
  static constexpr auto fields =
      std::tuple{&KeySlot::id,   &KeySlot::type,  &KeySlot::kdf_passes, &KeySlot::kdf_memory_kib,
                 &KeySlot::salt, &KeySlot::nonce, &KeySlot::wrapped};
};

// The session collection's, wrapped by a key of the collection `login`.
struct KeptKey {
  Uuid uuid{};
  KeySlot slot;
  static constexpr auto fields = std::tuple{&KeptKey::uuid, &KeptKey::slot};
};

// In the clear, because a locked collection shows its name; authenticated by the manifest.
struct Header {
  Uuid uuid{};
  ipc::Label label;
  std::uint64_t created = 0;  // seconds since the epoch
  std::uint64_t modified = 0;
  ipc::List<KeySlot, 32> slots;
  static constexpr auto fields = std::tuple{&Header::uuid, &Header::label, &Header::created,
                                            &Header::modified, &Header::slots};
};

// A page of the directory (see directory.h), by its last write.
struct PageVersion {
  std::uint32_t page = 0;
  std::uint64_t version = 0;
  static constexpr auto fields = std::tuple{&PageVersion::page, &PageVersion::version};
};

// Sealed under the manifest key; binds header and items into one state.
struct Manifest {
  std::uint64_t generation = 0;   // of the last write
  std::uint64_t next_number = 1;  // for the next new item
  std::uint64_t count = 0;        // of items
  Hash set_hash{};                // see SetHash
  Hash header_digest{};
  ipc::List<PageVersion, 20'000> pages;  // ascending
  static constexpr auto fields =
      std::tuple{&Manifest::generation, &Manifest::next_number,   &Manifest::count,
                 &Manifest::set_hash,   &Manifest::header_digest, &Manifest::pages};
};

// What an item says of itself; its secret follows in the same sealed box.
struct ItemDetails {
  ipc::Label label;
  ipc::Attributes attributes;
  std::uint64_t created = 0;
  std::uint64_t modified = 0;
  ipc::Text<256> content_type;
  static constexpr auto fields =
      std::tuple{&ItemDetails::label, &ItemDetails::attributes, &ItemDetails::created,
                 &ItemDetails::modified, &ItemDetails::content_type};
};

}  // namespace vault

template <>
inline constexpr std::array ipc::kEnumerators<vault::SlotType> = {
    ::vault::SlotType::password, ::vault::SlotType::open, ::vault::SlotType::session};
