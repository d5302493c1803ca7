// A login's request and its answer, in either of the two ways they are told.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "ipc/login_protocol.h"
#include "ipc/types.h"

namespace vault {

using ipc::LoginProtocol;

// How many bytes the request has that begins with `bytes`, as far as these tell: while it is more
// than there are, read on. At most login::kMaxRequest. Nothing when no request begins like this.
std::optional<std::size_t> size_of_request(LoginProtocol protocol, base::ByteView bytes);

// The request that all of `bytes` are; it views them. Of gnome-keyring's protocol: UNLOCK, which
// creates the collection as well, and CHANGE.
std::optional<login::Request> decode_request(LoginProtocol protocol, base::ByteView bytes);

base::Bytes encode_answer(LoginProtocol protocol, login::Result result);

}  // namespace vault
