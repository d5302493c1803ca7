#include "cli/exit_code.h"

#include <fmt/format.h>

#include "cli/visible.h"

namespace cli {

Exit exit_for(base::Code code) {
  switch (code) {
    case base::Code::no_such_item:
    case base::Code::no_such_collection:
      return Exit::not_found;
    case base::Code::invalid:
      return Exit::usage;
    case base::Code::locked:
    case base::Code::wrong_password:
      return Exit::locked;
    case base::Code::unavailable:
      return Exit::no_service;
    default:
      return Exit::failed;
  }
}

int report(const char* program, const base::Error& error) {
  fmt::print(stderr, "{}: {}\n", program, visible(error.what));
  return static_cast<int>(exit_for(error.code));
}

}  // namespace cli
