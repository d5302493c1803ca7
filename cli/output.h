// What people read: tables and lists, aligned; in colour on a terminal alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

enum class Style { plain, strong, faint, good, warning };

// `text` in that style when standard output is a terminal (and NO_COLOR is not set).
std::string styled(Style style, std::string_view text);

// Of the terminal that standard output is, at least 60; a great many where it is none.
std::size_t terminal_columns();

// `text`, which begins in column `indent`, broken between words into lines of `columns`, the others
// indented as far. Words are never broken, and what fits a line is left as it is.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

// Columns as wide as their widest cell. Cells are made visible(); their style does not count. On a
// terminal that is too narrow, the last column has lines of its own, below the others.
class Table {
 public:
  struct Cell {
    Cell(std::string raw, Style how = Style::plain) : text(std::move(raw)), style(how) {}
    Cell(const char* raw) : text(raw) {}
    std::string text;
    Style style = Style::plain;
  };
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<Cell> row);
  // Prints nothing when no row was added.
  void print() const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

// Seconds since the epoch as "2 hours ago"; "unknown" for 0.
std::string relative_time(std::uint64_t when, std::uint64_t now);
std::string relative_time(std::uint64_t when);

// As "2026-01-31T12:00:00Z".
std::string iso_time(std::uint64_t when);

}  // namespace cli
