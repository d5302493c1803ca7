// Passwords in CSV files (RFC 4180), as KeePassXC, Bitwarden, Firefox and Chromium export them.
#pragma once

#include "formats/login.h"

namespace formats {

// The rows of a CSV text. Cells may be quoted, and then hold separators, line ends and doubled
// quotes; the text's end closes what is open.
std::vector<std::vector<WipedString>> csv_rows(base::ByteView text);

// Reads an export whose first row names the columns. Columns that have no meaning here become
// further fields, except for what only tells how the other program shows the entry. How entries
// become records is told in login.h.
//
// Fails with Code::not_supported when no column is called a password.
base::Result<Document> read_csv(base::ByteView file);

}  // namespace formats
