#include "frontend/model.h"

#include <gtest/gtest.h>

#include "frontend/clients.h"
#include "frontend/methods.h"

namespace frontend {
namespace {

using Names = std::vector<std::string>;

wire::AwaitChange::Reply state(std::vector<wire::CollectionInfo> collections,
                               std::string default_alias = {}) {
  wire::AwaitChange::Reply reply;
  reply.collections.items = std::move(collections);
  if (!default_alias.empty()) reply.aliases.items.push_back({{"default"}, {default_alias}});
  return reply;
}
wire::CollectionInfo info(std::uint32_t id, const std::string& name, bool locked,
                          const std::string& label = "l") {
  return {{id}, {name}, {label}, locked, 0, 0};
}

TEST(Model, TellsEachChangeOnce) {
  Model model;
  EXPECT_EQ(model.apply(state({info(1, "a", true), info(2, "b", true)})).created,
            (Names{"a", "b"}));
  const auto change = model.apply(state({info(1, "a", false, "new"), info(3, "c", true)}));
  EXPECT_EQ(change.created, Names{"c"});
  EXPECT_EQ(change.deleted, Names{"b"});
  EXPECT_EQ(change.locks, Names{"a"});
  EXPECT_EQ(change.relabelled, Names{"a"});
  const auto same = model.apply(state({info(1, "a", false, "new"), info(3, "c", true)}));
  EXPECT_TRUE(same.created.empty() && same.deleted.empty() && same.locks.empty() &&
              same.relabelled.empty());
}

TEST(Model, KeepsItemsWhenANewVaultRenumbersCollections) {
  Model model;
  model.apply(state({info(1, "a", false)}));
  model.find("a")->add(5);
  const auto change = model.apply(state({info(9, "a", true)}));
  EXPECT_EQ(change.locks, Names{"a"});
  EXPECT_TRUE(change.created.empty());
  EXPECT_TRUE(model.find(wire::CollectionId{9})->has(5));
  EXPECT_EQ(model.find(wire::CollectionId{1}), nullptr);
}

TEST(Model, AliasesReachTheirCollection) {
  Model model;
  model.apply(state({info(1, "a", false)}, "a"));
  EXPECT_EQ(model.find(CollectionPath{"default", true}), model.find("a"));
  EXPECT_EQ(model.find(CollectionPath{"default", false}), nullptr);
  model.apply(state({}, "a"));
  EXPECT_EQ(model.find(CollectionPath{"default", true}), nullptr);
}

TEST(Clients, LosesEverythingOfAClientThatLeft) {
  Clients clients;
  const auto id = clients.id_of(":1.1");
  const auto session = clients.add_session(":1.1", {7});
  const auto others = clients.add_session(":1.2", {8});
  EXPECT_EQ(clients.forget(":1.1"), id);
  EXPECT_EQ(clients.forget(":1.1"), std::nullopt);
  EXPECT_EQ(clients.session(session), nullptr);
  EXPECT_NE(clients.session(others), nullptr);
  EXPECT_NE(clients.id_of(":1.1"), id);
}

TEST(Introspection, ShowsWhatTheTablesHave) {
  const std::string xml = introspect(*kind_of(Path(CollectionPath{"a", false})), {"1", "2"});
  for (const char* expected :
       {"<method name=\"CreateItem\">", "<arg type=\"(oayays)\" direction=\"in\"/>",
        "<property name=\"Label\" type=\"s\" access=\"readwrite\"/>",
        "<signal name=\"ItemCreated\">", "<node name=\"2\"/>"})
    EXPECT_NE(xml.find(expected), std::string::npos) << expected;
  EXPECT_EQ(kind_of(Path(UnknownPath{})), nullptr);
}

}  // namespace
}  // namespace frontend
