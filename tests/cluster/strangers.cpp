#include "tests/cluster/strangers.h"

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <asio/write.hpp>
#include <csignal>
#include <regex>

#include "common/net/tls/openssl.h"
#include "common/net/transport/listener.h"

namespace pi::cluster {
namespace {

using namespace net;
using Tcp = asio::ip::tcp;

#ifdef __SANITIZE_ADDRESS__
constexpr double kSlowness = 10;
#else
constexpr double kSlowness = 1;
#endif

// A key, and a certificate that it has signed itself.
KeyHalves makeKey(const char* curve) {
  KeyHalves made;
  made.key.reset(EVP_EC_gen(curve));
  made.certificate.reset(X509_new());
  X509* raw = made.certificate.get();
  X509_gmtime_adj(X509_getm_notBefore(raw), 0);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_set_pubkey(raw, made.key.get());
  X509_sign(raw, made.key.get(), EVP_sha256());
  return made;
}

BackgroundReport reportIn(const std::string& log) {
  static const std::regex kLine(
      R"(handshakes of workers and clients: (\d+) begun, (\d+) succeeded, .*)"
      R"(background: ([\d.]+) of ([\d.]+) s of )"
      R"(CPU time, ([\d.]+) s of it before other work; longest piece ([\d.]+) ms; )"
      R"(calls and other events (\d+) times between (\d+) pieces)");
  std::smatch found;
  REQUIRE(std::regex_search(log, found, kLine));
  return {.begun = std::stoull(found[1]),
          .succeeded = std::stoull(found[2]),
          .backgroundSeconds = std::stod(found[3]),
          .allSeconds = std::stod(found[4]),
          .secondsBeforeOthers = std::stod(found[5]),
          .longestMilliseconds = std::stod(found[6]),
          .eventsBetween = std::stoull(found[7]),
          .pieces = std::stoull(found[8])};
}

}  // namespace

Crowd::Crowd(net::KjLoop& ourLoop, std::uint16_t ourPort) : loop(ourLoop), port(ourPort) {
  net::raiseOpenFilesLimit();
}

Tcp::socket& Crowd::connect() {
  Tcp::socket& socket = sockets.emplace_back(loop.io());
  socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), port));
  return socket;
}

void Crowd::send(const std::string& bytes) {
  std::error_code ignored;
  asio::write(connect(), asio::buffer(bytes), ignored);
}

std::size_t Crowd::takeAnswers() {
  std::size_t answered = 0;
  for (Tcp::socket& socket : sockets) {
    char byte = 0;
    std::error_code ignored;
    answered += socket.read_some(asio::buffer(&byte, 1), ignored);
  }
  sockets.clear();
  return answered;
}

std::string helloWith(const char* groups) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set1_groups_list(context.get(), groups);
  Ssl ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl.get());
  SSL_do_handshake(ssl.get());
  std::string hello(std::size_t{4} << 10, '\0');
  int size = BIO_read(SSL_get_wbio(ssl.get()), hello.data(), static_cast<int>(hello.size()));
  hello.resize(static_cast<std::size_t>(size));
  return hello;
}

bool isRefusedWithCertificates(asio::ip::tcp::socket& socket, int count) {
  // TLS 1.3 has no signatures with the expensive curve, so the first key is a usual one.
  static const KeyHalves kOwn = makeKey("P-256");
  static const KeyHalves kOther = makeKey("sect571r1");
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_use_certificate(context.get(), kOwn.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), kOwn.key.get());
  for (int i = 1; i < count; ++i) SSL_CTX_add1_chain_cert(context.get(), kOther.certificate.get());
  Ssl ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), socket.native_handle());
  bool isSent = SSL_connect(ssl.get()) == 1;
  std::array<char, 16> bytes{};
  bool isRefused = SSL_read(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0;
  ERR_clear_error();
  return isSent && isRefused;
}

BackgroundReport checkedReport(Cluster& cluster) {
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  BackgroundReport report = reportIn(cluster.scheduler().err());
  // A fifth, and the pieces that began when nothing else was due.
  CHECK(report.secondsBeforeOthers < 0.25 * report.allSeconds);
  CHECK(report.longestMilliseconds < 10 * kSlowness);
  MESSAGE(report.begun << " handshakes; the background took " << report.backgroundSeconds << " of "
                       << report.allSeconds << " s of CPU time, " << report.secondsBeforeOthers
                       << " s of it before other work; calls and other events were due "
                       << report.eventsBetween << " times between " << report.pieces
                       << " pieces, the longest of which took " << report.longestMilliseconds
                       << " ms");
  return report;
}

}  // namespace pi::cluster
