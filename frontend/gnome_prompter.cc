#include "frontend/gnome_prompter.h"

#include "base/log.h"

namespace frontend {
namespace {

constexpr const char* kName = "org.gnome.keyring.SystemPrompter";
constexpr const char* kPath = "/org/gnome/keyring/Prompter";
constexpr const char* kInterface = "org.gnome.keyring.internal.Prompter";
constexpr const char* kCallback = "org.gnome.keyring.internal.Prompter.Callback";
constexpr std::string_view kCallbackPrefix = "/org/gnome/keyring/Prompt/";
constexpr std::chrono::seconds kStart{8};        // for the bus to start the prompter
constexpr std::chrono::seconds kAnswer{5};       // for calls that are answered at once
constexpr std::size_t kMaxExchange = 32 * 1024;  // bytes of the prompter's exchange text

}  // namespace

// What the prompter says in between: PromptReady or PromptDone.
struct PrompterEvent {
  bool done = false;
  std::string reply;  // "", "yes" or "no"
  std::string exchange;
};

class GnomeDialog final : public Dialog {
 public:
  GnomeDialog(GnomePrompter& prompter, std::string owner, std::string window)
      : prompter_(prompter),
        owner_(std::move(owner)),
        window_(std::move(window)),
        path_(std::string(kCallbackPrefix) + "p" + std::to_string(++prompter.last_)) {
    prompter_.dialogs_[path_] = this;
  }
  ~GnomeDialog() override {
    close();
    prompter_.dialogs_.erase(path_);
    if (exchange_) prompter_.vault_.call(wire::EndExchange{*exchange_}, [](auto) {});
  }

  const std::string& owner() const { return owner_; }

  base::Task<base::Result<Reply>> ask(const Question& question) override {
    if (ended_) co_return Reply{};
    if (!exchange_) {
      if (auto begun = co_await begin(); !begun) co_return base::fail(begun.error());
      if (ended_) co_return Reply{};
    }
    auto performed = co_await prompter_.bus_.ask(perform(question), kAnswer);
    if (!performed) co_return base::fail(performed.error());
    const PrompterEvent event = co_await next();
    if (event.done || event.reply != "yes") co_return Reply{};
    if (question.kind == Question::Kind::confirmation) co_return Reply{true, {}};
    const wire::ReceiveAnswer request{*exchange_, {event.exchange}};
    auto password = co_await prompter_.vault_.ask(request);
    if (!password) co_return base::fail(password.error());
    co_return Reply{true, *password};
  }

  void close() override {
    if (ended_) return;
    if (registered_) {
      Message stop = Message::call(owner_, kPath, kInterface, "StopPrompting");
      Writer(stop).path(path_);
      prompter_.bus_.send(stop);
    }
    end();
  }

  void end() {
    ended_ = true;
    on_event({true, {}, {}});
  }

  void on_event(PrompterEvent event) {
    if (const auto waiting = std::exchange(waiting_, nullptr)) return waiting(std::move(event));
    if (events_.size() < 4) events_.push_back(std::move(event));
  }

 private:
  // Registers with the prompter, waits for our turn, and agrees on a key.
  base::Task<base::Result<base::Ok>> begin() {
    Message begin_prompting = Message::call(owner_, kPath, kInterface, "BeginPrompting");
    Writer(begin_prompting).path(path_);
    registered_ = true;
    auto registered = co_await prompter_.bus_.ask(std::move(begin_prompting), kAnswer);
    if (!registered) co_return base::fail(registered.error());
    const PrompterEvent ready = co_await next();
    if (ready.done) co_return base::Ok{};
    const wire::BeginExchange request{{ready.exchange}};
    auto exchange = co_await prompter_.vault_.ask(request);
    if (!exchange) co_return base::fail(exchange.error());
    exchange_ = exchange->exchange;
    ours_ = exchange->ours.value;
    co_return base::Ok{};
  }

  base::Answer<PrompterEvent> next() {
    return base::Answer<PrompterEvent>([this](auto done) {
      if (events_.empty()) {
        waiting_ = std::move(done);
        return;
      }
      PrompterEvent event = std::move(events_.front());
      events_.pop_front();
      done(std::move(event));
    });
  }

  Message perform(const Question& question) {
    const bool confirm = question.kind == Question::Kind::confirmation;
    Message call = Message::call(owner_, kPath, kInterface, "PerformPrompt");
    Writer writer(call);
    writer.path(path_).text(confirm ? "confirm" : "password");
    writer.within(DBUS_TYPE_ARRAY, "{sv}", [&](Writer& properties) {
      const auto text = [&](const char* name, const std::string& value) {
        properties.entry(name, "s", [&](Writer& out) { out.text(value); });
      };
      text("title", question.title);
      text("message", question.message);
      text("description", question.description);
      text("warning", question.warning);
      text("continue-label", question.go_on);
      text("cancel-label", "Cancel");
      text("choice-label", "");
      text("caller-window", window_);
      properties.entry("password-new", "b", [&](Writer& out) {
        out.boolean(question.kind == Question::Kind::new_password);
      });
    });
    writer.text(ours_);
    return call;
  }

  GnomePrompter& prompter_;
  std::string owner_;  // the prompter's unique name
  std::string window_;
  std::string path_;
  bool registered_ = false;
  bool ended_ = false;
  std::optional<wire::ExchangeId> exchange_;
  std::string ours_;
  std::deque<PrompterEvent> events_;
  std::function<void(PrompterEvent)> waiting_;
};

base::Task<std::unique_ptr<Dialog>> GnomePrompter::open(std::string window) {
  const auto owner = co_await bus_.ask_for_owner(kName, kStart);
  if (!owner) {
    base::log::info("the prompter {} cannot be used: {}", kName, owner.error().what);
    co_return nullptr;
  }
  co_return std::make_unique<GnomeDialog>(*this, *owner, std::move(window));
}

bool GnomePrompter::on_call(const Call& call) {
  if (!call.message().path().starts_with(kCallbackPrefix)) return false;
  const auto at = dialogs_.find(std::string(call.message().path()));
  if (at == dialogs_.end()) return call.no_object(), true;
  GnomeDialog& dialog = *at->second;
  if (call.message().sender() != dialog.owner())
    return call.error(dbus_error::kAccessDenied, "only the prompter may answer"), true;
  if (call.message().interface() != kCallback)
    return call.error(dbus_error::kUnknownMethod, "no such interface"), true;
  if (call.message().member() == "PromptDone" && call.message().signature().empty()) {
    call.reply();
    dialog.end();
    return true;
  }
  if (call.message().member() != "PromptReady" || call.message().signature() != "sa{sv}s")
    return call.error(dbus_error::kUnknownMethod, "no such method"), true;
  Reader arguments = call.arguments();
  PrompterEvent event;
  event.reply = arguments.text();
  arguments.vardict([](const std::string&, Reader&, std::string_view) {});
  event.exchange = arguments.text();
  if (!arguments.ok() || event.exchange.size() > kMaxExchange)
    return call.invalid("malformed arguments"), true;
  // The prompter wants this answer before it hears anything else.
  call.reply();
  dialog.on_event(std::move(event));
  return true;
}

void GnomePrompter::on_gone(const std::string& bus_name) {
  const auto dialogs = dialogs_;
  for (const auto& [path, dialog] : dialogs)
    if (dialogs_.contains(path) && dialog->owner() == bus_name) dialog->end();
}

}  // namespace frontend
