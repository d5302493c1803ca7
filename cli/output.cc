#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/visible.h"

namespace cli {
namespace {

bool has_colour() {
  static const bool has = [] {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && (!no_colour || *no_colour == '\0') && terminal &&
           std::string_view(terminal) != "dumb";
  }();
  return has;
}

const char* sequence(Style style) {
  switch (style) {
    case Style::strong:
      return "\x1b[1m";
    case Style::faint:
      return "\x1b[2m";
    case Style::good:
      return "\x1b[32m";
    case Style::warning:
      return "\x1b[33m";
    case Style::plain:
      break;
  }
  return "";
}

}  // namespace

std::string styled(Style style, std::string_view text) {
  if (style == Style::plain || !has_colour()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", sequence(style), text);
}

std::size_t terminal_columns() {
  constexpr std::size_t kLeast = 60, kMany = 10'000;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kMany;
  return std::max<std::size_t>(size.ws_col, kLeast);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  if (indent + width_of(text) <= columns) return std::string(text);
  std::string lines;
  std::size_t at = indent;  // the column where the line ends so far
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (at > indent && at + 1 + width_of(word) > columns) {
      lines.append("\n").append(indent, ' ');
      at = indent;
    } else if (at > indent) {
      lines += ' ';
      ++at;
    }
    lines += word;
    at += width_of(word);
  }
  return lines;
}

Table::Table(std::vector<std::string> headings) {
  rows_.emplace_back();
  for (std::string& heading : headings)
    rows_.front().emplace_back(std::move(heading), Style::faint);
}

void Table::add(std::vector<Cell> row) {
  for (Cell& cell : row) cell.text = visible(cell.text);
  rows_.push_back(std::move(row));
}

void Table::print() const {
  if (rows_.size() < 2) return;
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i].text));
  std::size_t total = 2 * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  const bool is_narrow = total > terminal_columns();
  for (const auto& row : rows_) {
    std::string line;
    std::size_t gap = 0;  // before the next cell that is not empty: no line ends in spaces
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (is_narrow && i + 1 == widths.size()) {
        // What is in a line of its own needs no heading.
        if (&row == &rows_.front() || row[i].text.empty()) break;
        line += "\n";
        gap = 2;
      }
      if (!row[i].text.empty()) {
        line.append(gap, ' ');
        line += styled(row[i].style, row[i].text);
        gap = 0;
      }
      gap += widths[i] - width_of(row[i].text) + 2;
    }
    fmt::print("{}\n", line);
  }
}

std::string relative_time(std::uint64_t when, std::uint64_t now) {
  if (when == 0) return "unknown";
  if (when > now) return iso_time(when);
  struct Unit {
    std::uint64_t seconds;
    const char* name;
  };
  constexpr Unit units[] = {
      {31'557'600, "year"}, {2'629'800, "month"}, {86'400, "day"}, {3'600, "hour"}, {60, "minute"}};
  for (const Unit& unit : units)
    if (const std::uint64_t count = (now - when) / unit.seconds; count > 0)
      return fmt::format("{} {}{} ago", count, unit.name, count == 1 ? "" : "s");
  return "just now";
}

std::string relative_time(std::uint64_t when) {
  return relative_time(when, static_cast<std::uint64_t>(::time(nullptr)));
}

std::string iso_time(std::uint64_t when) {
  const auto seconds = static_cast<time_t>(when);
  tm parts{};
  char text[64] = "";
  if (!::gmtime_r(&seconds, &parts)) return "unknown";
  ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace cli
