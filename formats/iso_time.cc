#include "formats/iso_time.h"

#include <chrono>

#include "formats/text.h"

namespace formats {

std::uint64_t unix_time_of(std::string_view iso) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (iso.size() < shape.size()) return 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = iso[i] >= '0' && iso[i] <= '9';
    const bool separates = iso[i] == shape[i] || (shape[i] == 'T' && iso[i] == ' ');
    if (shape[i] == '0' ? !digit : !separates) return 0;
  }
  const auto part = [&](std::size_t at, std::size_t digits) {
    return decimal(iso.substr(at, digits)).value_or(0);
  };
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(part(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60) return 0;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  if (days < 0) return 0;
  return static_cast<std::uint64_t>(days) * 86'400 + part(11, 2) * 3600 + part(14, 2) * 60 +
         part(17, 2);
}

}  // namespace formats
