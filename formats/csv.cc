#include "formats/csv.h"

#include <algorithm>

#include "formats/iso_time.h"

namespace formats {
namespace {

using Row = std::vector<WipedString>;

enum class Column { title, username, url, folder, password, created, modified, ignored, other };

struct Known {
  std::string_view name;  // in lower case
  Column column;
};

constexpr Known known_columns[] = {
    // KeePassXC
    {"group", Column::folder},
    {"title", Column::title},
    {"username", Column::username},
    {"password", Column::password},
    {"url", Column::url},
    {"icon", Column::ignored},
    {"last modified", Column::modified},
    {"created", Column::created},
    // Bitwarden
    {"folder", Column::folder},
    {"favorite", Column::ignored},
    {"type", Column::ignored},
    {"name", Column::title},
    {"reprompt", Column::ignored},
    {"login_uri", Column::url},
    {"login_username", Column::username},
    {"login_password", Column::password},
    // Firefox
    {"guid", Column::ignored},
    {"timecreated", Column::ignored},  // in milliseconds
    {"timelastused", Column::ignored},
    {"timepasswordchanged", Column::ignored},
};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return lower;
}

Column column_of(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const Known& known : known_columns)
    if (known.name == lower) return known.column;
  return Column::other;
}

// "login_totp" and "TOTP" are both "totp".
std::string field_name(std::string_view name) {
  std::string field = repaired(lower_case(name));
  if (field.starts_with("login_")) field.erase(0, 6);
  return field.empty() ? "field" : field;
}

void read_cell(Column column, std::string_view name, const WipedString& cell, Login& login) {
  switch (column) {
    case Column::title:
      login.title = cell;
      break;
    case Column::username:
      login.username = cell;
      break;
    case Column::url:
      login.url = cell;
      break;
    case Column::folder:
      login.folder = cell;
      break;
    case Column::password:
      login.password = cell;
      break;
    case Column::created:
      login.created = unix_time_of(cell);
      break;
    case Column::modified:
      login.modified = unix_time_of(cell);
      break;
    case Column::other:
      login.others.push_back({field_name(name), cell});
      break;
    case Column::ignored:
      break;
  }
}

// Splits a text into rows, one character after the other.
class Splitter {
 public:
  std::vector<Row> split(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char next = i + 1 < text.size() ? text[i + 1] : '\0';
      if (quoted_ && text[i] == '"' && next == '"')
        cell_ += text[++i];
      else if (text[i] == '"' && (quoted_ || cell_.empty()))
        quoted_ = !quoted_;
      else if (text[i] == ',' && !quoted_)
        end_cell();
      else if (text[i] == '\n' && !quoted_)
        end_row();
      else if (text[i] == '\r' && next == '\n' && !quoted_)
        continue;
      else
        cell_ += text[i];
    }
    end_row();
    return std::move(rows_);
  }

 private:
  void end_cell() { row_.push_back(std::exchange(cell_, {})); }
  void end_row() {
    quoted_ = false;
    if (row_.empty() && cell_.empty()) return;  // a blank line
    end_cell();
    rows_.push_back(std::exchange(row_, {}));
  }

  std::vector<Row> rows_;
  Row row_;
  WipedString cell_;
  bool quoted_ = false;
};

}  // namespace

std::vector<std::vector<WipedString>> csv_rows(base::ByteView text) {
  std::string_view view = base::text_of(text);
  if (view.starts_with("\xef\xbb\xbf")) view.remove_prefix(3);
  return Splitter().split(view);
}

base::Result<Document> read_csv(base::ByteView file) {
  const std::vector<Row> rows = csv_rows(file);
  std::vector<Column> columns;
  if (!rows.empty())
    for (const WipedString& name : rows[0]) columns.push_back(column_of(name));
  if (std::ranges::find(columns, Column::password) == columns.end())
    return base::fail(base::Code::not_supported, "no column of the CSV file is called a password");
  Document document;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != columns.size())
      document.damages.push_back({i - 1, "row", "has not as many cells as the first"});
    Login login;
    for (std::size_t k = 0; k < std::min(rows[i].size(), columns.size()); ++k)
      read_cell(columns[k], rows[0][k], rows[i][k], login);
    if (login.title.empty()) login.title = login.url;
    add_login(document, i - 1, login);
  }
  return document;
}

}  // namespace formats
