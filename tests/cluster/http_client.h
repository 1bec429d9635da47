// A small HTTP client for the tests of the dashboard.
#pragma once

#include <cstdint>
#include <map>
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

// Sends these bytes, and reads until the other side closes the connection.
std::string exchangeBytes(std::uint16_t port, const std::string& bytes);

}  // namespace pi::cluster
