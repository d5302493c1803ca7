// The interfaces, as tables: dispatch and introspection both read them.
#pragma once

#include <span>

#include "frontend/call.h"
#include "frontend/paths.h"

namespace frontend {

class Service;

struct Method {
  const char* interface;
  const char* name;
  const char* in;   // signature of the arguments; checked before the handler runs
  const char* out;  // of the answer
  void (Service::*handler)(Call call, const Path& path);
};
struct Property {
  const char* interface;
  const char* name;
  const char* signature;
  bool writable;
};
struct Signal {
  const char* interface;
  const char* name;
  const char* signature;
};
// What an object of one kind has.
struct ObjectKind {
  std::span<const Method> methods;
  std::span<const Property> properties;
  std::span<const Signal> signals;
};

// Null for a path that nothing can be at.
const ObjectKind* kind_of(const Path& path);
// The XML of org.freedesktop.DBus.Introspectable, with `children` as nodes.
std::string introspect(const ObjectKind& kind, const std::vector<std::string>& children);

}  // namespace frontend
