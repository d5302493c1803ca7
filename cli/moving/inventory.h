// What a collection has already, by attributes, secrets and labels; keeps no secret.
#pragma once

#include <map>

#include "cli/fingerprint.h"
#include "cli/moving/haul.h"

namespace cli {

// What an item is to the collection.
enum class Verdict {
  fresh,      // nothing has its attributes
  duplicate,  // something has its attributes and its secret: it is there already
  conflict,   // what has its attributes is something else: both are kept
};

// oo7 shows an item's content type as an attribute too.
inline constexpr const char* kContentTypeAttribute = "xdg:content-type";

// The attributes as they are compared: without the schema that providers give to what has none, and
// without the content type.
Attributes compared(Attributes attributes);

// Content types do not tell items apart: the same bytes under the same attributes are one secret,
// whether called "text/plain", "text/plain; charset=utf8" or "application/octet-stream", and what
// is there keeps its own. Neither do labels, for people change them; but two items of one source
// that differ in their labels alone are two: entries of a password manager may have a title and
// nothing else.
class Inventory {
 public:
  struct Unread {
    std::string label;
    std::string path;
  };
  // An item that is there; its secret is added when it is needed.
  void add_unread(const Attributes& attributes, Unread item);
  // Those with such attributes whose secrets were not added yet; forgets them.
  std::vector<Unread> take_unread(const Attributes& attributes);
  void add(const Attributes& attributes, const std::string& label, base::ByteView secret);

  void begin_source();
  // `item` against all that is there, to which it belongs from now on.
  Verdict take(const MovedItem& item);

 private:
  using Labels = std::map<std::string, bool>;  // whether an item of this source is that one
  struct Entry {
    std::vector<Unread> unread;
    std::map<Fingerprints::Digest, Labels> secrets;
  };
  Labels& labels_of(Entry& entry, base::ByteView secret);

  Fingerprints fingerprints_;
  std::map<Attributes, Entry> entries_;
};

}  // namespace cli
