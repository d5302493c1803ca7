// Whether a portal's secret was made for the application that asks, or for another of its name.
//
// The publisher is kept in attributes of the item, because gnome-keyring and oo7, which look for
// `app_id` alone, leave them as they are: a content type they might refuse, a label is the user's.
#pragma once

#include "ipc/publisher.h"
#include "ipc/types.h"

namespace vault {

enum class Kinship {
  same,     // as it was recorded
  unknown,  // nothing was recorded, or nobody knows who publishes it now
  foreign,  // by somebody else than all who publish it now
};
Kinship kinship_of(const ipc::Attributes& item, const ipc::Installed& now);

// Records it among an item's attributes, in the place of what was there.
void record(ipc::Attributes& item, const ipc::Publisher& publisher);

// Where the application came from when that was recorded; empty when it was not.
std::string recorded_source(const ipc::Attributes& item);

}  // namespace vault
