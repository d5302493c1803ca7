// What KWallet's Secret Service keeps of its items beside the wallet, in the clear, since KDE
// Frameworks 5.97: NAME_attributes.json has their attributes, times and content types, by
// "folder/entry".
#pragma once

#include "formats/json_value.h"
#include "formats/text.h"

namespace formats {

class KWalletAttributes {
 public:
  // None when the text is no JSON object. An empty text is a wallet without such a file.
  static std::optional<KWalletAttributes> parse(base::ByteView text);

  // When the wallet's items were first and last touched; 0: unknown.
  std::uint64_t created() const;
  std::uint64_t modified() const;

  // Gives the draft, which has its secret, what is kept of that entry: an item has the attributes
  // that it was stored with, and no others. False when nothing is kept.
  bool describe(Draft& draft, std::string_view folder, std::string_view entry) const;

 private:
  JsonValue entries_;
};

// As the Secret Service calls an entry: "folder/entry", without the folder that it puts its own
// items into, and without the number that tells entries of one name apart.
std::string kwallet_label(std::string_view folder, std::string_view entry);

}  // namespace formats
