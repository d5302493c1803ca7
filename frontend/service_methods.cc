// org.freedesktop.Secret.Service
#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {

void Service::create_collection(Call call, const Path&) {
  Reader arguments = call.arguments();
  std::string why;
  const auto label = read_collection_label(arguments, why);
  const std::string alias = arguments.text();
  if (!label || !arguments.ok()) return call.invalid(why.empty() ? "malformed arguments" : why);
  if (!alias.empty() && alias != "default")
    return call.error({base::Code::not_supported, "only the alias 'default' is supported"});
  const auto answer = [&](const std::string& collection, const std::string& prompt) {
    call.reply([&](Writer& writer) { writer.path(collection).path(prompt); });
  };
  if (const auto* bound = alias.empty() ? nullptr : model_.alias(alias))
    return answer(collection_path(*bound), "/");
  if (const auto prompt = make_prompt(call, CreationWork{*label, alias})) answer("/", *prompt);
}

void Service::search_all(Call call, const Path&) {
  const StringMap attributes = call.arguments().string_map();
  ask(call, wire::SearchItems{{}, to_wire(attributes)},
      [this, call](wire::SearchItems::Reply found) {
        call.reply([&](Writer& writer) {
          writer.paths(paths_of(found.unlocked.items)).paths(paths_of(found.locked.items));
        });
      });
}

void Service::unlock(Call call, const Path&) {
  struct State {
    Names open;
    UnlockWork work;
    std::size_t waiting = 1;
  };
  auto state = std::make_shared<State>();
  const auto finish = [this, call, state] {
    if (--state->waiting > 0) return;
    std::string prompt = "/";
    if (!state->work.targets.empty()) {
      auto made = make_prompt(call, std::move(state->work));
      if (!made) return;
      prompt = *std::move(made);
    }
    call.reply([&](Writer& writer) { writer.paths(state->open).path(prompt); });
  };
  for (std::string& path : call.arguments().paths()) {
    const Path parsed = parse_path(path);
    const CollectionView* collection = exists(parsed) ? collection_at(parsed) : nullptr;
    if (!collection) continue;
    if (!collection->info.locked) {
      state->open.push_back(std::move(path));
    } else if (collection->info.passwordless) {
      ++state->waiting;
      vault_.call(wire::Unlock{collection->info.id, {}},
                  [this, state, finish, path = std::move(path)](auto reply) {
                    if (reply) state->open.push_back(path);
                    refresh(finish);
                  });
    } else {
      state->work.targets.push_back({std::move(path), collection->info.name.value});
    }
  }
  finish();
}

void Service::lock(Call call, const Path&) {
  struct State {
    Names locked;
    std::size_t waiting = 0;
  };
  auto state = std::make_shared<State>();
  const auto finish = [call, state] {
    call.reply([&](Writer& writer) { writer.paths(state->locked).path("/"); });
  };
  std::vector<wire::CollectionId> ids;
  for (std::string& path : call.arguments().paths()) {
    const Path parsed = parse_path(path);
    const CollectionView* collection = exists(parsed) ? collection_at(parsed) : nullptr;
    if (!collection) continue;
    state->locked.push_back(std::move(path));
    if (std::find(ids.begin(), ids.end(), collection->info.id) == ids.end())
      ids.push_back(collection->info.id);
  }
  state->waiting = ids.size();
  if (ids.empty()) return finish();
  for (const wire::CollectionId id : ids)
    vault_.call(wire::Lock{id}, [this, state, finish](auto) {
      if (--state->waiting == 0) refresh(finish);
    });
}

void Service::lock_service(Call call, const Path&) {
  auto waiting = std::make_shared<std::size_t>(model_.ids().size());
  for (const wire::CollectionId id : model_.ids())
    vault_.call(wire::Lock{id}, [this, waiting, call](auto) {
      if (--*waiting == 0) refresh([call] { call.reply(); });
    });
}

void Service::get_secrets(Call call, const Path&) {
  Reader arguments = call.arguments();
  const Names items = arguments.paths();
  const std::string session_path = arguments.path();
  const auto session = session_of(call, session_path);
  if (!session) return;
  struct State {
    std::vector<std::pair<std::string, wire::Secret>> found;
    std::size_t waiting = 1;
  };
  auto state = std::make_shared<State>();
  // Locked, missing and damaged items are absent from the answer, as the specification has it.
  const auto finish = [call, state, session_path] {
    if (--state->waiting != 0) return;
    call.reply([&](Writer& writer) {
      writer.within(DBUS_TYPE_ARRAY, "{o(oayays)}", [&](Writer& array) {
        for (const auto& found : state->found)
          array.within(DBUS_TYPE_DICT_ENTRY, nullptr, [&](Writer& entry) {
            const wire::Secret& secret = found.second;
            entry.path(found.first)
                .secret(session_path, secret.parameters.value, secret.value.value,
                        secret.content_type.value);
          });
      });
    });
  };
  for (const std::string& path : items) {
    const auto item = item_at(parse_path(path));
    if (!item) continue;
    ++state->waiting;
    vault_.call(wire::ReadSecret{client_of(call), *session, *item},
                [state, finish, path](auto reply) {
                  if (reply) state->found.emplace_back(path, std::move(reply->secret));
                  finish();
                });
  }
  finish();
}

void Service::describe(Call call, const Path&) {
  broker_.describe([call](const StringMap& facts) {
    call.reply([&](Writer& writer) { writer.string_map(facts); });
  });
}

void Service::read_alias(Call call, const Path&) {
  const std::string* name = model_.alias(call.arguments().text());
  call.reply([&](Writer& writer) {
    writer.path(name && model_.find(*name) ? collection_path(*name) : "/");
  });
}

void Service::set_alias(Call call, const Path&) {
  Reader arguments = call.arguments();
  wire::SetAlias request{{arguments.text()}, {}};
  const std::string path = arguments.path();
  if (path != "/") {
    if (!std::holds_alternative<CollectionPath>(parse_path(path)))
      return call.invalid("This is no path of a collection: " + path);
    const CollectionView* collection = collection_argument(call, path);
    if (!collection) return;
    request.collection.value = collection->info.id;
  }
  change(call, std::move(request), [call](ipc::Nothing) { call.reply(); });
}

}  // namespace frontend
