#include "frontend/kde_prompter.h"

namespace frontend {
namespace {

constexpr const char* kName = "org.kde.secretprompter";
constexpr const char* kPath = "/SecretPrompter";
constexpr const char* kInterface = "org.kde.secretprompter";
constexpr const char* kRequest = "org.kde.secretprompter.request";
constexpr std::string_view kPrefix = "/org/plasma/keyring/Prompt/";
constexpr std::chrono::seconds kStart{8};   // for the bus to start the prompter
constexpr std::chrono::seconds kAnswer{5};  // for calls that are answered at once
constexpr std::int32_t kClose = 0, kKeep = 1;

}  // namespace

class KdeDialog final : public Dialog {
 public:
  KdeDialog(KdePrompter& prompter, std::string owner, std::string window)
      : prompter_(prompter), owner_(std::move(owner)), window_(std::move(window)) {}
  ~KdeDialog() override { close(); }

  const std::string& owner() const { return owner_; }

  base::Task<base::Result<Reply>> ask(const Question& question) override {
    if (ended_) co_return Reply{};
    if (question.kind == Question::Kind::confirmation)
      co_return base::fail(base::Code::unavailable, "Plasma's prompter asks for passwords alone");
    if (accepted_ && question.kind == kind_ && !question.warning.empty()) {
      retry(question.warning);
    } else {
      leave();
      auto shown = co_await prompter_.bus_.ask(show(question), kAnswer);
      if (!shown) co_return base::fail(shown.error());
    }
    base::Answer<base::UniqueFd> answer(
        [this](auto done) { ended_ ? done(base::UniqueFd()) : void(waiting_ = std::move(done)); });
    base::UniqueFd password = co_await answer;
    if (password.get() < 0) co_return Reply{};
    wire::ReadPassword request;
    request.from.value = std::move(password);
    auto read = co_await prompter_.vault_.ask(std::move(request));
    if (!read) co_return base::fail(read.error());
    co_return Reply{true, *read};
  }

  void close() override {
    leave();
    end();
  }

  void end() {
    ended_ = true;
    answer(base::UniqueFd());
  }

  void on_accepted(const Call& call, base::UniqueFd password) {
    // Answered when it is known whether the password was right.
    if (accepted_) return call.invalid("this was answered already");
    accepted_ = call;
    answer(std::move(password));
  }

 private:
  void answer(base::UniqueFd password) {
    if (const auto waiting = std::exchange(waiting_, nullptr)) waiting(std::move(password));
  }

  void finish(std::int32_t how) {
    if (const auto call = std::exchange(accepted_, std::nullopt))
      call->reply([&](Writer& writer) { writer.integer(how); });
  }

  void retry(const std::string& warning) {
    finish(kKeep);
    Message signal = Message::signal(path_, kRequest, "Retry");
    Writer(signal).text(warning);
    prompter_.bus_.send(signal);
  }

  // Takes the question that is shown from the screen.
  void leave() {
    if (path_.empty()) return;
    if (!accepted_) prompter_.bus_.send(Message::signal(path_, kRequest, "Dismiss"));
    finish(kClose);
    prompter_.dialogs_.erase(path_);
    path_.clear();
  }

  Message show(const Question& question) {
    kind_ = question.kind;
    path_ = std::string(kPrefix) + "p" + std::to_string(++prompter_.last_);
    prompter_.dialogs_[path_] = this;
    Message call = Message::call(owner_, kPath, kInterface,
                                 kind_ == Question::Kind::new_password ? "CreateCollectionPrompt"
                                                                       : "UnlockCollectionPrompt");
    Writer(call).path(path_).text(window_).text("").text(question.keyring);
    return call;
  }

  KdePrompter& prompter_;
  std::string owner_;  // the prompter's unique name
  std::string window_;
  std::string path_;  // of the question that is shown
  Question::Kind kind_{};
  bool ended_ = false;
  std::optional<Call> accepted_;  // to be answered
  std::function<void(base::UniqueFd)> waiting_;
};

base::Task<std::unique_ptr<Dialog>> KdePrompter::open(std::string window) {
  const auto owner = co_await bus_.ask_for_owner(kName, kStart);
  if (!owner) co_return nullptr;
  co_return std::make_unique<KdeDialog>(*this, *owner, std::move(window));
}

bool KdePrompter::on_call(const Call& call) {
  if (!call.message().path().starts_with(kPrefix)) return false;
  const auto at = dialogs_.find(std::string(call.message().path()));
  if (at == dialogs_.end()) return call.no_object(), true;
  KdeDialog& dialog = *at->second;
  const auto member = call.message().member();
  if (call.message().sender() != dialog.owner())
    return call.error(dbus_error::kAccessDenied, "only the prompter may answer"), true;
  if (call.message().interface() != kRequest)
    return call.error(dbus_error::kUnknownMethod, "no such interface"), true;
  if (member == "Accepted" && call.message().signature() == "h") {
    base::UniqueFd password = call.arguments().descriptor();
    if (password.get() < 0) return call.invalid("there is no descriptor"), true;
    dialog.on_accepted(call, std::move(password));
  } else if ((member == "Rejected" || member == "Dismissed") &&
             call.message().signature().empty()) {
    if (member == "Rejected")
      call.reply([](Writer& writer) { writer.integer(kClose); });
    else
      call.reply();
    dialog.end();
  } else {
    call.error(dbus_error::kUnknownMethod, "no such method");
  }
  return true;
}

void KdePrompter::on_gone(const std::string& bus_name) {
  const auto dialogs = dialogs_;
  for (const auto& [path, dialog] : dialogs)
    if (dialogs_.contains(path) && dialog->owner() == bus_name) dialog->end();
}

}  // namespace frontend
