#include "tests/cluster/raw_peer.h"

#include <utility>
#include <vector>

#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/rpc/client_link.h"

namespace pi::cluster {

using capnp::rpc::Message;

kj::Own<net::MessageSocket> callAs(net::KjLoop& loop, Role role,
                                   const std::filesystem::path& connectionFile) {
  net::ConnectionFileRead file = net::readConnectionFile(connectionFile);
  // A loaded machine may let a peer wait for long, which is no failure of what a test is about.
  constexpr Duration kPatience = std::chrono::minutes(2);
  net::DialOptions options{.attemptMax = kPatience,
                           .handshakeMax = kPatience,
                           .credentials = net::credentialsFor(role, {}, file)};
  return net::dial(loop, file->addresses, options).wait(loop.waitScope());
}

RawPeer::RawPeer(net::KjLoop& loop, kj::Own<net::MessageSocket> socket)
    : loop_(loop), socket_(kj::mv(socket)) {
  capnp::MallocMessageBuilder message;
  message.initRoot<Message>().initBootstrap().setQuestionId(questions_++);
  send(message);
}

std::uint32_t RawPeer::call(std::uint32_t target, std::uint64_t interface, std::uint16_t method,
                            const Fill& params) {
  capnp::MallocMessageBuilder message;
  auto call = message.initRoot<Message>().initCall();
  call.setQuestionId(questions_);
  auto answer = call.initTarget().initPromisedAnswer();
  answer.setQuestionId(target);
  if (target != 0) answer.initTransform(1)[0].setGetPointerField(0);
  call.setInterfaceId(interface);
  call.setMethodId(method);
  params(call.initParams().getContent());
  send(message);
  return questions_++;
}

std::uint32_t RawPeer::enterAsClient() {
  return call(0, capnp::typeId<wire::ClientGate>(), 0, [](capnp::AnyPointer::Builder params) {
    net::introduce(params.initAs<wire::ClientGate::EnterAsClientParams>().initPeer());
  });
}

void RawPeer::finish(std::uint32_t question) {
  capnp::MallocMessageBuilder message;
  auto finish = message.initRoot<Message>().initFinish();
  finish.setQuestionId(question);
  finish.setReleaseResultCaps(true);
  send(message);
}

void RawPeer::send(capnp::MessageBuilder& message) {
  socket_->send(message.getSegmentsForOutput());
  loop_.waitScope().poll();
}

void RawPeer::sendZeros(std::size_t words) {
  std::vector<capnp::word> zeros(words);
  kj::ArrayPtr<const capnp::word> segment(zeros.data(), zeros.size());
  socket_->send({&segment, 1});
}

kj::Maybe<kj::Own<capnp::MessageReader>> RawPeer::next() {
  kj::Maybe<kj::Own<capnp::MessageReader>> read;
  // A reset is an end of the connection, too.
  auto failure = kj::runCatchingExceptions([&] {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = std::uint64_t{1} << 24;
    read = socket_->tryReadMessage(options).wait(loop_.waitScope());
  });
  return failure == nullptr ? kj::mv(read) : nullptr;
}

std::string RawPeer::lastWords() {
  std::string words;
  for (bool isOver = false; !isOver;) {
    auto read = next();
    isOver = read == nullptr;
    KJ_IF_MAYBE (message, read) {
      auto root = (*message)->getRoot<Message>();
      if (root.isAbort()) words = root.getAbort().getReason().cStr();
    }
  }
  return words;
}

}  // namespace pi::cluster
