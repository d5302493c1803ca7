#include "tests/power/session.h"

#include "tests/power/recorder.h"

namespace power {

using namespace ipc::store;

base::Result<std::vector<Acknowledged>> Session::play(const std::string& folder) {
  Session session(folder);
  session.restart();
  session.create("login");
  session.alias("default", "login");
  session.little_things();
  session.create("work");
  session.alias("default", "work");
  session.put("work", 1, 300);
  session.restart();
  session.little_things();
  session.remove("work");  // and its alias with it
  session.create("work");  // another one of the same name
  session.put("work", 5, 10'000);
  session.alias("default", "work");
  session.alias("default", std::nullopt);
  session.grow_the_log();
  session.little_things();
  session.restart();
  session.put("login", 1, 50);
  session.store_.reset();
  if (!session.failed_) return base::fail(session.failed_.error());
  return std::move(session.acknowledged_);
}

void Session::done(const base::Outcome& outcome) {
  if (!outcome && failed_) failed_ = base::fail(outcome.error());
  acknowledged_.push_back({recorded_steps(), expected_});
}

void Session::restart() {
  store_.reset();
  store_.emplace(folder_);
  done(store_->outcome());
}

base::Bytes Session::text(std::size_t size) {
  base::Bytes bytes(size);
  ++written_;
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::byte>((written_ * 2'654'435'761u + i * 40'503u) >> 13);
  return bytes;
}

Row Session::row(std::uint64_t number, std::size_t size) {
  return {number, 1 + written_, {text(32)}, {text(size)}};
}

void Session::create(const std::string& name) {
  Collection made{1, text(400), text(100), {}};
  auto reply = store_->ask(CreateCollection{{name}, {made.header}, {made.manifest}, 1});
  expected_.collections[name] = std::move(made);
  done(reply ? base::Outcome(base::Ok{}) : base::fail(reply.error()));
}

void Session::remove(const std::string& name) {
  auto reply = store_->ask(DeleteCollection{{name}});
  expected_.collections.erase(name);
  std::erase_if(expected_.aliases, [&](const auto& alias) { return alias.second == name; });
  done(reply ? base::Outcome(base::Ok{}) : base::fail(reply.error()));
}

void Session::alias(const std::string& name, std::optional<std::string> collection) {
  SetAlias request{{name}, {}};
  expected_.aliases.erase(name);
  if (collection) {
    request.collection.value = ipc::CollectionName{*collection};
    expected_.aliases[name] = *collection;
  }
  auto reply = store_->ask(std::move(request));
  done(reply ? base::Outcome(base::Ok{}) : base::fail(reply.error()));
}

Write Session::next_write(const std::string& name, const Fill& fill) {
  Collection& collection = expected_.collections.at(name);
  const std::uint64_t previous = collection.generation;
  Write write{{name}, previous, previous + 1, {text(100)}, {}, {}, {}};
  fill(write);
  collection.generation = write.generation;
  collection.manifest = write.manifest.value;
  if (write.header.value) collection.header = write.header.value->value;
  for (const std::uint64_t number : write.erase.items) collection.items.erase(number);
  for (const Row& row : write.put.items)
    collection.items[row.number] = {row.version, row.box.value};
  return write;
}

void Session::write(const std::string& name, const Fill& fill) { write_together(name, {fill}); }

void Session::write_together(const std::string& name, const std::vector<Fill>& fills) {
  std::size_t left = fills.size();
  base::Outcome outcome = base::Ok{};
  for (const Fill& fill : fills)
    store_->send(next_write(name, fill), [&](auto reply) {
      if (!reply) outcome = base::fail(reply.error());
      --left;
    });
  while (left > 0) store_->run_once();
  done(outcome);
}

void Session::put(const std::string& name, std::uint64_t number, std::size_t size) {
  write(name, [&](Write& write) { write.put.items.push_back(row(number, size)); });
}

void Session::erase(const std::string& name, std::uint64_t number) {
  write(name, [&](Write& write) { write.erase.items.push_back(number); });
}

void Session::little_things() {
  const std::uint64_t first = 100 + written_ * 10;
  put("login", first, 200);
  put("login", first + 1, 0);
  put("login", first + 2, 5000);  // more than a page
  put("login", first, 900);       // replaced
  erase("login", first + 1);
  write("login", [&](Write& write) { write.header.value = HeaderBytes{text(500)}; });
  write_together("login", {[&](Write& write) { write.put.items = {row(first + 3, 250)}; },
                           [&](Write& write) { write.put.items = {row(first + 4, 250)}; },
                           [&](Write& write) { write.erase.items = {first}; },
                           [&](Write& write) {
                             write.put.items = {row(first + 4, 7000), row(first + 5, 1)};
                             write.erase.items = {first + 3};
                           }});
}

// Until it is moved into the file and started again from its beginning.
void Session::grow_the_log() {
  for (int i = 0; i < 3; ++i) put("login", 1, 700'000);
  for (int i = 0; i < 3; ++i) put("login", 2, 300);
}

}  // namespace power
