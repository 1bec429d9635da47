#include "common/net/tls/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/base/check.h"
#include "common/net/secrets/private_file.h"
#include "common/net/tls/limits.h"
#include "common/net/tls/openssl.h"

namespace pi::net {
namespace {

constexpr const char* kCiphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// The cheapest two for the side that is called.
constexpr const char* kGroups = "X25519:P-256";
// Not in SECURITY.md: a larger empty buffer is freed.  One full record needs this much.
constexpr std::size_t kIdleBufferBytesMax = std::size_t{24} << 10;

int indexOfContext() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

X509* leafOf(X509_STORE_CTX* chain) { return X509_STORE_CTX_get0_cert(chain); }

// True if the subject has this organizational unit.
bool hasUnit(const X509* certificate, std::string_view unit) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = X509_NAME_get_index_by_NID(subject, NID_organizationalUnitName, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(subject, NID_organizationalUnitName, at)) {
    const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    unsigned char* bytes = nullptr;
    int size = ASN1_STRING_to_UTF8(&bytes, text);
    if (size < 0) continue;
    bool isIt = std::string_view(reinterpret_cast<const char*>(bytes),
                                 static_cast<std::size_t>(size)) == unit;
    OPENSSL_free(bytes);
    if (isIt) return true;
  }
  return false;
}

bool isOneOf(int reason, std::initializer_list<int> reasons) {
  return std::ranges::find(reasons, reason) != reasons.end();
}

TlsFailure::Kind kindOf(unsigned long error) {
  using Kind = TlsFailure::Kind;
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return Kind::kOther;
  int reason = ERR_GET_REASON(error);
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) return Kind::kNoKey;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return Kind::kWrongKey;
  if (isOneOf(reason, {SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
                       SSL_R_BAD_PROTOCOL_VERSION_NUMBER})) {
    return Kind::kOldTls;
  }
  if (isOneOf(reason,
              {SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
               SSL_R_UNEXPECTED_MESSAGE, SSL_R_BAD_RECORD_TYPE, SSL_R_PACKET_LENGTH_TOO_LONG,
               SSL_R_ENCRYPTED_LENGTH_TOO_LONG, SSL_R_RECORD_TOO_SMALL})) {
    return Kind::kNoTls;
  }
  if (isOneOf(reason, {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
                       SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
                       SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                       SSL_R_TLSV1_ALERT_ACCESS_DENIED, SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
                       SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
                       // The answer to a chain that is too long.
                       SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER})) {
    return Kind::kRefused;
  }
  return Kind::kOther;
}

BIO* newBuffer() {
  BIO* buffer = BIO_new(BIO_s_mem());
  PI_CHECK(buffer != nullptr);
  return buffer;
}

std::size_t roomOf(BIO* buffer) {
  BUF_MEM* memory = nullptr;
  BIO_get_mem_ptr(buffer, &memory);
  return memory->max;
}

// OpenSSL never shrinks its buffers.
bool isToBeGivenBack(BIO* buffer) {
  return BIO_pending(buffer) == 0 && roomOf(buffer) > kIdleBufferBytesMax;
}

void expect(bool succeeded, const char* what) {
  if (!succeeded) throw KeyError(std::string(what) + ": " + opensslError());
}

// Fails instead of asking for a passphrase: a service has no terminal.
int noPassphrase(char*, int, int, void* wasAsked) {
  if (wasAsked != nullptr) *static_cast<bool*>(wasAsked) = true;
  return -1;
}

// OpenSSL's own error for a missing file does not say so.
void expectReadable(const std::string& option, const std::string& path) {
  if (::access(path.c_str(), R_OK) == 0) return;
  int error = errno;
  throw KeyError(option + " " + path +
                 (error == ENOENT ? " does not exist"
                                  : " cannot be read: " + std::generic_category().message(error)));
}

// The length of the message that carries our certificates.
std::size_t certificateMessageBytes(SSL_CTX* context) {
  constexpr std::size_t kHeaderBytes = 4;
  constexpr std::size_t kBytesBesideEach = 5;
  auto bytesOf = [](const X509* certificate) {
    return kBytesBesideEach + static_cast<std::size_t>(i2d_X509(certificate, nullptr));
  };
  STACK_OF(X509)* others = nullptr;
  SSL_CTX_get0_chain_certs(context, &others);
  std::size_t bytes = kHeaderBytes + bytesOf(SSL_CTX_get0_certificate(context));
  for (int i = 0; i < sk_X509_num(others); ++i) bytes += bytesOf(sk_X509_value(others, i));
  return bytes;
}

// Otherwise every peer would refuse it, and could not say why.
void expectShortChain(SSL_CTX* context, const std::string& file) {
  std::size_t bytes = certificateMessageBytes(context);
  if (bytes <= kCertificateChainBytesMax) return;
  throw KeyError("--tls-cert " + file + " has " + std::to_string(bytes) +
                 " bytes of certificates, and a peer accepts " +
                 std::to_string(kCertificateChainBytesMax) +
                 "; leave out the root authority, which each program has in its --tls-ca");
}

