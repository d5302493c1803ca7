// From the first instruction to the closed sandbox.
#pragma once

#include <memory>

#include "base/processors.h"
#include "ipc/store_protocol.h"
#include "vault/arena.h"
#include "vault/handover.h"
#include "vault/worker.h"

namespace vault {

// A vault that can do nothing any more but compute and talk.
struct Started {
  std::unique_ptr<Arena> arena;
  std::unique_ptr<Worker> worker;
  std::unique_ptr<Handover> handover;
  base::Processors processors;
  ipc::store::Start report;
};

// Takes locked memory (as memfd_secret, when `secret_memory` and the kernel has it), makes a pipe,
// starts the second thread, and closes the sandbox: in this order, because the first three are
// forbidden after.
base::Result<Started> start(base::EventLoop& loop, bool secret_memory);

}  // namespace vault
