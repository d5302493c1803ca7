// Damages a collection's file in every place, and starts a daemon on what is left.
//
// damaged_store cut: the file ends at every length. damaged_store flip: every byte is altered.
// damaged_store log: every third byte of the write-ahead log of a daemon that was killed. Each time
// the other collection has to be served, no secret may be wrong, and what is not served has to
// be named in the log. A file that the daemon replaces has to be kept aside as it was; one that it
// does not serve has to stay as it was.
#include <fmt/format.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "tests/damage/daemon.h"

namespace {

using damage::Daemon;
namespace fs = std::filesystem;
using Items = std::map<std::string, std::string>;

constexpr std::size_t kWriteStride = 16;  // every so many times, the daemon also writes

// Standard error, for us to read.
class Log {
 public:
  Log() : file_(::memfd_create("log", MFD_CLOEXEC)) { ::dup2(file_.get(), STDERR_FILENO); }
  std::string take() {
    std::string text(static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)), '\0');
    const ssize_t got = ::pread(file_.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (::ftruncate(file_.get(), 0) == 0) ::lseek(file_.get(), 0, SEEK_SET);
    return text;
  }

 private:
  base::UniqueFd file_;
};

std::string contents_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Count {
  std::size_t tried = 0, whole = 0, part = 0, refused = 0, replaced = 0;
  std::size_t wrong_password = 0;  // of the refused: a damaged key slot opens with no password
};

class Experiment {
 public:
  // `ending`: of the collection's file that is damaged.
  Experiment(const fs::path& top, std::string ending)
      : folder_(top / "data"), kept_(top / "kept"), ending_(std::move(ending)) {}
  base::Outcome prepare();
  const std::string& whole_file() const { return whole_; }
  // What goes wrong with the file `damaged`; nothing when all is as promised.
  std::string wrong_with(const std::string& damaged);
  const Count& count() const { return count_; }

 private:
  fs::path collection() const { return folder_ / "collections/login.coffer"; }
  fs::path file() const { return collection().string() + ending_; }
  std::string judge(const std::string& damaged, const Items& served, const std::string& log);
  std::string wrong_after_a_write(const Items& before);

  fs::path folder_, kept_;
  std::string ending_;
  damage::Surroundings around_;
  Log log_;
  std::string whole_;
  Items items_, other_;
  Items before_last_;  // what a power cut might have left of a log
  Count count_;
};

base::Outcome Experiment::prepare() {
  fs::create_directories(folder_ / "collections");
  {
    Daemon daemon(around_, folder_);
    if (auto done = daemon.log_in("password"); !done) return done;
    if (auto done = daemon.create_collection("other", "password"); !done) return done;
    for (const char* secret : {"one", "two", "three"})
      if (auto done = daemon.create_item("login", secret); !done) return done;
    if (auto done = daemon.create_item("other", "four"); !done) return done;
    items_ = before_last_ = daemon.items("login");
    other_ = daemon.items("other");
    before_last_.erase("label of three");
    if (!ending_.empty()) fs::copy(folder_, kept_, fs::copy_options::recursive);
  }
  if (ending_.empty()) fs::copy(folder_, kept_, fs::copy_options::recursive);
  whole_ = contents_of(kept_ / fs::relative(file(), folder_));
  if (items_.size() != 3 || other_.size() != 1 || whole_.empty())
    return base::fail(base::Code::internal, "an undamaged store is not served");
  return base::Ok{};
}

std::string Experiment::wrong_with(const std::string& damaged) {
  fs::remove_all(folder_);
  fs::copy(kept_, folder_, fs::copy_options::recursive);
  std::ofstream(file(), std::ios::binary) << damaged;
  log_.take();
  Items served;
  std::string said;
  {
    Daemon daemon(around_, folder_);
    if (auto done = daemon.log_in("password"); !done) {
      said = "<3>" + done.error().what;  // as the daemon logs it
      count_.wrong_password += done.error().code == base::Code::wrong_password;
    }
    if (!daemon.unlock("other", "password") || daemon.items("other") != other_)
      return "the other collection is not served";
    served = daemon.items("login");
  }
  if (auto wrong = judge(damaged, served, said + log_.take()); !wrong.empty()) return wrong;
  if (!served.empty() && count_.tried % kWriteStride == 0) return wrong_after_a_write(served);
  return "";
}