// Reads a key that a site has made.  It must be as private as one that we make.
PrivateKey readSiteKey(const std::string& path) {
  std::string what = "--tls-key " + path;
  auto file = readPrivateFile(path, kKeyBytesMax,
                              "have the authority certify a new key and revoke this one");
  if (!file.hasValue()) {
    switch (file.error().kind()) {
      case FileError::Kind::kMissing:
        throw KeyError(what + " does not exist");
      case FileError::Kind::kTooLarge:
        throw KeyError(what + " is too large for a key");
      case FileError::Kind::kUnusable:
      case FileError::Kind::kUnsafe:
        throw KeyError(what + " cannot be read: " + file.error().what());
    }
  }
  if (file->danger) throw KeyError(what + " " + file->danger->what());
  std::string_view text = file->content.reveal();
  Bio memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  expect(memory != nullptr, what.c_str());
  bool isEncrypted = false;
  PrivateKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, noPassphrase, &isEncrypted));
  if (isEncrypted) {
    ERR_clear_error();
    throw KeyError(
        what +
        " is encrypted, and pi never asks for a passphrase; give a key that is not encrypted");
  }
  expect(key != nullptr, what.c_str());
  return key;
}

// True if the authority's file has revocation lists.
bool hasRevocations(X509_STORE* store) {
  const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL) return true;
  }
  return false;
}

void useKeyPair(SSL_CTX* context, const Secret& keyPair) {
  KeyHalves own = readKeyPair(keyPair.reveal());
  expect(SSL_CTX_use_certificate(context, own.certificate.get()) == 1 &&
             SSL_CTX_use_PrivateKey(context, own.key.get()) == 1,
         "a key cannot be used");
}

}  // namespace

TlsContext::TlsContext(TlsSide side, Check check)
    : side_(side),
      check_(check),
      context_(SSL_CTX_new(side == TlsSide::kCalled ? TLS_server_method() : TLS_client_method()),
               SSL_CTX_free) {
  SSL_CTX* context = context_.get();
  expect(context != nullptr && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
             SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
             SSL_CTX_set_ciphersuites(context, kCiphers) == 1 &&
             SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
             SSL_CTX_set_num_tickets(context, 0) == 1 &&
             SSL_CTX_set_max_early_data(context, 0) == 1 &&
             SSL_CTX_set_ex_data(context, indexOfContext(), this) == 1,
         "TLS cannot be set up");
  // No session is resumed: every connection proves its key.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

TlsContext::TlsContext(TlsSide side, const Secret& keyPair, std::map<std::string, Role> peers)
    : TlsContext(side, Check::kKeys) {
  PI_CHECK(!peers.empty());
  peers_ = std::move(peers);
  SSL_CTX_set_max_cert_list(context_.get(), static_cast<long>(kCertificateBytesMax));
  useKeyPair(context_.get(), keyPair);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // This replaces OpenSSL's own checks of chains, names and dates.
  auto verify = [](X509_STORE_CTX* chain, void* argument) {
    const auto* self = static_cast<const TlsContext*>(argument);
    bool isKnown = self->roleOf(leafOf(chain)).has_value();
    X509_STORE_CTX_set_error(chain, isKnown ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return isKnown ? 1 : 0;
  };
  SSL_CTX_set_cert_verify_callback(context_.get(), verify, this);
}

TlsContext::TlsContext(TlsSide side, const CertificateFiles& files)
    : TlsContext(side, Check::kCertificates) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_max_cert_list(context, static_cast<long>(kCertificateChainBytesMax));
  SSL_CTX_set_default_passwd_cb(context, noPassphrase);
  expectReadable("--tls-cert", files.certificate);
  expectReadable("--tls-ca", files.authority);
  expect(SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) == 1,
         ("--tls-cert " + files.certificate).c_str());
  expectShortChain(context, files.certificate);
  PrivateKey key = readSiteKey(files.key);
  expect(SSL_CTX_use_PrivateKey(context, key.get()) == 1, ("--tls-key " + files.key).c_str());
  expect(SSL_CTX_load_verify_locations(context, files.authority.c_str(), nullptr) == 1,
         ("--tls-ca " + files.authority).c_str());
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  if (hasRevocations(store)) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  auto verify = [](int isSigned, X509_STORE_CTX* chain) {
    if (isSigned != 1 || X509_STORE_CTX_get_error_depth(chain) != 0) return isSigned;
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* self =
        static_cast<const TlsContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), indexOfContext()));
    if (self->roleOf(leafOf(chain))) return 1;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_UNTRUSTED);  // The alert tells the peer.
    return 0;
  };
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify);
}

TlsContext::TlsContext(const Secret& keyPair, std::string plainAnswer)
    : TlsContext(TlsSide::kCalled, Check::kNone) {
  plainAnswer_ = std::move(plainAnswer);
  useKeyPair(context_.get(), keyPair);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
}

TlsContext::~TlsContext() = default;

