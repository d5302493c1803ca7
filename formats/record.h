// What every format is read into and written from.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/secret_buffer.h"

namespace formats {

using Attributes = std::map<std::string, std::string>;

// One item. The texts are UTF-8 without NUL.
struct Record {
  std::string label;
  Attributes attributes;       // with "xdg:schema" where the format knows the schema
  std::uint64_t created = 0;   // seconds since 1970; 0: unknown
  std::uint64_t modified = 0;  // likewise
  std::string content_type = "text/plain";
  SecretBuffer secret;
};

// Something that could not be read, while the rest could. Never quotes a secret.
struct Damage {
  std::optional<std::size_t> item;  // counted from 0 as the file counts; none: the whole file
  std::string what;                 // "label"
  std::string why;                  // "is not UTF-8"
};

struct Document {
  std::string label;           // empty where the format has none
  std::uint64_t created = 0;   // seconds since 1970; 0: unknown
  std::uint64_t modified = 0;  // likewise
  std::vector<Record> records;
  std::vector<Damage> damages;
};

// How much work a file may ask for.
struct Limits {
  std::uint32_t kdf_rounds = 10'000'000;  // more are refused with Code::limits_exceeded
};

// Fills a range with bytes nobody can predict: salts and initialisation vectors of what is written.
using Random = std::function<void(base::MutableBytes)>;

}  // namespace formats
