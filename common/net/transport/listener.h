// Accepts peers on a port.
#pragma once

#include <kj/function.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/tls/tls.h"
#include "common/net/transport/message_socket.h"

namespace pi::net {

struct ListenOptions {
  std::vector<std::string> hosts{};  // Names or numeric addresses; none: every interface.
  std::uint16_t port = 0;            // 0: any free one.
  // Open at a time, not counting handshakes; whoever comes then is sent away.
  std::size_t connectionsMax = 8192;
  // Of these, with a client's key.  The other places are left to workers and the owner, whom
  // clients must not keep out however many they are.
  std::size_t clientsMax = 4096;
  // With a budget of the listener's own: all its sockets together have so many bytes beyond their
  // shares.
  StreamLimits stream{};
  std::size_t buffersMax = std::size_t{512} << 20;
  std::shared_ptr<const TlsContext> tls{};  // Null: in clear, and everybody is let in.
  // Handshakes under way.  Whoever comes then waits in the kernel's queue, until one is over or
  // has taken longer than `handshakeSlow`, and then makes room.  Not counted by address: all users
  // of a login node share one.
  std::size_t handshakesMax = 1024;
  Duration handshakeSlow = std::chrono::seconds(1);
  Duration handshakeMax = std::chrono::seconds(10);  // Whoever takes longer is sent away.
};

// Why listening failed, in one sentence that names the address.
class ListenError : public std::runtime_error {
 public:
  ListenError(const std::string& sentence, bool taken)
      : std::runtime_error(sentence), isTaken_(taken) {}
  bool isTaken() const { return isTaken_; }  // Somebody else has the port: another may be free.

 private:
  bool isTaken_;
};

// With keys, hands out only whom the handshake has let in, and says in the log, a few lines a
// second at most, who was not and from where.  Listens until it is destroyed; what was accepted
// lives on.  Running out of file descriptors makes it pause, not stop.  Not to be destroyed inside
// `onPeer`.
class Listener {
 public:
  using OnPeer = kj::Function<void(kj::Own<MessageSocket>)>;

  // Throws ListenError.  `onPeer` runs inside the loop and must not wait.
  Listener(KjLoop& loop, const ListenOptions& options, OnPeer onPeer);
  KJ_DISALLOW_COPY(Listener);
  ~Listener();

  std::uint16_t port() const { return port_; }
  // The numeric addresses at which it is found, those of other machines' use first.
  std::vector<Address> addresses() const;
  // Whether it listens on this machine's loopback alone, by the addresses and not by their names.
  bool isLocal() const;
  std::size_t connections() const;  // Open now, not counting handshakes.
  std::size_t handshakes() const;   // Under way now.

 private:
  struct Shared;
  struct Door;
  struct Shaking;

  std::shared_ptr<Shared> shared_;
  std::uint16_t port_ = 0;
};

// Raises the limit on open files as far as it goes without privileges; what it is then.
std::size_t raiseOpenFilesLimit();

// The same with as many places as so many open files allow: for connections, of which clients leave
// half, and for handshakes, which take fewer and so have to be quicker when others wait.
ListenOptions withinOpenFiles(ListenOptions options, std::size_t filesMax);

// As many open files as the options have places for, and the rest of the process needs.
std::size_t openFilesFor(const ListenOptions& options);

}  // namespace pi::net
