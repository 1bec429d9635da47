// Mutual TLS 1.3 as bytes in and bytes out: no sockets, no clock.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/expected.h"
#include "common/model/access.h"
#include "common/net/secrets/secret.h"
#include "common/net/tls/keys.h"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace pi::net {

enum class TlsSide { kCaller, kCalled };

// Whom to believe, and what to show oneself.  Serves any number of sessions.
class TlsContext {
 public:
  // By key: who shows a key of `peers` (fingerprints, see keys.h) has that role, and nothing else
  // in a certificate matters.  Throws KeyError.
  TlsContext(TlsSide side, const Secret& keyPair, std::map<std::string, Role> peers);
  // By certificate: who shows one that the authority has signed, whose subject has the
  // organizational unit pi-scheduler, pi-worker, pi-client or pi-owner, has that role.  A caller
  // wants a scheduler, a scheduler the others.  If the authority's file has lists of what it
  // revoked, those are heeded, and one has to be in force.  Throws KeyError, also if others could
  // have seen the key, or it is encrypted.
  TlsContext(TlsSide side, const CertificateFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  TlsSide side() const { return side_; }

 private:
  friend class TlsSession;
  explicit TlsContext(TlsSide side);

  // None: such a peer is not to be let in.
  std::optional<Role> roleOf(const x509_st* certificate) const;

  const TlsSide side_;
  std::map<std::string, Role> peers_;  // None: by certificate.
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
};

// What a program shows to a scheduler: null for a connection without TLS, or the error that says
// why there is no key to show.  A caller reports that error only after a scheduler has answered.
using Credentials = Expected<std::shared_ptr<const TlsContext>, KeyError>;

// Why a session has failed.
struct TlsFailure {
  enum class Kind {
    kNone,
    kNoTls,     // The peer speaks something else.
    kOldTls,    // It speaks no TLS 1.3.
    kNoKey,     // It shows no key at all.
    kWrongKey,  // It shows one that we do not believe.
    kRefused,   // It does not believe ours.
    kOther,
  };
  Kind kind = Kind::kNone;
  std::string reason{};  // In OpenSSL's words.
};

// One connection's half.
class TlsSession {
 public:
  enum class State { kShaking, kOpen, kFailed };

  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Takes bytes that came from the peer.
  void receive(std::span<const std::byte> bytes);
  // How many bytes there are for the peer; takes them, appending to `into`.
  std::size_t outputBytes() const;
  void takeOutput(std::vector<std::byte>& into);

  // Goes on with the handshake as far as what was received allows.  For the peer that called,
  // kOpen says that it believes the scheduler, and not yet that the scheduler believes it.
  State shake();
  State state() const { return state_; }
  const TlsFailure& failure() const { return failure_; }
  // Of the peer; only once it is open.
  Role peerRole() const;

  // Decrypts into `into`; 0 when nothing more was received, at the end, and when it has failed.
  std::size_t read(std::span<std::byte> into);
  bool inputEnded() const { return inputEnded_; }
  // Encrypts; what comes of it is to be had by takeOutput().
  void write(std::span<const std::byte> bytes);
  // Says that nothing follows.
  void endOutput();

  // What its two buffers have room for.
  std::size_t heldBytes() const;

 private:
  bool mayHaveMore() const;
  void giveBack();
  void judge(int result);
  void fail();

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  State state_ = State::kShaking;
  bool inputEnded_ = false;
  TlsFailure failure_;
};

}  // namespace pi::net
