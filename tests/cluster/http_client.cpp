#include "tests/cluster/http_client.h"

#include <array>
#include <asio/buffer.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/net/tls/keys.h"
#include "common/net/tls/openssl.h"
#include "tests/net/web_socket.h"

namespace pi::cluster {

std::string exchangeBytes(std::uint16_t port, const std::string& bytes) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  std::error_code error;
  asio::write(socket, asio::buffer(bytes), error);  // The other side may close in the middle.
  std::string received;
  std::array<char, 16384> piece;
  for (error = {}; !error;) {
    std::size_t count = socket.read_some(asio::buffer(piece), error);
    received.append(piece.data(), count);
  }
  return received;
}

namespace {

// The other end of HTTPS on a socket that blocks.
std::string exchangeEncrypted(std::uint16_t port, const std::string& bytes, const std::string& pem,
                              const std::string& host) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  net::SslContext context(SSL_CTX_new(TLS_client_method()));
  net::KeyHalves trusted = net::readKeyPair(pem);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), trusted.certificate.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  net::Ssl ssl(SSL_new(context.get()));
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0);
  }
  SSL_set_fd(ssl.get(), socket.native_handle());
  if (SSL_connect(ssl.get()) != 1) throw std::runtime_error("no TLS: " + net::opensslError());
  SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
  std::string received;
  std::array<char, 16384> piece;
  for (int count = 0;
       (count = SSL_read(ssl.get(), piece.data(), static_cast<int>(piece.size()))) > 0;) {
    received.append(piece.data(), static_cast<std::size_t>(count));
  }
  return received;
}

std::string textOf(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host +
                     "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty()) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

HttpReply replyIn(const std::string& answer) {
  auto end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || end == answer.npos) {
    throw std::runtime_error("no answer of HTTP: " + answer);
  }
  HttpReply reply{.status = static_cast<unsigned>(std::stoul(answer.substr(9, 3)))};
  reply.body = answer.substr(end + 4);
  std::istringstream head(answer.substr(0, end));
  std::string line;
  std::getline(head, line);
  while (std::getline(head, line)) {
    auto colon = line.find(": ");
    if (line.ends_with('\r')) line.pop_back();
    if (colon != line.npos) reply.headers[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return reply;
}

}  // namespace

HttpReply fetch(std::uint16_t port, const HttpRequest& request) {
  return replyIn(exchangeBytes(port, textOf(request)));
}

HttpReply fetchEncrypted(std::uint16_t port, const HttpRequest& request, const std::string& pem) {
  std::string host = request.host.substr(0, request.host.find(':'));
  return replyIn(exchangeEncrypted(port, textOf(request), pem, host));
}

LiveViewer::LiveViewer(std::uint16_t port, const std::string& headers) : socket_(io_) {
  socket_.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  std::string request = "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n" +
                        testing::kUpgradeHeaders + headers + "\r\n";
  asio::write(socket_, asio::buffer(request));
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t end = asio::read_until(socket_, asio::dynamic_buffer(received_), kEnd);
  if (!received_.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("refused: " + received_);
  received_.erase(0, end);
}

void LiveViewer::send(const std::string& text) {
  asio::write(socket_, asio::buffer(testing::clientFrame(text)));
}

std::optional<std::string> LiveViewer::nextFrame() {
  std::array<char, 16384> piece;
  while (true) {
    for (testing::ServerFrame& frame : testing::takeFrames(received_)) {
      if (frame.opcode == testing::kText) frames_.push_back(std::move(frame.payload));
    }
    if (!frames_.empty()) break;
    std::error_code error;
    std::size_t count = socket_.read_some(asio::buffer(piece), error);
    if (error) return std::nullopt;
    received_.append(piece.data(), count);
  }
  std::string frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

}  // namespace pi::cluster
