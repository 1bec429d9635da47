#include "scheduler/service/tickets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/model/epoch.h"
#include "common/model/worker_identity.h"

namespace pi::scheduler {
namespace {

// Fields of fixed width, the lowest byte first: messages with different fields differ.
template <std::size_t kBytes>
class Message {
 public:
  Message& add(std::uint64_t value, std::size_t width = 8) {
    PI_CHECK(size_ + width <= kBytes);
    for (std::size_t i = 0; i < width; ++i) {
      bytes_[size_++] = static_cast<std::uint8_t>(value >> 8 * i);
    }
    return *this;
  }
  Message& add(const Incarnation& incarnation) {
    for (std::uint8_t byte : incarnation) add(byte, 1);
    return *this;
  }
  std::span<const std::uint8_t> bytes() const {
    PI_CHECK(size_ == kBytes);
    return bytes_;
  }

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

void Tickets::Free::operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }

Tickets::Tickets(std::string_view secret, std::map<std::uint64_t, Incarnation> incarnations)
    : incarnations_(std::move(incarnations)),
      identityKey_(keyFrom(secret, "pi worker identity")),
      ticketKey_(keyFrom(secret, "pi lease ticket")) {
  EVP_MAC* siphash = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_SIPHASH, nullptr);
  context_.reset(EVP_MAC_CTX_new(siphash));
  EVP_MAC_free(siphash);  // The context holds it.
  PI_CHECK(context_ != nullptr);
  std::size_t size = Ticket{}.size();
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                               OSSL_PARAM_construct_end()};
  PI_CHECK(EVP_MAC_CTX_set_params(context_.get(), params) == 1);
}

Tickets::Key Tickets::keyFrom(std::string_view secret, std::string_view purpose) {
  PI_CHECK(secret.size() >= kKeyBytes);
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  std::size_t size = 0;
  PI_CHECK(EVP_Q_mac(nullptr, OSSL_MAC_NAME_HMAC, nullptr, OSSL_DIGEST_NAME_SHA2_256, nullptr,
                     secret.data(), secret.size(),
                     reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                     code.data(), code.size(), &size) != nullptr);
  PI_CHECK(size >= kKeyBytes);
  Key key;
  std::copy_n(code.begin(), key.size(), key.begin());
  return key;
}

Ticket Tickets::codeOf(const Key& key, std::span<const std::uint8_t> message) const {
  Ticket code;
  std::size_t size = 0;
  // With the key each time: without it a used context continues with its old state.
  bool isDone = EVP_MAC_init(context_.get(), key.data(), key.size(), nullptr) == 1 &&
                EVP_MAC_update(context_.get(), message.data(), message.size()) == 1 &&
                EVP_MAC_final(context_.get(), code.data(), &size, code.size()) == 1;
  PI_CHECK(isDone);
  PI_CHECK(size == code.size());
  return code;
}

std::string Tickets::identityOf(WorkerId worker) const {
  auto id = Message<kIdentityNumberBytes>().add(number(worker));
  auto message = Message<kIdentityNumberBytes + sizeof(Incarnation)>()
                     .add(number(worker))
                     .add(incarnations_.at(epochOf(worker)));
  Ticket code = codeOf(identityKey_, message.bytes());
  std::string identity(id.bytes().begin(), id.bytes().end());
  identity.append(code.begin(), code.end());
  return identity;
}

std::optional<WorkerId> Tickets::workerOf(std::string_view identity) const {
  if (identity.size() != kIdentityNumberBytes + Ticket{}.size()) return std::nullopt;
  WorkerId worker = numberIn(identity).value();
  if (!knows(epochOf(worker))) return std::nullopt;
  std::string genuine = identityOf(worker);
  // In constant time: the time must not tell how many bytes are right.
  bool isGenuine = CRYPTO_memcmp(genuine.data(), identity.data(), genuine.size()) == 0;
  return isGenuine ? std::optional(worker) : std::nullopt;
}

Ticket Tickets::ticketFor(WorkerId worker, const Lease& lease) const {
  auto message = Message<57 + sizeof(Incarnation)>()
                     .add(number(worker))
                     .add(number(lease.id))
                     .add(number(lease.job))
                     .add(lease.stream.seed)
                     .add(static_cast<std::uint64_t>(lease.stream.sampler), 1)
                     .add(kStreamVersion, 4)
                     .add(lease.range.begin)
                     .add(lease.range.end)
                     .add(lease.threads, 4)
                     .add(incarnations_.at(epochOf(lease.id)));
  return codeOf(ticketKey_, message.bytes());
}

bool Tickets::isGenuine(WorkerId worker, const Lease& lease, const Ticket& ticket) const {
  if (!knows(epochOf(lease.id))) return false;
  Ticket genuine = ticketFor(worker, lease);
  return CRYPTO_memcmp(genuine.data(), ticket.data(), genuine.size()) == 0;
}

}  // namespace pi::scheduler
