// org.coffer.Passwords1: passwords by descriptor, which the vault reads, and nobody else.
#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {

void Service::read_passwords(const Call& call, std::vector<base::UniqueFd> descriptors,
                             Taken taken) {
  std::vector<wire::ReadPassword> requests;
  for (base::UniqueFd& descriptor : descriptors) {
    if (!descriptor.valid()) return call.invalid("There is no descriptor");
    requests.push_back({{std::move(descriptor)}});
  }
  collect_passwords(call, std::move(requests), std::move(taken));
}

void Service::unlock_from_descriptor(Call call, const Path&) {
  Reader arguments = call.arguments();
  const CollectionView* collection = collection_argument(call, arguments.path());
  if (!collection) return;
  std::vector<base::UniqueFd> descriptors;
  descriptors.push_back(arguments.descriptor());
  read_passwords(call, std::move(descriptors), [this, call, id = collection->info.id](auto taken) {
    unlock_with(call, id, taken[0]);
  });
}

void Service::create_from_descriptor(Call call, const Path&) {
  Reader arguments = call.arguments();
  const std::string label = arguments.text();
  std::vector<base::UniqueFd> descriptors;
  descriptors.push_back(arguments.descriptor());
  read_passwords(call, std::move(descriptors),
                 [this, call, label](auto taken) { create_with(call, label, taken[0]); });
}

void Service::change_from_descriptors(Call call, const Path&) {
  Reader arguments = call.arguments();
  const CollectionView* collection = collection_argument(call, arguments.path());
  if (!collection) return;
  std::vector<base::UniqueFd> descriptors;
  descriptors.push_back(arguments.descriptor());
  descriptors.push_back(arguments.descriptor());
  read_passwords(call, std::move(descriptors), [this, call, id = collection->info.id](auto taken) {
    change_with(call, id, taken[0], taken[1]);
  });
}

}  // namespace frontend
