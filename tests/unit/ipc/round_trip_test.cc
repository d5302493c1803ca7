// Derived from the protocols' lists: nothing here changes when a message is added.
#include <gtest/gtest.h>

#include "ipc/control_protocol.h"
#include "ipc/frame.h"
#include "ipc/store_protocol.h"
#include "ipc/vault_protocol.h"

namespace ipc {
namespace {

// Replies of the same type are tested once for each request: harmless.
template <class M>
struct EveryRequest : testing::Test {};
template <class... M>
using Types = testing::Types<M...>;

TYPED_TEST_SUITE_P(EveryRequest);

template <class T>
base::Bytes encoded(const T& value) {
  base::Bytes out(Codec<T>::size(value));
  Writer writer(out);
  Codec<T>::write(writer, value);
  return out;
}

template <class T>
void expect_canonical(base::ByteView bytes) {
  Reader reader(bytes);
  T value{};
  Codec<T>::read(reader, value);
  reader.finish();
  if (reader.failed()) return;
  const base::Bytes again = encoded(value);
  EXPECT_TRUE(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
}

template <class T>
void expect_every_truncation_refused() {
  const base::Bytes whole = encoded(T{});
  for (std::size_t n = 0; n < whole.size(); ++n) {
    Reader reader(base::ByteView(whole).first(n));
    T value{};
    Codec<T>::read(reader, value);
    EXPECT_TRUE(reader.failed()) << n;
  }
}

TYPED_TEST_P(EveryRequest, IsNoLongerThanItSays) {
  EXPECT_LE(encoded(TypeParam{}).size(), Codec<TypeParam>::max_size);
  EXPECT_LE(Codec<TypeParam>::max_size, kMaxBody);
}

TYPED_TEST_P(EveryRequest, RefusesEveryTruncation) {
  expect_every_truncation_refused<TypeParam>();
  expect_every_truncation_refused<typename TypeParam::Reply>();
}

TYPED_TEST_P(EveryRequest, RefusesABytePastItsEnd) {
  base::Bytes bytes = encoded(TypeParam{});
  bytes.push_back(std::byte{0});
  Reader reader(bytes);
  TypeParam value{};
  Codec<TypeParam>::read(reader, value);
  reader.finish();
  EXPECT_TRUE(reader.failed());
}

TYPED_TEST_P(EveryRequest, IsCanonicalForEveryValueOfEveryByte) {
  const base::Bytes whole = encoded(TypeParam{});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int v = 0; v < 256; ++v) {
      base::Bytes changed = whole;
      changed[at] = static_cast<std::byte>(v);
      expect_canonical<TypeParam>(changed);
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(EveryRequest, IsNoLongerThanItSays, RefusesEveryTruncation,
                            RefusesABytePastItsEnd, IsCanonicalForEveryValueOfEveryByte);
INSTANTIATE_TYPED_TEST_SUITE_P(Vault, EveryRequest, vault::Protocol::As<Types>);
INSTANTIATE_TYPED_TEST_SUITE_P(Store, EveryRequest, store::Protocol::As<Types>);
INSTANTIATE_TYPED_TEST_SUITE_P(Control, EveryRequest, control::Protocol::As<Types>);

}  // namespace
}  // namespace ipc
