#include "broker/log_check.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace broker {
namespace {

// https://sqlite.org/fileformat.html, section 4. Numbers are big-endian; those that are summed up
// are as the header says.
constexpr std::size_t kHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kMagic = 0x377f0682;  // the lowest bit: sums are of big-endian numbers
constexpr std::uint32_t kFormat = 3'007'000;

using Salts = std::pair<std::uint32_t, std::uint32_t>;
using Frame = std::array<std::byte, kFrameHeader + kPage>;

std::uint32_t big_endian(base::ByteView bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return number;
}

Salts salts_at(base::ByteView bytes, std::size_t at) {
  return {big_endian(bytes, at), big_endian(bytes, at + 4)};
}

struct Sum {
  std::uint32_t first = 0, second = 0;
  bool big = false;

  void add(base::ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      first += number(bytes, i) + second;
      second += number(bytes, i + 4) + first;
    }
  }
  bool is_at(base::ByteView bytes, std::size_t at) const {
    return big_endian(bytes, at) == first && big_endian(bytes, at + 4) == second;
  }

 private:
  std::uint32_t number(base::ByteView bytes, std::size_t at) const {
    const std::uint32_t read = big_endian(bytes, at);
    return big ? read : __builtin_bswap32(read);
  }
};

class Log {
 public:
  explicit Log(const std::string& path)
      : database_(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)),
        log_(::open((path + "-wal").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)) {}
  std::size_t lost();

 private:
  // The sums so far and the salts that each frame has; nothing when the header is damaged.
  std::optional<std::pair<Sum, Salts>> header() const;
  bool read(std::size_t number, Frame& frame) const;
  std::size_t lost_behind_damage(Sum sum, Salts salts) const;
  std::size_t lost_without_header() const;

  base::UniqueFd database_, log_;
};

std::size_t Log::lost() {
  Frame first{};
  if (!log_.valid() || !read(0, first)) return 0;
  const auto start = header();
  return start ? lost_behind_damage(start->first, start->second) : lost_without_header();
}

std::optional<std::pair<Sum, Salts>> Log::header() const {
  std::array<std::byte, kHeader> bytes{};
  if (::pread(log_.get(), bytes.data(), kHeader, 0) != static_cast<ssize_t>(kHeader))
    return std::nullopt;
  const std::uint32_t magic = big_endian(bytes, 0);
  Sum sum{0, 0, (magic & 1) != 0};
  sum.add(base::ByteView(bytes).first(24));
  if ((magic & ~1u) != kMagic || big_endian(bytes, 4) != kFormat || big_endian(bytes, 8) != kPage ||
      !sum.is_at(bytes, 24))
    return std::nullopt;
  return std::pair(sum, salts_at(bytes, 16));
}

bool Log::read(std::size_t number, Frame& frame) const {
  const auto at = static_cast<off_t>(kHeader + number * frame.size());
  return ::pread(log_.get(), frame.data(), frame.size(), at) == static_cast<ssize_t>(frame.size());
}

// Frames of earlier logs may follow the last one: both of their salts are others. One that is only
// damaged still has one of them.
std::size_t Log::lost_behind_damage(Sum sum, Salts salts) const {
  Frame frame{};
  std::size_t commits = 0;
  bool damaged = false;
  for (std::size_t i = 0; read(i, frame); ++i) {
    const base::ByteView bytes(frame);
    if (!damaged) {
      sum.add(bytes.first(8));
      sum.add(bytes.subspan(kFrameHeader));
      damaged = salts_at(bytes, 8) != salts || !sum.is_at(bytes, 16);
    }
    const Salts found = salts_at(bytes, 8);
    const bool is_ours = found.first == salts.first || found.second == salts.second;
    if (damaged && is_ours && big_endian(bytes, 4) != 0) ++commits;
  }
  return commits > 1 ? commits - 1 : 0;
}

// A header may be torn when a log starts anew; then all of the old one is in the database already.
std::size_t Log::lost_without_header() const {
  Frame frame{};
  std::map<std::uint32_t, std::size_t> newest;  // page: frame
  std::size_t commits = 0;
  std::optional<Salts> salts;
  for (std::size_t i = 0; read(i, frame); ++i) {
    if (!salts) salts = salts_at(frame, 8);
    if (salts_at(frame, 8) != *salts) break;
    newest[big_endian(frame, 0)] = i;
    commits += big_endian(frame, 4) != 0;
  }
  const auto is_in_database = [&](const auto& entry) {
    std::array<std::byte, kPage> page{};
    const auto at = (static_cast<off_t>(entry.first) - 1) * static_cast<off_t>(kPage);
    return at >= 0 && read(entry.second, frame) &&
           ::pread(database_.get(), page.data(), kPage, at) == static_cast<ssize_t>(kPage) &&
           std::memcmp(page.data(), frame.data() + kFrameHeader, kPage) == 0;
  };
  return std::all_of(newest.begin(), newest.end(), is_in_database) ? 0 : commits;
}

}  // namespace

std::size_t lost_writes(const std::string& path) { return Log(path).lost(); }

}  // namespace broker
