// A small HTTP client for the tests of the dashboard.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace pi::cluster {

struct HttpReply {
  unsigned status = 0;
  std::map<std::string, std::string> headers{};  // The last one of each name.
  std::string body{};
};

struct HttpRequest {
  std::string target{};
  std::map<std::string, std::string> headers{};  // Besides Host and Connection.
  std::string method = "GET";
  std::string host = "localhost";
  std::string body{};
};

// Sends the request to a port of this machine and reads the answer.  Throws if there is none.
HttpReply fetch(std::uint16_t port, const HttpRequest& request);

// Sends the request by HTTPS to a port of this machine.  Throws if there is no answer, or if the
// certificate is not that of this PEM text, or does not name the host of the request.
HttpReply fetchEncrypted(std::uint16_t port, const HttpRequest& request, const std::string& pem);

// Sends these bytes, and reads until the other side closes the connection.
std::string exchangeBytes(std::uint16_t port, const std::string& bytes);

// A viewer of the dashboard's live view.
class LiveViewer {
 public:
  // Opens the WebSocket; throws if it is refused.  `headers` are whole lines, such as
  // "Authorization: Bearer TOKEN\r\n".
  LiveViewer(std::uint16_t port, const std::string& headers);

  void send(const std::string& text);
  // The next frame's text; nullopt once the scheduler has ended the connection.
  std::optional<std::string> nextFrame();

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
  std::string received_;
  std::deque<std::string> frames_;
};

}  // namespace pi::cluster
