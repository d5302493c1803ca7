#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {

ipc::Attributes to_wire(const StringMap& attributes) {
  ipc::Attributes out;
  for (const auto& [name, value] : attributes) out.items.push_back({{name}, {value}});
  return out;
}

StringMap from_wire(const ipc::Attributes& attributes) {
  StringMap out;
  for (const auto& attribute : attributes.items) out[attribute.name.value] = attribute.value.value;
  return out;
}

wire::Secret to_wire(BusSecret secret) {
  return {
      {std::move(secret.parameters)}, {std::move(secret.value)}, {std::move(secret.content_type)}};
}

std::optional<ItemProperties> read_item_properties(Reader& arguments, std::string& why) {
  ItemProperties out;
  std::optional<std::string> type;
  arguments.vardict([&](const std::string& key, Reader& value, std::string_view signature) {
    const std::string prefix = std::string(names::kItem) + ".";
    if (key == prefix + "Label" && signature == "s")
      out.label = value.text();
    else if (key == prefix + "Attributes" && signature == "a{ss}")
      out.attributes = value.string_map();
    else if (key == prefix + "Type" && signature == "s")
      type = value.text();
    else
      why = "unknown property or wrong type: " + key;
  });
  if (!why.empty() || !arguments.ok()) return std::nullopt;
  if (type && !type->empty()) out.attributes.try_emplace("xdg:schema", *type);
  return out;
}

std::optional<std::string> read_collection_label(Reader& arguments, std::string& why) {
  std::string label;
  arguments.vardict([&](const std::string& key, Reader& value, std::string_view signature) {
    if (key == std::string(names::kCollection) + ".Label" && signature == "s")
      label = value.text();
    else
      why = "unknown property or wrong type: " + key;
  });
  if (!why.empty() || !arguments.ok()) return std::nullopt;
  return label;
}

}  // namespace frontend
