// The key of another manager's file, made of the login's password, so that who reads the file never
// sees the password.
#pragma once

#include "transfer/messages.h"
#include "vault/secret_bytes.h"

namespace vault {

// Who wants the key chooses its salt and rounds, and can test guesses of the password with what it
// gets. So these must be as strong as what gnome-keyring, libsecret and oo7 write.
class FileKey {
 public:
  static constexpr std::uint32_t kMostRounds = 10'000'000;  // seconds
  static constexpr std::uint32_t kSlice = 100'000;          // rounds of one go_on()

  // Nothing is computed yet. Fails with
  //   Code::damaged          no file of theirs has such a key, or there are more than kMostRounds
  //   Code::limits_exceeded  the arena is full
  // `arena` outlives it.
  static base::Result<FileKey> make(Arena& arena, transfer::KeyWanted wanted,
                                    base::ByteView password);

  // For the worker's thread: computes in slices, so that others' passwords are not kept waiting.
  void go_on();
  bool is_made() const { return done_ == wanted_.rounds; }
  // The key, when it is made.
  base::ByteView bytes() const;

 private:
  struct State;
  FileKey(transfer::KeyWanted wanted, SecretBytes password, SecretBytes state)
      : wanted_(std::move(wanted)), password_(std::move(password)), state_(std::move(state)) {}
  State& state();
  void begin();
  void add_round();

  transfer::KeyWanted wanted_;
  SecretBytes password_;
  SecretBytes state_;
  std::uint32_t done_ = 0;  // rounds
};

}  // namespace vault
