// Starts pinentry for those who have no other prompter.
//
// A graphical program could not live in our sandbox, which what we start inherits. So the process
// that starts it stays outside: it knows one program, chosen before, and starts it when it gets a
// socket to connect it to.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace broker {

// The pinentry to use: `configured` when it is a path, none for "none", else the first that is
// installed and can show something (a graphical one where there is a display, one for the terminal
// where GPG_TTY names one). Empty when there is none.
std::string choose_pinentry(const std::string& configured);

class PinentryLauncher {
 public:
  // Forks the launching process. Call it before the sandbox closes and before files are opened.
  static base::Result<PinentryLauncher> start(std::string program);

  // The other end of a new pinentry's standard input and output.
  base::Result<base::UniqueFd> launch();

 private:
  explicit PinentryLauncher(base::UniqueFd socket) : socket_(std::move(socket)) {}
  base::UniqueFd socket_;
};

}  // namespace broker
