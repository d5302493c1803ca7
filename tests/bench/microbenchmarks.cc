// The parts of an operation that compute: sealing, searching, the frames, the key agreement.
#include <benchmark/benchmark.h>
#include <sodium.h>

#include "ipc/frame.h"
#include "ipc/store_protocol.h"
#include "ipc/vault_protocol.h"
#include "vault/collection.h"
#include "vault/diffie_hellman.h"

namespace {

vault::Arena& arena() {
  static const auto made = *vault::Arena::create();
  return *made;
}

ipc::Attributes attributes_of(std::size_t number) {
  ipc::Attributes attributes;
  attributes.items.push_back({{"application"}, {"bench"}});
  attributes.items.push_back({{"number"}, {std::to_string(number)}});
  attributes.items.push_back({{"xdg:schema"}, {"org.example.Bench"}});
  return attributes;
}

vault::ItemDetails details_of(std::size_t number) {
  return {{"item " + std::to_string(number)}, attributes_of(number), 1, 1, {"text/plain"}};
}

// An unlocked collection of `items` items of 32 bytes, searched as locked ones are too.
class Filled {
 public:
  explicit Filled(std::size_t items) {
    for (std::size_t i = 0; i < items; ++i) add(i);
  }
  void add(std::size_t number) {
    benchmark::DoNotOptimize(collection_.add(details_of(number), base::ByteView(secret_)));
  }
  vault::Collection& operator*() { return collection_; }

 private:
  base::Bytes secret_ = base::Bytes(32, std::byte{'s'});
  base::Bytes key_ = base::Bytes(32, std::byte{'k'});
  vault::Collection collection_ = vault::Collection::create(
      "bench", {}, *vault::CollectionKeys::random(arena()), {key_, true}, arena());
};

// --- Sealing: bytes of the secret ---------------------------------------------------------------

void seal(benchmark::State& state) {
  const auto keys = *vault::CollectionKeys::random(arena());
  const base::Bytes secret(static_cast<std::size_t>(state.range(0)), std::byte{'s'});
  const auto details = details_of(1);
  for (auto _ : state)
    benchmark::DoNotOptimize(vault::seal_item(details, secret, {}, keys, arena()));
}
BENCHMARK(seal)->Arg(32)->Arg(4096)->Arg(65536)->Arg(1 << 20);

void open(benchmark::State& state) {
  const auto keys = *vault::CollectionKeys::random(arena());
  const base::Bytes secret(static_cast<std::size_t>(state.range(0)), std::byte{'s'});
  const auto box = *vault::seal_item(details_of(1), secret, {}, keys, arena());
  for (auto _ : state) benchmark::DoNotOptimize(vault::open_item(box, {}, keys, arena()));
}
BENCHMARK(open)->Arg(32)->Arg(4096)->Arg(65536)->Arg(1 << 20);

// --- A collection: number of items --------------------------------------------------------------

void search_one(benchmark::State& state) {
  const auto items = static_cast<std::size_t>(state.range(0));
  Filled filled(items);
  std::size_t round = 0;
  for (auto _ : state) {
    const auto wanted = attributes_of(++round * 7919 % items);
    benchmark::DoNotOptimize((*filled).search(wanted));
  }
}
BENCHMARK(search_one)->RangeMultiplier(10)->Range(10, 100'000);

void search_all(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  ipc::Attributes common;
  common.items.push_back({{"application"}, {"bench"}});
  for (auto _ : state) benchmark::DoNotOptimize((*filled).search(common));
}
BENCHMARK(search_all)->RangeMultiplier(10)->Range(10, 10'000);

void add_and_erase(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  const base::Bytes secret(32, std::byte{'s'});
  for (auto _ : state) {
    auto added = (*filled).add(details_of(1'000'000), secret);
    benchmark::DoNotOptimize((*filled).erase(added->first));
  }
}
BENCHMARK(add_and_erase)->RangeMultiplier(10)->Range(10, 100'000);

void verify(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize((*filled).verify());
}
BENCHMARK(verify)->RangeMultiplier(10)->Range(10, 10'000);

// --- Frames -------------------------------------------------------------------------------------

template <class M>
void encode_and_decode(benchmark::State& state, const M& message) {
  for (auto _ : state) {
    const auto out = ipc::make_frame(1, 1, ipc::Kind::request, message);
    ipc::IncomingFrame in{{}, base::ByteView(out.bytes).subspan(ipc::kHeaderSize), {}};
    benchmark::DoNotOptimize(ipc::read_body<M>(in));
  }
}

void frame_of_read_secret(benchmark::State& state) {
  encode_and_decode(state, ipc::vault::ReadSecret{{1}, {2}, {{3}, 4}});
}
BENCHMARK(frame_of_read_secret);

void frame_of_a_secret(benchmark::State& state) {
  const base::Bytes secret(static_cast<std::size_t>(state.range(0)), std::byte{'s'});
  encode_and_decode(state, ipc::vault::ReadSecret::Reply{{{}, {secret}, {"text/plain"}}});
}
BENCHMARK(frame_of_a_secret)->Arg(32)->Arg(4096)->Arg(1 << 20);

void frame_of_attributes(benchmark::State& state) {
  encode_and_decode(state, ipc::vault::SearchItems{{}, attributes_of(1)});
}
BENCHMARK(frame_of_attributes);

void frame_of_rows(benchmark::State& state) {
  ipc::store::LoadItems::Reply page;
  for (std::uint64_t i = 1; i <= static_cast<std::uint64_t>(state.range(0)); ++i)
    page.rows.items.push_back({i, i, {base::Bytes(48)}, {base::Bytes(300)}});
  encode_and_decode(state, page);
}
BENCHMARK(frame_of_rows)->Arg(1)->Arg(1000);

// --- Encrypted sessions -------------------------------------------------------------------------

void key_agreement(benchmark::State& state) {
  const base::Bytes peer(vault::size_of(vault::Group::oakley_2), std::byte{5});
  for (auto _ : state)
    benchmark::DoNotOptimize(vault::agree(vault::Group::oakley_2, peer, arena()));
}
BENCHMARK(key_agreement);

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
