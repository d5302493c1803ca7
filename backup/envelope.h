// A backup file: a header in the clear, and the content, encrypted and authenticated together with
// that header (libsodium's secretstream). coffer-backup(5) has the layout.
#pragma once

#include "base/result.h"
#include "transfer/recovery_key.h"

namespace backup {

// Of Argon2id, which makes a key of a password.
struct Cost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 262'144;
};
// What a file may ask for at most.
inline constexpr Cost kHighestCost{32, 1'048'576};

// The longest file that is written or read, in bytes.
inline constexpr std::size_t kMaxFile = std::size_t{256} << 20;

// A file with this content. Code::limits_exceeded when it would be longer than kMaxFile;
// Code::no_space when there is not enough memory for the cost.
base::Result<base::Bytes> seal(base::ByteView content, base::ByteView password, Cost cost = {});
base::Result<base::Bytes> seal(base::ByteView content, const transfer::RecoveryKey& key);

// What opens a file: which of the two is needed, the file says.
struct Given {
  base::ByteView password;
  std::optional<transfer::RecoveryKey> key;
};

// The content of the file. Fails with
//   Code::not_supported    it is no backup
//   Code::damaged          it was altered, or is cut off, or something follows it
//   Code::too_new          a later Coffer wrote it
//   Code::wrong_password   neither the password nor the key opens it
//   Code::limits_exceeded  it asks for more work than `highest`, or is longer than kMaxFile
//   Code::no_space         there is not enough memory for its cost
base::Result<base::Bytes> open(base::ByteView file, const Given& given,
                               const Cost& highest = kHighestCost);

}  // namespace backup
