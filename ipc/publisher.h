// Who published an installed application.
#pragma once

#include "ipc/fields.h"

namespace ipc {

inline constexpr std::size_t kMaxTrustedKeys = 32 * 1024;  // bytes, of one remote
inline constexpr std::size_t kMaxInstallations = 8;

// As the files of one Flatpak installation say it. Those of the user's own can be written by all
// that the user runs.
struct Publisher {
  Text<64> installation;        // "user", "system", or the name of one more
  Text<1024> source;            // the remote's collection id, else its URL, else "none"
  Bytes<kMaxTrustedKeys> keys;  // that the remote is trusted by, as GnuPG keeps them; empty: none,
                                // or unknown
  static constexpr auto fields =
      std::tuple{&Publisher::installation, &Publisher::source, &Publisher::keys};
};

struct Installed {
  List<Publisher, kMaxInstallations>
      publishers;                // of each installation that has it; none: nobody knows
  List<Text<255>, 16> previous;  // ids that the application had before it was renamed
  static constexpr auto fields = std::tuple{&Installed::publishers, &Installed::previous};
};

}  // namespace ipc
