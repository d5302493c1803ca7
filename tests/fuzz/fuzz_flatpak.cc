// Flatpak's files, which its users' programs can write: deploy records (GVariant), the repository's
// configuration, installations.d. Whatever they say, what is read out of them is a part of them.
#include <cstdlib>

#include "broker/flatpak.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_part(std::string_view all, const std::string& part) {
  return all.find(part) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const broker::Deployed deployed = broker::parse_deploy(bytes);
  require(is_part(bytes, deployed.remote));
  require(deployed.previous_ids.size() <= size);
  for (const std::string& id : deployed.previous_ids) require(is_part(bytes, id));
  for (const char* key : {"url", "collection-id"})
    require(is_part(bytes, broker::remote_setting(bytes, "hub", key)));
  const auto installations = broker::parse_installations(bytes);
  require(installations.size() <= ipc::kMaxInstallations);
  for (const broker::Installation& each : installations) {
    require(!each.name.empty() && each.path.starts_with('/'));
    require(is_part(bytes, each.name) && is_part(bytes, each.path));
  }
  return 0;
}
