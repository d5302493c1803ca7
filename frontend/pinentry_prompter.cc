#include "frontend/pinentry_prompter.h"

namespace frontend {
namespace {

class PinentryDialog final : public Dialog {
 public:
  PinentryDialog(VaultLink& vault, PinentryPrompter::Start start, wire::PinentryId first)
      : vault_(vault), start_(std::move(start)), current_(first) {}
  ~PinentryDialog() override { close(); }

  base::Task<base::Result<Reply>> ask(const Question& question) override {
    if (ended_) co_return Reply{};
    if (!current_) {
      base::Answer<base::Result<wire::PinentryId>> starting(start_);
      const auto started = co_await starting;
      if (!started) co_return base::fail(started.error());
      current_ = *started;
      if (ended_) co_return stop(), Reply{};
    }
    const wire::AskPinentry request = in_words(question);
    auto answer = co_await vault_.ask(request);
    current_.reset();
    if (!answer) co_return base::fail(answer.error());
    co_return Reply{answer->accepted, answer->password};
  }

  void close() override {
    ended_ = true;
    stop();
  }

 private:
  void stop() {
    if (const auto pinentry = std::exchange(current_, std::nullopt))
      vault_.call(wire::ClosePinentry{*pinentry}, [](auto) {});
  }

  wire::AskPinentry in_words(const Question& question) const {
    using Kind = wire::AskPinentry::Kind;
    Kind kind = Kind::password;
    if (question.kind == Question::Kind::new_password) kind = Kind::new_password;
    if (question.kind == Question::Kind::confirmation) kind = Kind::confirmation;
    return {*current_,          kind,
            {question.title},   {question.message + "\n" + question.description},
            {question.warning}, {question.go_on}};
  }

  VaultLink& vault_;
  PinentryPrompter::Start start_;
  std::optional<wire::PinentryId> current_;  // started, and not answered
  bool ended_ = false;
};

}  // namespace

base::Task<std::unique_ptr<Dialog>> PinentryPrompter::open() {
  base::Answer<base::Result<wire::PinentryId>> starting(start_);
  const auto started = co_await starting;
  if (!started) co_return nullptr;
  co_return std::make_unique<PinentryDialog>(vault_, start_, *started);
}

}  // namespace frontend
