// TLS 1.3, mutual between our programs, as bytes in and bytes out, without sockets or a clock.
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

// Our own key, and the keys or certificates that we accept.  Serves any number of sessions.
class TlsContext {
 public:
  // By key: a peer with a key in `peers` (by fingerprint, see keys.h) has that role.  Nothing else
  // in its certificate matters.  Throws KeyError.
  TlsContext(TlsSide side, const Secret& keyPair, std::map<std::string, Role> peers);
  // By certificate: the authority must have signed it, and the organizational unit of its subject
  // (pi-scheduler, pi-worker, pi-client or pi-owner) is the role.  A caller accepts only
  // schedulers, a scheduler only the others.  If the authority's file has revocation lists (CRLs),
  // they are checked, and one must be valid now.  Throws KeyError, also if the key is encrypted or
  // other users could read it.
  TlsContext(TlsSide side, const CertificateFiles& files);
  // For browsers and monitors: no key is asked, and every peer is let in.  A peer that speaks no
  // TLS gets `plainAnswer`, in clear.  Throws KeyError.
  TlsContext(const Secret& keyPair, std::string plainAnswer);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  TlsSide side() const { return side_; }
  // Whether peers must show a key.
  bool asksForKey() const { return check_ != Check::kNone; }

 private:
  friend class TlsSession;
  enum class Check { kKeys, kCertificates, kNone };
  TlsContext(TlsSide side, Check check);

  // Null: the peer must be refused.
  std::optional<Role> roleOf(const x509_st* certificate) const;

  const TlsSide side_;
  const Check check_;
  std::map<std::string, Role> peers_;  // For kKeys.
  std::string plainAnswer_;            // For kNone.
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
};

// The TLS context of a program: null for a connection without TLS, or the error that says
// why there is no key to show.  A caller reports that error only after a scheduler has answered.
using Credentials = Expected<std::shared_ptr<const TlsContext>, KeyError>;

// Why a session has failed.
struct TlsFailure {
  enum class Kind {
    kNone,
    kNoTls,     // The peer speaks another protocol.
    kOldTls,    // The peer does not speak TLS 1.3.
    kNoKey,     // The peer shows no key.
    kWrongKey,  // The peer shows a key that we do not accept.
    kRefused,   // The peer does not accept our key.
    kOther,
  };
  Kind kind = Kind::kNone;
  std::string reason{};  // OpenSSL's description.
};

// Our side of one TLS connection.
class TlsSession {
 public:
  enum class State { kShaking, kOpen, kFailed };

  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Takes bytes from the peer.
  void receive(std::span<const std::byte> bytes);
  // The number of bytes for the peer; takeOutput() appends them to `into`.
  std::size_t outputBytes() const;
  void takeOutput(std::vector<std::byte>& into);

  // Continues the handshake as far as the received bytes allow.  For a caller, kOpen means that it
  // accepts the scheduler, but not yet that the scheduler accepts it.
  State shake();
  State state() const { return state_; }
  const TlsFailure& failure() const { return failure_; }
  // The peer's role; only when the state is kOpen.
  Role peerRole() const;

  // Decrypts into `into`.  Returns 0 if nothing more was received, at the end, and after a failure.
  std::size_t read(std::span<std::byte> into);
  bool inputEnded() const { return inputEnded_; }
  // Encrypts; takeOutput() has the result.
  void write(std::span<const std::byte> bytes);
  // Tells the peer that no output follows.
  void endOutput();

  // The memory of its two buffers, in bytes.
  std::size_t heldBytes() const;

 private:
  bool mayHaveMore() const;
  void giveBack();
  bool isReadingCertificate() const;
  void answerInClear();
  void judge(int result);
  void fail();

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  State state_ = State::kShaking;
  bool inputEnded_ = false;
  TlsFailure failure_;
};

}  // namespace pi::net
