// Fuzzes the TLS layer of the called side with bytes from a stranger, and with genuine handshakes
// that were altered on their way.  No peer gets access without a key, and no altered text is read.
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/net/tls/tls.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/input.h"
#include "tests/net/tls_testing.h"

using namespace pi;
using namespace pi::net;

namespace {

using State = TlsSession::State;

constexpr std::string_view kText = "what the caller has to say";

// Contexts are made once, since that takes longer than a handshake.
struct Contexts {
  std::shared_ptr<const TlsContext> called = testing::calledContext();
  std::shared_ptr<const TlsContext> worker = testing::callerContext();
  std::shared_ptr<const TlsContext> client = testing::callerContext(testing::keys().client);
  std::shared_ptr<const TlsContext> stranger = testing::callerContext(testing::keys().stranger);
};

const Contexts& contexts() {
  static const Contexts kContexts;
  return kContexts;
}

std::string readAll(TlsSession& session) {
  std::string text(1024, '\0');
  text.resize(session.read(std::as_writable_bytes(std::span(text))));
  return text;
}

// Sends the fuzzer's bytes in two pieces.
void receiveFromStranger(fuzz::Input& input) {
  TlsSession called(contexts().called);
  std::size_t cut = input.byte();
  auto bytes = std::as_bytes(input.rest());
  cut = std::min(cut, bytes.size());
  for (auto piece : {bytes.first(cut), bytes.subspan(cut)}) {
    called.receive(piece);
    PI_CHECK(called.shake() != State::kOpen);
  }
  std::vector<std::byte> answer;
  called.takeOutput(answer);
  PI_CHECK(readAll(called).empty() && called.outputBytes() == 0);
}

// A handshake over a line that alters the bytes.
class Handshake {
 public:
  Handshake(fuzz::Input& input, const std::shared_ptr<const TlsContext>& calling)
      : input_(input), caller(calling), called(contexts().called) {}

  void run() {
    for (int turn = 0; turn < 3; ++turn) {
      caller.shake();
      carry(caller, called);
      called.shake();
      carry(called, caller);
    }
  }

  void carry(TlsSession& from, TlsSession& to) {
    std::vector<std::byte> flight;
    from.takeOutput(flight);
    fuzz::edit(input_, flight);
    to.receive(flight);
  }

 private:
  fuzz::Input& input_;

 public:
  TlsSession caller;
  TlsSession called;
};

void alter(fuzz::Input& input, const std::shared_ptr<const TlsContext>& calling, Role role) {
  Handshake hands(input, calling);
  hands.run();
  if (hands.caller.state() == State::kOpen) {
    PI_CHECK(hands.caller.peerRole() == Role::kScheduler);
    hands.caller.write(std::as_bytes(std::span(kText)));
    hands.caller.endOutput();
  }
  hands.carry(hands.caller, hands.called);
  hands.called.shake();
  std::string text = readAll(hands.called);
  bool isOpen = hands.called.state() == State::kOpen;
  if (isOpen) PI_CHECK(role != Role::kAnyone && hands.called.peerRole() == role);
  // An open session may fail at altered bytes; text before them is read.
  PI_CHECK(role != Role::kAnyone || text.empty());
  PI_CHECK(kText.starts_with(text));
  PI_CHECK(hands.called.state() != State::kFailed ||
           hands.called.failure().kind != TlsFailure::Kind::kNone);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.below(4)) {
    case 0:
      receiveFromStranger(input);
      break;
    case 1:
      alter(input, contexts().worker, Role::kWorker);
      break;
    case 2:
      alter(input, contexts().client, Role::kClient);
      break;
    default:
      alter(input, contexts().stranger, Role::kAnyone);
      break;
  }
  return 0;
}
