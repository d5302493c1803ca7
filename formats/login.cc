#include "formats/login.h"

namespace formats {
namespace {

Draft draft_of(Document& document, std::size_t item, const Login& login) {
  Draft draft{document, item};
  draft.set_label(login.title);
  const auto add = [&](const char* name, const WipedString& value) {
    if (!value.empty()) draft.add_attribute(name, value);
  };
  add("username", login.username);
  add("url", login.url);
  add("folder", login.folder);
  draft.record.created = login.created;
  draft.record.modified = login.modified;
  return draft;
}

}  // namespace

void add_login(Document& document, std::size_t item, const Login& login) {
  bool anything_else = false;
  for (const LoginField& field : login.others) {
    if (field.value.empty()) continue;
    anything_else = true;
    Draft draft = draft_of(document, item, login);
    draft.record.label += " (" + repaired(field.name) + ")";
    draft.add_attribute("field", field.name);
    draft.set_secret(secret_of(field.value));
    draft.finish();
  }
  if (login.password.empty() && anything_else) return;
  Draft draft = draft_of(document, item, login);
  draft.set_secret(secret_of(login.password));
  draft.finish();
}

}  // namespace formats
