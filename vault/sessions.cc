#include "vault/sessions.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>

#include <algorithm>

#include "vault/diffie_hellman.h"

namespace vault {
namespace {

constexpr std::size_t kBlock = AES_BLOCK_SIZE;

// The AES key schedule is as secret as the key: it lives in the arena too.
template <class Context, auto set_key>
base::Result<SecretBytes> schedule(const SecretBytes& key, Arena& arena) {
  auto memory = SecretBytes::make(arena, sizeof(Context));
  if (memory) set_key(reinterpret_cast<Context*>(memory->expose().data()), base::u8(key.expose()));
  return memory;
}

// The size of PKCS #7 padding at the end of `plain`, 0 when it is wrong; looks at the whole last
// block.
std::size_t padding_of(base::ByteView plain) {
  const auto claimed = static_cast<unsigned>(plain.back());
  unsigned wrong = (claimed == 0 || claimed > kBlock) ? 1 : 0;
  for (unsigned i = 0; i < kBlock; ++i) {
    const auto inside = static_cast<unsigned>(i < claimed);
    wrong |= inside &
             static_cast<unsigned>(static_cast<unsigned>(plain[plain.size() - 1 - i]) != claimed);
  }
  return wrong ? 0 : claimed;
}

}  // namespace

base::Result<wire::Secret> Session::send(base::ByteView secret, const std::string& content_type,
                                         Arena& arena) const {
  wire::Secret out;
  out.content_type.value = content_type;
  if (is_plain()) {
    out.value.value = base::copy_of(secret);
    return out;
  }
  const std::size_t padded = secret.size() / kBlock * kBlock + kBlock;
  auto plain = SecretBytes::make(arena, padded);
  auto context = schedule<aes128_ctx, aes128_set_encrypt_key>(key_, arena);
  if (!plain || !context)
    return base::fail(base::Code::limits_exceeded, "no locked memory is left for this secret");
  const auto bytes = plain->expose();
  std::copy(secret.begin(), secret.end(), bytes.begin());
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(secret.size()), bytes.end(),
            static_cast<std::byte>(padded - secret.size()));
  out.parameters.value.resize(kBlock);
  randombytes_buf(out.parameters.value.data(), kBlock);
  base::Bytes chain = out.parameters.value;
  out.value.value.resize(padded);
  cbc_encrypt(context->expose().data(), reinterpret_cast<nettle_cipher_func*>(&aes128_encrypt),
              kBlock, base::u8(base::MutableBytes(chain)), padded,
              base::u8(base::MutableBytes(out.value.value)), base::u8(base::ByteView(bytes)));
  return out;
}

base::Result<SecretBytes> Session::receive(const wire::Secret& secret, Arena& arena) const {
  const base::ByteView value = secret.value.value;
  const auto invalid = [] {
    return base::fail(base::Code::invalid,
                      "the secret was transferred or encrypted in an invalid way");
  };
  const auto too_large = [] {
    return base::fail(base::Code::limits_exceeded, "a secret may be at most 1 MiB");
  };
  if (is_plain()) {
    if (!secret.parameters.value.empty()) return invalid();
    if (value.size() > ipc::kMaxSecret) return too_large();
    return SecretBytes::copy(arena, value);
  }
  if (secret.parameters.value.size() != kBlock || value.empty() || value.size() % kBlock != 0)
    return invalid();
  auto plain = SecretBytes::make(arena, value.size());
  auto context = schedule<aes128_ctx, aes128_set_decrypt_key>(key_, arena);
  if (!plain || !context)
    return base::fail(base::Code::limits_exceeded, "no locked memory is left for this secret");
  base::Bytes chain = secret.parameters.value;
  cbc_decrypt(context->expose().data(), reinterpret_cast<nettle_cipher_func*>(&aes128_decrypt),
              kBlock, base::u8(base::MutableBytes(chain)), value.size(), base::u8(plain->expose()),
              base::u8(value));
  const std::size_t padding = padding_of(plain->expose());
  if (padding == 0) return invalid();
  const std::size_t size = value.size() - padding;
  if (size > ipc::kMaxSecret) return too_large();
  plain->shrink(size);
  return plain;
}

base::Result<wire::OpenSession::Reply> Sessions::open(const wire::OpenSession& request) {
  if (sessions_.size() >= kMaxInAll ||
      (by_client_.contains(request.client) && by_client_[request.client].size() >= kMaxPerClient))
    return base::fail(base::Code::limits_exceeded, "too many sessions are open; close some");
  wire::OpenSession::Reply reply;
  SecretBytes key;
  if (request.algorithm == wire::Algorithm::plain) {
    if (!allow_plain_)
      return base::fail(base::Code::not_supported,
                        "plain sessions are switched off (sessions.plain)");
    if (!request.public_key.value.empty())
      return base::fail(base::Code::invalid, "a plain session takes no input");
  } else {
    auto agreement = agree(Group::oakley_2, request.public_key.value, arena_);
    if (!agreement) return base::fail(agreement.error());
    reply.public_key.value = std::move(agreement->public_key);
    key = std::move(agreement->session_key);
  }
  reply.session.value = ++last_;
  sessions_.emplace(reply.session, Owned{request.client, Session(std::move(key))});
  by_client_[request.client].push_back(reply.session);
  return reply;
}

base::Outcome Sessions::close(wire::ClientId client, wire::SessionId session) {
  if (auto found = find(client, session); !found) return base::fail(found.error());
  sessions_.erase(session);
  std::erase(by_client_[client], session);
  return base::Ok{};
}

void Sessions::forget(wire::ClientId client) {
  const auto owned = by_client_.extract(client);
  if (owned.empty()) return;
  for (const wire::SessionId session : owned.mapped()) sessions_.erase(session);
}

base::Result<const Session*> Sessions::find(wire::ClientId client, wire::SessionId session) const {
  const auto at = sessions_.find(session);
  if (at == sessions_.end() || at->second.owner != client)
    return base::fail(base::Code::no_such_session, "the session does not exist");
  return &at->second.session;
}

}  // namespace vault
