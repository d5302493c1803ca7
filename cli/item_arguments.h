// The command line of what makes a new item: "store" and "generate".
#pragma once

#include <CLI/CLI.hpp>

#include "cli/secret_service.h"

namespace cli {

struct ItemArguments {
  std::string label;
  std::string collection;
  std::string content_type = "text/plain";
  bool keep = false;
  std::vector<std::string> words;  // LABEL, unless it is above, and attributes
};

void add_options(CLI::App* command, ItemArguments& arguments);

// The item, without its secret. Code::invalid when the label or every attribute is missing.
base::Result<NewItem> new_item(const ItemArguments& arguments);

// The collection to store in, found and unlocked.
base::Result<std::string> open_collection(SecretService& service, const std::string& name);

}  // namespace cli