std::string Experiment::judge(const std::string& damaged, const Items& served,
                              const std::string& log) {
  ++count_.tried;
  ++(served == items_ ? count_.whole : served.empty() ? count_.refused : count_.part);
  for (const auto& [label, secret] : served)
    if (!items_.contains(label) || items_.at(label) != secret) return "a wrong secret is served";
  const bool as_cut = !ending_.empty() && served == before_last_;
  if (served != items_ && !as_cut && log.find("<3>") == std::string::npos)
    return "nothing is said: " + log;
  const fs::path aside = collection().string() + ".damaged-1" + ending_;
  if (!fs::exists(aside))
    return served.empty() && ending_.empty() && damaged != contents_of(file())
               ? "a file that is not served was changed"
               : "";
  ++count_.replaced;
  struct stat status {};
  if (::stat(aside.c_str(), &status) != 0 || (status.st_mode & 0777u) != 0600u)
    return "the damaged file is kept where others may read it";
  return contents_of(aside) == damaged ? "" : "the damaged file is not kept as it was";
}

// A new item is kept, and takes no other's place; or the collection can only be read, and says so.
std::string Experiment::wrong_after_a_write(const Items& before) {
  {
    Daemon daemon(around_, folder_);
    static_cast<void>(daemon.log_in("password"));
    const auto done = daemon.create_item("login", "new");
    if (!done && done.error().code == base::Code::damaged) return "";
    if (!done) return "a new item is refused: " + done.error().what;
  }
  Daemon daemon(around_, folder_);
  static_cast<void>(daemon.log_in("password"));
  Items expected = before;
  expected["label of new"] = "new";
  return daemon.items("login") == expected ? "" : "a new item damages the others";
}

std::string cut(std::string whole, std::size_t length) {
  whole.resize(length);
  return whole;
}

std::string flip(std::string whole, std::size_t at) {
  whole[at] = static_cast<char>(whole[at] ^ (at % 2 == 0 ? 0xff : 1 << at / 2 % 8));
  return whole;
}

struct Damage {
  const char* what;
  std::string ending;
  std::size_t stride;
  std::string (*damage)(std::string, std::size_t);
};

const std::map<std::string_view, Damage> kDamages = {{"cut", {"cut", "", 1, cut}},
                                                     {"flip", {"altered", "", 1, flip}},
                                                     {"log", {"altered", "-wal", 3, flip}}};

int run(const fs::path& top, const Damage& damage) {
  Experiment experiment(top, damage.ending);
  if (auto prepared = experiment.prepare(); !prepared)
    return std::puts(prepared.error().what.c_str()), 1;
  const std::string whole = experiment.whole_file();
  if (!experiment.wrong_with(whole).empty()) return std::puts("the whole file is not served"), 1;
  int status = 0;
  for (std::size_t at = 0; at < whole.size(); at += damage.stride) {
    const std::string wrong = experiment.wrong_with(damage.damage(whole, at));
    if (wrong.empty()) continue;
    std::printf("%s %zu: %s\n", damage.what, at, wrong.c_str());
    status = 1;
  }
  const Count& count = experiment.count();
  std::printf(
      "%zu files %s: %zu served whole, %zu in part, %zu refused (%zu as a wrong password); "
      "%zu replaced\n",
      count.tried, damage.what, count.whole, count.part, count.refused, count.wrong_password,
      count.replaced);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const auto how = kDamages.find(argc == 2 ? argv[1] : "");
  if (how == kDamages.end()) return std::puts("usage: damaged_store cut|flip|log"), 2;
  if (sodium_init() < 0) return 1;
  ::umask(077);
  ::setenv("JOURNAL_STREAM", "1:1", 1);  // so that each line says how grave it is
  base::log::start("cofferd");
  const fs::path place = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path();
  std::string pattern = place / "coffer-damage-XXXXXX";
  if (!::mkdtemp(pattern.data())) return std::puts("no temporary folder"), 1;
  const int status = run(pattern, how->second);
  fs::remove_all(pattern);
  return status;
}
