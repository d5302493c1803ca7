// What the parts of an operation cost at least on this machine, whoever does them.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace bench {

// name -> one turn of it. `folder` is on the file system that is asked about.
std::map<std::string, std::function<void()>> make_floors(const std::string& folder);

// Owns the service's name and does nothing: libdbus answers Ping. Returns when the bus is gone.
void answer_pings();

}  // namespace bench
