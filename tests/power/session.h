// A session's writes through the store, and what had been acknowledged when.
#pragma once

#include <functional>

#include "tests/power/contents.h"

namespace power {

// From this many recorded steps on, the store has to hold `contents`.
struct Acknowledged {
  std::size_t steps = 0;
  Contents contents;
};

class Session {
 public:
  // Does everything that a vault asks of a store, in `folder`, while a recording runs. The list
  // starts with the empty store. An error is a request that failed.
  static base::Result<std::vector<Acknowledged>> play(const std::string& folder);

 private:
  explicit Session(std::string folder) : folder_(std::move(folder)) {}
  void restart();
  void create(const std::string& name);
  void remove(const std::string& name);
  void alias(const std::string& name, std::optional<std::string> collection);
  // One write, which `fill` completes; it is applied to what is expected too.
  using Fill = std::function<void(ipc::store::Write&)>;
  ipc::store::Write next_write(const std::string& name, const Fill& fill);
  void write(const std::string& name, const Fill& fill);
  void write_together(const std::string& name, const std::vector<Fill>& fills);
  void put(const std::string& name, std::uint64_t number, std::size_t size);
  void erase(const std::string& name, std::uint64_t number);
  void little_things();
  void grow_the_log();
  void done(const base::Outcome& outcome);

  ipc::store::Row row(std::uint64_t number, std::size_t size);
  base::Bytes text(std::size_t size);

  std::string folder_;
  std::optional<OpenStore> store_;
  Contents expected_;
  std::vector<Acknowledged> acknowledged_{{}};
  base::Outcome failed_ = base::Ok{};
  unsigned written_ = 0;  // so that nothing is written twice alike
};

}  // namespace power
