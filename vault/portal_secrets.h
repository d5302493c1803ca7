// The secrets that sandboxed applications get through org.freedesktop.portal.Secret.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/event_loop.h"
#include "ipc/vault_protocol.h"
#include "vault/handover.h"
#include "vault/sealed_item.h"

namespace vault {

namespace wire = ipc::vault;

class Vault;

// Each is an ordinary item with the attributes `app_id` and `xdg:schema`, where gnome-keyring and
// oo7 look for it and put it.
class PortalSecrets {
 public:
  static constexpr std::size_t kSize = 64;  // bytes, of a new one: what libsecret reads
  static constexpr std::size_t kMaxDeliveries = 128;
  static constexpr std::chrono::seconds kPatience{5};  // for a descriptor that is full
  using Done = std::function<void(base::Outcome)>;

  // The vault owns it.
  explicit PortalSecrets(Vault& vault) : vault_(vault) {}

  struct Found {
    std::vector<wire::CollectionId> locked;  // to be unlocked before more is known
    std::optional<wire::ItemId> item;        // none, and nothing locked: there is none yet
    // Of the item; see wire::FindPortalSecret::Reply.
    bool recorded = false;
    bool foreign = false;
    std::string source;
  };
  // Looks in every collection, for the application's id and then for those that it had before. An
  // item of the portal's schema comes first, then the oldest; its label does not matter. One that
  // was made for another publisher comes after all others. An item that cannot be read is an error,
  // and never as if it were not there. Code::no_such_collection when there is neither item nor
  // default collection.
  base::Result<Found> find(const wire::PortalApplication& application) const;

  // Makes one where there is none; `made` when it is durable.
  using Made = std::function<void(base::Result<wire::MakePortalSecret::Reply>)>;
  void make(const wire::PortalApplication& application, Made made);

  // Records the publisher with what find() finds, foreign or not; `adopted` when that is durable.
  using Adopted = std::function<void(base::Result<wire::AdoptPortalSecret::Reply>)>;
  void adopt(const wire::PortalApplication& application, Adopted adopted);

  // Writes the application's secret to `to`, which is closed when `done` is called. Nothing is
  // written that was not read back from the store.
  void write(const wire::PortalApplication& application, base::UniqueFd to, Done done);

 private:
  class Delivery;
  using Candidates = base::Result<std::optional<Found>>;
  Candidates best_with(const ipc::Attributes& attributes, const ipc::Installed& now) const;
  base::Result<Found> place_for_new() const;
  base::Result<Found> find_unlocked(const wire::PortalApplication& application) const;

  Vault& vault_;
  std::size_t deliveries_ = 0;  // under way
};

}  // namespace vault
