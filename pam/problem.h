// Why something was not done, for the log.
#pragma once

#include <cerrno>

namespace pam {

struct Problem {
  const char* what = nullptr;  // null: there is no problem
  int error = 0;               // errno, or 0 where that says nothing
  bool absent = false;         // nothing is wrong, but there is no daemon

  explicit operator bool() const { return what != nullptr; }
};

inline Problem system_problem(const char* what) { return {what, errno, false}; }

}  // namespace pam
