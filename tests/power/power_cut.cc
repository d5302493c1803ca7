// Cuts the power at the moments of a session, and looks at what is left.
//
// The session's changes to files are recorded. For every prefix of the record, and for many ways in
// which what was not synced may have arrived, the files are built anew and opened: the store has to
// open, has to hold everything that was acknowledged by then and nothing by half, and has to take
// the next write. (Of long runs of writes to large files, prefixes are left out: see kStride.)
// Afterwards the same is done with a disk that ignores syncs, where it has to fail: otherwise it
// would prove nothing.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/log.h"
#include "broker/log_check.h"
#include "tests/power/disk.h"
#include "tests/power/session.h"

namespace {

using namespace power;
namespace fs = std::filesystem;

std::string g_folder;  // the data directory, built anew for every cut

constexpr std::size_t kLarge = 256 * 1024;  // images from here on are tried at fewer moments
constexpr std::size_t kStride = 60;
constexpr std::size_t kRecoveryStride = 97;  // every so many images: its recovery is cut too

void build(const Image& image) {
  fs::remove_all(g_folder);
  fs::create_directories(g_folder + "/collections");
  for (const auto& [path, contents] : image) std::ofstream(path, std::ios::binary) << contents;
}

Image files() {
  Image image;
  for (const auto& entry : fs::recursive_directory_iterator(g_folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    image[entry.path()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return image;
}

std::size_t size_of(const Image& image) {
  std::size_t size = 0;
  for (const auto& [path, contents] : image) size += contents.size();
  return size;
}

std::size_t hash_of(const Image& image, std::size_t seed) {
  for (const auto& [path, contents] : image)
    seed = seed * 31 + std::hash<std::string>()(path) * 17 + std::hash<std::string>()(contents);
  return seed;
}

struct Count {
  std::size_t moments = 0;     // prefixes of the record
  std::size_t images = 0;      // different states of the disk that were opened
  std::size_t recoveries = 0;  // of these, power cuts while the store recovered from one
};

// What may be found: the newest contents acknowledged by now, or those of the request under way.
std::span<const Acknowledged> allowed_at(std::span<const Acknowledged> all, std::size_t steps) {
  std::size_t last = 0;
  while (last + 1 < all.size() && all[last + 1].steps <= steps) ++last;
  return all.subspan(last, std::min<std::size_t>(2, all.size() - last));
}

// What is wrong with the store in g_folder; nothing when all is well.
std::string wrong_with_store(std::span<const Acknowledged> allowed) {
  for (const auto& entry : fs::directory_iterator(g_folder + "/collections"))
    if (broker::lost_writes(entry.path()) > 0) return "a power cut is taken for damage";
  OpenStore store(g_folder);
  if (auto opened = store.outcome(); !opened) return "it does not open: " + opened.error().what;
  auto found = store.contents();
  if (!found) return "it cannot be read: " + found.error().what;
  if (std::none_of(allowed.begin(), allowed.end(),
                   [&](const Acknowledged& each) { return each.contents == *found; }))
    return "something acknowledged is missing, or something is there by half";
  for (auto& [name, collection] : found->collections) {
    const std::uint64_t now = collection.generation;
    ipc::store::Write write{{name}, now, now + 1, {collection.manifest}, {}, {}, {}};
    if (auto done = store.ask(std::move(write)); !done)
      return "it takes no more writes: " + done.error().what;
  }
  auto again = store.contents();
  for (auto& [name, collection] : found->collections) ++collection.generation;
  return again && *again == *found ? "" : "it does not keep a new write";
}

// Cuts the power while the store recovers from `image`.
std::string wrong_with_recovery(const Image& image, std::span<const Acknowledged> allowed,
                                Count& count) {
  build(image);
  start_recording(g_folder, image);
  { OpenStore(g_folder).contents().operator bool(); }
  const std::vector<Step> steps = stop_recording();
  Disk disk(image);
  for (const Step& step : steps) {
    disk.take(step);
    for (const Image& after : disk.after_a_cut()) {
      build(after);
      ++count.recoveries;
      if (auto wrong = wrong_with_store(allowed); !wrong.empty())
        return "after a second cut, " + wrong;
    }
  }
  return "";
}

bool is_turning_point(const Step& step) { return step.kind != Step::Kind::write; }

// The first thing that is wrong at some moment of the record.
std::string explore(std::span<const Step> steps, std::span<const Acknowledged> acknowledged,
                    Count& count) {
  Disk disk({});
  std::set<std::size_t> seen;  // an image with the same expectation need not be tried twice
  std::size_t last_size = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    disk.take(steps[i]);
    const bool near_a_turn =
        is_turning_point(steps[i]) || (i + 1 < steps.size() && is_turning_point(steps[i + 1]));
    if (last_size > kLarge && !near_a_turn && i % kStride != 0) continue;
    ++count.moments;
    const auto allowed = allowed_at(acknowledged, i + 1);
    for (const Image& image : disk.after_a_cut()) {
      last_size = size_of(image);
      if (!seen.insert(hash_of(image, allowed.front().steps)).second) continue;
      build(image);
      std::string wrong = wrong_with_store(allowed);
      if (wrong.empty() && ++count.images % kRecoveryStride == 0 && last_size < kLarge)
        wrong = wrong_with_recovery(image, allowed, count);
      if (!wrong.empty()) return fmt::format("cut after step {}: {}", i + 1, wrong);
    }
  }
  return "";
}

// The record as a disk sees it that takes syncs of this kind for done.
std::vector<Step> without(std::vector<Step> steps, Step::Kind kind) {
  for (Step& step : steps)
    if (step.kind == kind) step = {Step::Kind::resize, 0, {}, {}, 0, {}};  // changes nothing
  return steps;
}

bool is_noticed(const std::vector<Step>& steps, std::span<const Acknowledged> acknowledged,
                Step::Kind ignored, const char* what) {
  Count count;
  const std::string wrong = explore(without(steps, ignored), acknowledged, count);
  std::printf("a disk that ignores syncs of %s: %s\n", what,
              wrong.empty() ? "NOT NOTICED" : wrong.c_str());
  return !wrong.empty();
}

int run() {
  build({});
  start_recording(g_folder, {});
  const auto acknowledged = Session::play(g_folder);
  const std::vector<Step> steps = stop_recording();
  if (!acknowledged)
    return std::printf("the session failed: %s\n", acknowledged.error().what.c_str()), 1;
  Disk whole({});
  for (const Step& step : steps) whole.take(step);
  if (whole.now() != files()) return std::puts("the record does not lead to the files"), 1;

  Count count;
  const std::string wrong = explore(steps, *acknowledged, count);
  std::printf("%zu steps, %zu acknowledged requests\n", steps.size(), acknowledged->size() - 1);
  std::printf("%zu cut points at %zu moments, %zu more during recovery: %s\n", count.images,
              count.moments, count.recoveries,
              wrong.empty() ? "all acknowledged was there" : wrong.c_str());
  const bool files_noticed = is_noticed(steps, *acknowledged, Step::Kind::sync, "files");
  const bool folders_noticed = is_noticed(steps, *acknowledged, Step::Kind::sync_folder, "folders");
  return wrong.empty() && count.images >= 1000 && files_noticed && folders_noticed ? 0 : 1;
}

}  // namespace

int main() {
  base::log::start("power_cut", static_cast<base::log::Level>(0));
  // In memory where that is possible: no real disk is part of the question.
  const fs::path place = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path();
  std::string pattern = place / "coffer-power-XXXXXX";
  if (!::mkdtemp(pattern.data())) return std::puts("no temporary folder"), 1;
  g_folder = pattern + "/data";
  const int status = run();
  fs::remove_all(pattern);
  return status;
}
