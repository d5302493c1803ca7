// Starting programs with nothing but what they need, and saying how they ended.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "seccomp/sandbox.h"

namespace broker {

struct Program {
  std::string name;  // "coffer-vault"
  std::string path;
  sandbox::Role role{};
  std::vector<std::string> arguments;           // without the name
  std::vector<std::string> passed_environment;  // names; all other variables are left out
};

// The path of the program `name`: beside our own executable, else where it is installed.
base::Result<std::string> find_program(const std::string& name);

// The dynamic loader of our own executable, which our other programs need too; empty without one.
std::string loader_path();

// Starts `program` in a session of its own with descriptor 3 = `socket`, 4 = `last_words` (see
// seccomp/last_words.h; may be empty), 0 and 1 = /dev/null, 2 = ours, and no other; signals as they
// are for a fresh program. With an `input`, which stays the caller's, 0 is that, 1 the socket as
// well, 2 /dev/null, and the program ends with us. One that cannot be executed ends with status
// 127.
base::Result<pid_t> start_process(const Program& program, base::UniqueFd socket,
                                  base::UniqueFd last_words, int input = -1);

// "ended by signal 9 (Killed)", from a status of waitpid() and sandbox::read_last_words().
std::string describe_end(int status, const std::string& last_words);

// Opens /dev/null as each of the descriptors 0, 1 and 2 that is closed, so that no other descriptor
// gets their numbers. Call it first.
base::Outcome open_standard_descriptors();

// Standard input, taken over unread; /dev/null is in its place afterwards.
base::Result<base::UniqueFd> take_standard_input();

}  // namespace broker
