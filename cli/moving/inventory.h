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

// The attributes as they are compared: without the schema that providers give to what has none.
Attributes compared(Attributes attributes);

// Labels do not tell items apart, for people change them; but two items of one source that differ
// in their labels alone are two: entries of a password manager may have a title and nothing else.
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