std::optional<Role> TlsContext::roleOf(const X509* certificate) const {
  if (check_ == Check::kNone) return Role::kAnyone;
  if (certificate == nullptr) return std::nullopt;
  if (check_ == Check::kKeys) {
    auto found = peers_.find(fingerprintOf(certificate));
    if (found == peers_.end()) return std::nullopt;
    return found->second;
  }
  if (side_ == TlsSide::kCaller) {
    if (hasUnit(certificate, "pi-scheduler")) return Role::kScheduler;
    return std::nullopt;
  }
  std::optional<Role> role;
  for (Role possible : {Role::kScheduler, Role::kWorker, Role::kClient, Role::kOwner}) {
    if (!hasUnit(certificate, std::string("pi-") + name(possible))) continue;
    if (role) return std::nullopt;  // A certificate with two roles has none.
    role = possible;
  }
  return role;
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), ssl_(SSL_new(context_->context_.get()), SSL_free) {
  PI_CHECK(ssl_ != nullptr);
  SSL_set_bio(ssl_.get(), newBuffer(), newBuffer());
  if (context_->side() == TlsSide::kCalled) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
}

void TlsSession::receive(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  int size = static_cast<int>(bytes.size());
  PI_CHECK(BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), size) == size);
}

std::size_t TlsSession::outputBytes() const {
  return static_cast<std::size_t>(BIO_pending(SSL_get_wbio(ssl_.get())));
}

void TlsSession::takeOutput(std::vector<std::byte>& into) {
  BIO* out = SSL_get_wbio(ssl_.get());
  std::size_t pending = outputBytes();
  if (pending == 0) return;
  std::size_t before = into.size();
  into.resize(before + pending);
  int size = static_cast<int>(pending);
  PI_CHECK(BIO_read(out, into.data() + before, size) == size);
  giveBack();
}

void TlsSession::giveBack() {
  if (state_ != State::kOpen) return;
  SSL* ssl = ssl_.get();
  if (isToBeGivenBack(SSL_get_rbio(ssl))) SSL_set0_rbio(ssl, newBuffer());
  if (isToBeGivenBack(SSL_get_wbio(ssl))) SSL_set0_wbio(ssl, newBuffer());
}

std::size_t TlsSession::heldBytes() const {
  return roomOf(SSL_get_rbio(ssl_.get())) + roomOf(SSL_get_wbio(ssl_.get()));
}

TlsSession::State TlsSession::shake() {
  if (state_ != State::kShaking) return state_;
  ERR_clear_error();
  int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = State::kOpen;
  } else {
    judge(result);
  }
  return state_;
}

Role TlsSession::peerRole() const {
  PI_CHECK(state_ == State::kOpen);
  std::optional<Role> role = context_->roleOf(SSL_get0_peer_certificate(ssl_.get()));
  PI_CHECK(role.has_value());
  return *role;
}

std::size_t TlsSession::read(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (state_ == State::kOpen && !inputEnded_ && filled < into.size() && mayHaveMore()) {
    std::size_t count = 0;
    ERR_clear_error();
    int result = SSL_read_ex(ssl_.get(), into.data() + filled, into.size() - filled, &count);
    if (result != 1) {
      judge(result);
      break;
    }
    filled += count;
  }
  giveBack();
  return filled;
}

// An SSL_read_ex() without data costs as much as half a short message.
bool TlsSession::mayHaveMore() const {
  return BIO_pending(SSL_get_rbio(ssl_.get())) > 0 || SSL_has_pending(ssl_.get()) == 1;
}

void TlsSession::write(std::span<const std::byte> bytes) {
  if (state_ != State::kOpen || bytes.empty()) return;
  std::size_t count = 0;
  ERR_clear_error();
  int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
  if (result != 1) judge(result);
}

void TlsSession::endOutput() {
  if (state_ != State::kOpen) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());  // One call sends close_notify; a second would wait for the peer's.
  ERR_clear_error();
}

// Finds out whether the call has failed or only needs more input.
void TlsSession::judge(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      break;
    case SSL_ERROR_ZERO_RETURN:
      inputEnded_ = true;
      break;
    default:
      fail();
  }
}

bool TlsSession::isReadingCertificate() const {
  OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl_.get());
  return state == TLS_ST_SR_CERT || state == TLS_ST_CR_CERT;
}

void TlsSession::fail() {
  state_ = State::kFailed;
  // The first error is the cause.  For a forged signature it is another library's, so try the last.
  TlsFailure::Kind kind = kindOf(ERR_peek_error());
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_EXCESSIVE_MESSAGE_SIZE && isReadingCertificate()) {
    kind = TlsFailure::Kind::kWrongKey;
  }
  if (kind == TlsFailure::Kind::kOther) kind = kindOf(ERR_peek_last_error());
  failure_ = {.kind = kind, .reason = opensslError()};
  if (kind == TlsFailure::Kind::kNoTls) answerInClear();
}

// The alert of OpenSSL would mean nothing to a peer without TLS.
void TlsSession::answerInClear() {
  const std::string& answer = context_->plainAnswer_;
  if (answer.empty()) return;
  SSL_set0_wbio(ssl_.get(), newBuffer());
  int size = static_cast<int>(answer.size());
  PI_CHECK(BIO_write(SSL_get_wbio(ssl_.get()), answer.data(), size) == size);
}

}  // namespace pi::net
