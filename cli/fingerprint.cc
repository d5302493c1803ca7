#include "cli/fingerprint.h"

#include <nettle/hmac.h>

#include "cli/random.h"

namespace cli {

Fingerprints::Fingerprints() : key_(Secret::zeros(SHA256_DIGEST_SIZE)) {
  fill_random(key_.writable());
}

Fingerprints::Digest Fingerprints::digest_of(base::ByteView bytes) const {
  static_assert(std::tuple_size_v<Digest> == SHA256_DIGEST_SIZE);
  Digest digest;
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, key_.size(), base::u8(key_.view()));
  hmac_sha256_update(&context, bytes.size(), base::u8(bytes));
  hmac_sha256_digest(&context, digest.size(), digest.data());
  ::explicit_bzero(&context, sizeof context);
  return digest;
}

}  // namespace cli
