// The load generator: times single operations of whichever Secret Service owns the name on the bus.
//
//   coffer-bench fill COLLECTION-PATH ITEMS   creates items of 32 bytes, named 0 to ITEMS - 1
//   coffer-bench load COLLECTION-PATH         times operations on a collection that was filled
//   coffer-bench floor FOLDER                 times what operations are made of
//   coffer-bench echo                         owns the service's name, and answers Ping
//
// load and floor say "ready" and the number of items. To each line "OPERATION COUNT" on standard
// input they then answer with one line: COUNT times in microseconds, or "error" and why. So several
// of these can take turns, and all see the same machine.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <iostream>
#include <thread>

#include "tests/bench/client.h"
#include "tests/bench/floors.h"

namespace {

using bench::Client;
using Transfer = Client::Transfer;
using Times = std::vector<double>;

constexpr std::size_t kMany = 100;         // items in one GetSecrets
constexpr std::size_t kMostListed = 1000;  // items in one round of GetAll
constexpr std::size_t kEach = 20;          // calls of each client of a crowd

template <class F>
double microseconds(F&& act) {
  const auto begin = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

template <class F>
Times repeat(std::size_t count, F&& act) {
  Times times;
  for (std::size_t i = 0; i < count; ++i) times.push_back(microseconds(act));
  return times;
}

// secret-tool as a person runs it: a process, a connection, a session, a search, a secret.
void run_secret_tool(const std::string& name) {
  std::array<std::string, 4> words{"secret-tool", "lookup", "number", name};
  std::array<char*, 5> arguments{};
  std::transform(words.begin(), words.end(), arguments.begin(),
                 [](std::string& word) { return word.data(); });
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1 /* O_WRONLY */, 0);
  pid_t pid = 0;
  int status = 1;
  const int failed =
      ::posix_spawnp(&pid, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed || ::waitpid(pid, &status, 0) < 0 || status != 0)
    throw bench::Refused("secret-tool found nothing");
}

class Load {
 public:
  explicit Load(std::string collection)
      : collection_(std::move(collection)), client_(collection_), paths_(client_.all_items()) {
    if (paths_.empty()) throw bench::Refused("the collection is empty");
    std::sort(paths_.begin(), paths_.end());
  }
  std::size_t items() const { return paths_.size(); }

  // Ends in a number where the operation has a size: GetSecret-4096, Clients-8, Writers-64.
  Times run(const std::string& operation, std::size_t count) {
    const auto dash = operation.rfind('-');
    const std::string kind = operation.substr(0, dash);
    const std::size_t size =
        dash == std::string::npos ? 0 : std::strtoul(operation.c_str() + dash + 1, nullptr, 10);
    if (operation == "OpenSession-plain") return open_sessions(count, Transfer::plain);
    if (operation == "OpenSession-dh") return open_sessions(count, Transfer::encrypted);
    if (operation == "GetSecret-dh")
      return repeat(count, [&] { client_.get_secret(pick(), Transfer::encrypted); });
    if (kind == "Ping") return repeat(count, [&] { client_.ping(); });
    if (kind == "SearchItems") return repeat(count, [&] { client_.search(pick_name()); });
    if (kind == "Lookup")
      return repeat(count, [&] {
        client_.get_secrets({client_.search(pick_name()).at(0)}, Transfer::encrypted);
      });
    if (kind == "secret_tool") return repeat(count, [&] { run_secret_tool(pick_name()); });
    if (kind == "GetSecrets") return repeat(count, [&] { client_.get_secrets(first(kMany)); });
    if (kind == "GetAll") return list_items(count);
    if (kind == "GetSecret" && size == 0) return repeat(count, [&] { client_.get_secret(pick()); });
    if (kind == "GetSecret") return read_sized(count, size);
    if (kind == "CreateItem") return create(count, size == 0 ? 32 : size);
    if (kind == "Replace") return repeat(count, [&] { client_.create(pick_name(), 32, true); });
    if (kind == "Delete") return remove(count);
    if (kind == "Clients")
      return crowd(size, count, [this](Client& client, std::size_t i, std::size_t n) {
        client.get_secret(paths_[(i + n) % paths_.size()]);
      });
    if (kind == "Writers") return write_together(size, count);
    throw bench::Refused("there is no operation " + operation);
  }

