#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace base {

Error system_error(int error_number, std::string what) {
  const Code code = (error_number == ENOSPC || error_number == EDQUOT) ? Code::no_space : Code::io;
  return {code, what + ": " + ::strerrordesc_np(error_number)};
}

}  // namespace base
