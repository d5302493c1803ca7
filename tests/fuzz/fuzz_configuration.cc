// The configuration file: any text gives a configuration within its bounds, or an error with words.
#include <cstdlib>

#include "broker/configuration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto configuration = broker::parse_configuration(text, "coffer.toml");
  if (!configuration) {
    if (configuration.error().what.empty()) std::abort();
    return 0;
  }
  const auto& settings = configuration->settings;
  if (settings.kdf_passes < 1 || settings.kdf_passes > 64) std::abort();
  if (settings.kdf_memory_kib < 8192 || settings.kdf_memory_kib > 1024 * 1024) std::abort();
  return 0;
}
