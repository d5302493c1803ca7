// coffer-formats: reads and writes the files of other password managers, for `coffer` (see
// transfer/messages.h). Born with three pipes; never has a key of Coffer's, and lives for one file.
#include <unistd.h>

#include "formats/helper/serve.h"
#include "seccomp/sandbox.h"

int main() {
  ::close_range(formats::helper::kRequest + 1, ~0U, 0);
  // What is read from here on was made by whoever wrote the file.
  if (!sandbox::close(sandbox::Role::formats)) return 1;
  return formats::helper::serve();
}
