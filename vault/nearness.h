// Where the vault works: beside whoever waits for it.
#pragma once

#include <cstdint>

namespace vault {

// Keeps the calling thread on this processor from now on; nothing changes when there is none, or
// when we may not use it.
//
// A request is a question and an answer between two processes that take turns. On one processor the
// next one goes on as the first goes to sleep; on two, each turn wakes a processor, which takes
// longer than the whole answer where processors sleep deeply or are busy.
void work_near(std::uint32_t processor);

}  // namespace vault