 private:
  const std::string& pick() { return paths_[++round_ * 7919 % paths_.size()]; }
  std::string pick_name() { return std::to_string(++round_ * 7919 % paths_.size()); }
  std::vector<std::string> first(std::size_t most) const {
    return {paths_.begin(),
            paths_.begin() + static_cast<std::ptrdiff_t>(std::min(most, paths_.size()))};
  }
  Times open_sessions(std::size_t count, Transfer transfer) {
    std::string session;
    Times times;
    for (std::size_t i = 0; i < count; ++i) {
      times.push_back(microseconds([&] { session = client_.open_session(transfer); }));
      client_.close_session(session);
    }
    return times;
  }
  // For each item of them.
  Times list_items(std::size_t count) {
    const auto some = first(kMostListed);
    Times times = repeat(count, [&] { client_.get_all(some); });
    for (double& time : times) time /= static_cast<double>(some.size());
    return times;
  }
  Times read_sized(std::size_t count, std::size_t size) {
    const std::string item = client_.create(fmt::format("of {} bytes", size), size, true);
    Times times = repeat(count, [&] { client_.get_secret(item); });
    client_.remove(item);
    return times;
  }
  Times create(std::size_t count, std::size_t size) {
    std::vector<std::string> made;
    Times times = repeat(count, [&] {
      made.push_back(client_.create(fmt::format("new {}", ++round_), size, false));
    });
    for (const std::string& item : made) client_.remove(item);
    return times;
  }
  Times remove(std::size_t count) {
    Times times;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string item = client_.create(fmt::format("new {}", ++round_), 32, false);
      times.push_back(microseconds([&] { client_.remove(item); }));
    }
    return times;
  }
  // Each client replaces an item of its own.
  Times write_together(std::size_t size, std::size_t rounds) {
    const auto own = [](std::size_t i) { return fmt::format("writer {}", i); };
    std::vector<std::string> items;
    for (std::size_t i = 0; i < size; ++i) items.push_back(client_.create(own(i), 32, true));
    Times times = crowd(size, rounds, [&](Client& client, std::size_t i, std::size_t) {
      client.create(own(i), 32, true);
    });
    for (const std::string& item : items) client_.remove(item);
    return times;
  }
  // `size` clients call, all at once: act(client, which of them, how many calls before). The first
  // time is what one call took on average, over all of them: the throughput's inverse. Each call's
  // own time follows.
  template <class F>
  Times crowd(std::size_t size, std::size_t rounds, F&& act) {
    std::vector<std::unique_ptr<Client>> clients;
    while (clients.size() < size) clients.push_back(std::make_unique<Client>(collection_));
    std::vector<Times> times(size);
    std::barrier ready(static_cast<std::ptrdiff_t>(size + 1));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < size; ++i)
      threads.emplace_back([&, i] {
        ready.arrive_and_wait();
        for (std::size_t n = 0; n < rounds * kEach; ++n)
          times[i].push_back(microseconds([&] { act(*clients[i], i, n); }));
      });
    ready.arrive_and_wait();
    const double all = microseconds([&] {
      for (std::thread& thread : threads) thread.join();
    });
    Times out{all / static_cast<double>(size * rounds * kEach)};
    for (const Times& each : times) out.insert(out.end(), each.begin(), each.end());
    return out;
  }

  std::string collection_;
  Client client_;
  std::vector<std::string> paths_;
  std::size_t round_ = 0;
};

// Answers each line of standard input.
template <class F>
void serve(std::size_t items, F&& run) {
  fmt::print("ready {}\n", items);
  std::fflush(stdout);
  std::string operation;
  for (std::size_t count = 0; std::cin >> operation >> count; std::fflush(stdout)) {
    try {
      fmt::print("{:.2f}\n", fmt::join(run(operation, count), " "));
    } catch (const std::exception& error) {
      fmt::print("error {}\n", error.what());
    }
  }
}

int run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "fill" && words.size() == 3) {
    Client(words[1]).fill(std::stoul(words[2]));
  } else if (command == "load" && words.size() == 2) {
    Load load(words[1]);
    serve(load.items(), [&](const std::string& operation, std::size_t count) {
      return load.run(operation, count);
    });
  } else if (command == "floor" && words.size() == 2) {
    const auto floors = bench::make_floors(words[1]);
    serve(0, [&](const std::string& operation, std::size_t count) {
      return repeat(count, floors.at(operation));
    });
  } else if (command == "echo" && words.size() == 1) {
    bench::answer_pings();
  } else {
    fmt::print(stderr, "usage: coffer-bench fill PATH ITEMS | load PATH | floor FOLDER | echo\n");
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  dbus_threads_init_default();
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "coffer-bench: {}\n", error.what());
    return 1;
  }
}
