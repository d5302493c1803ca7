// Points in time as JSON and CSV files write them.
#pragma once

#include <cstdint>
#include <string_view>

namespace formats {

// Seconds since 1970 of "2026-08-01T12:34:56", with a fraction or not, in UTC; 0 for anything else
// and for times before 1970.
std::uint64_t unix_time_of(std::string_view iso);

}  // namespace formats
