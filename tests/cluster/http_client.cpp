#include "tests/cluster/http_client.h"

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <sstream>
#include <stdexcept>

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

HttpReply fetch(std::uint16_t port, const HttpRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host +
                     "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty()) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  std::string answer = exchangeBytes(port, text + "\r\n" + request.body);
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

}  // namespace pi::cluster
