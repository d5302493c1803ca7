// What is asked of the person at the desk, whichever program shows it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "ipc/vault_protocol.h"

namespace frontend {

namespace wire = ipc::vault;

struct Question {
  enum class Kind {
    password,
    new_password,  // typed twice
    confirmation,
  };
  Kind kind = Kind::password;
  std::string keyring;  // the label of the one that this is about
  std::string title;
  std::string message;      // the question, short
  std::string description;  // who asks, and what for
  std::string warning;      // what was wrong with the last answer
  std::string go_on;        // the button's label
};

struct Reply {
  bool accepted = false;      // false: the person said no, or closed the dialog
  wire::Password password{};  // of an accepted password question; it waits in the vault
};

// One conversation: several questions, one after the other, in one place.
class Dialog {
 public:
  virtual ~Dialog() = default;
  // Code::unavailable when the question cannot be shown. The question must outlive the task.
  virtual base::Task<base::Result<Reply>> ask(const Question& question) = 0;
  // The question that is shown disappears, and is answered with "no"; so is every later one.
  virtual void close() = 0;
};

}  // namespace frontend
