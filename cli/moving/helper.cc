#include "cli/moving/helper.h"

#include <fmt/format.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/moving/process.h"

namespace cli {
namespace {

using transfer::Operation;

constexpr const char* kName = "coffer-formats";
constexpr int kRequest = 3;  // the helper's descriptor for its request

// Beside this program, or where it is installed.
base::Result<std::string> find_helper() {
  std::string beside(PATH_MAX, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", beside.data(), beside.size());
  beside.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  beside.resize(beside.rfind('/') + 1);  // empty when there is none
  for (const std::string& folder : {beside, beside + COFFER_LIBEXEC "/"}) {
    std::string path = folder + kName;
    if (!folder.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return base::fail(base::Code::unavailable,
                    fmt::format("the program {} is neither in {} nor in {}{}", kName, beside,
                                beside, COFFER_LIBEXEC));
}

struct Conversation {
  Process process;
  base::UniqueFd output;
};

base::Result<Conversation> start(int input, const transfer::Request& request) {
  auto path = find_helper();
  if (!path) return base::fail(path.error());
  auto asked = make_pipe();
  if (!asked) return base::fail(asked.error());
  auto answered = make_pipe();
  if (!answered) return base::fail(answered.error());
  auto process = Process::start({*path},
                                {{input, STDIN_FILENO},
                                 {answered->write.get(), STDOUT_FILENO},
                                 {asked->read.get(), kRequest}},
                                false);
  if (!process) return base::fail(process.error());
  asked->read = base::UniqueFd();
  // What cannot be sent is told by how the helper ends, unless it is our own fault.
  const auto sent = transfer::send(asked->write.get(), request);
  if (!sent && sent.error().code == base::Code::limits_exceeded) return base::fail(sent.error());
  return Conversation{*std::move(process), std::move(answered->read)};
}

// What the helper answered, unless it was stopped: then nothing that it said counts.
template <class T>
base::Result<T> conclude(Conversation conversation, base::Result<T> answer) {
  conversation.output = base::UniqueFd();
  const int status = conversation.process.end();
  if (answer || !WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL) return answer;
  const bool by_sandbox = WTERMSIG(status) == SIGSYS;
  return base::fail(base::Code::internal,
                    by_sandbox
                        ? fmt::format("{} was stopped by its sandbox: the file may be meant to "
                                      "harm you",
                                      kName)
                        : fmt::format("{} was stopped by signal {}", kName, WTERMSIG(status)));
}

transfer::Request request_for(Operation operation, const Secret& password,
                              const Companions& beside) {
  transfer::Request request;
  request.operation = operation;
  request.password.value = base::copy_of(password.view());
  request.salt.value = base::copy_of(beside.salt.view());
  request.attributes.value = base::copy_of(beside.attributes.view());
  return request;
}

template <class T>
base::Result<T> read(Operation operation, int file, const Secret& password,
                     const Companions& beside, base::Result<T> (*receive)(int)) {
  const IgnoredPipeSignal ignored;
  auto started = start(file, request_for(operation, password, beside));
  if (!started) return base::fail(started.error());
  auto answer = receive(started->output.get());
  return conclude(*std::move(started), std::move(answer));
}

template <class T>
base::Result<base::Bytes> write(Operation operation, const Secret& password, const T& what,
                                base::Outcome (*send)(int, const T&)) {
  const IgnoredPipeSignal ignored;
  auto input = make_pipe();
  if (!input) return base::fail(input.error());
  auto started = start(input->read.get(), request_for(operation, password, {}));
  if (!started) return base::fail(started.error());
  input->read = base::UniqueFd();
  const auto sent = send(input->write.get(), what);
  if (!sent && sent.error().code == base::Code::limits_exceeded) return base::fail(sent.error());
  input->write = base::UniqueFd();
  auto content = transfer::receive_content(started->output.get());
  return conclude(*std::move(started), std::move(content));
}

}  // namespace

base::Result<transfer::Document> read_foreign_file(int file, const Secret& password,
                                                   const Companions& beside) {
  return read<transfer::Document>(Operation::read, file, password, beside,
                                  transfer::receive_document);
}

base::Result<base::Bytes> write_foreign_file(Operation operation, const Secret& password,
                                             const transfer::Document& document) {
  return write(operation, password, document, transfer::send_document);
}

base::Result<transfer::Backup> read_backup_file(int file, const Secret& password) {
  return read<transfer::Backup>(Operation::read_backup, file, password, {},
                                transfer::receive_backup);
}

base::Result<base::Bytes> write_backup_file(Operation operation, const Secret& password,
                                            const transfer::Backup& backup) {
  return write(operation, password, backup, transfer::send_backup);
}

}  // namespace cli
