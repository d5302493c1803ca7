// What the user types, or a program pipes in.
#pragma once

#include <unistd.h>

#include <string>

#include "base/result.h"
#include "cli/secret.h"

namespace cli {

bool is_terminal(int fd);

// Keeps a descriptor that passwords come from away from the programs that are started.
void keep_to_ourselves(int fd);

// All of standard input, or of another descriptor, as it is; at most 16 MiB (Code::invalid).
base::Result<Secret> read_input(int fd = STDIN_FILENO);

// One line from the terminal, not shown while it is typed and without its line break. Code::io when
// there is no terminal.
base::Result<Secret> ask_hidden(const std::string& question);

// A secret to keep: asked for twice when standard input is a terminal, else all of standard input.
base::Result<Secret> read_secret(const std::string& what);

// What one types on a terminal, or else one line of standard input, which may end without a line
// break. For passwords that exist already.
base::Result<Secret> read_password(const std::string& what, int fd = STDIN_FILENO);
// One to be set: a terminal is asked twice.
base::Result<Secret> read_new_password(const std::string& what, int fd = STDIN_FILENO);

// Asks on the terminal. True without asking when standard input is none: a script means what it
// says.
bool confirm(const std::string& question);

// Writes all of `bytes`; Code::io when nobody reads them.
base::Outcome write_output(base::ByteView bytes);

// Writes a secret: as it is to a pipe or when `raw`; on a terminal, without the control characters
// that it would act on, and with a line break at the end.
base::Outcome write_secret(const Secret& secret, bool raw);

}  // namespace cli
