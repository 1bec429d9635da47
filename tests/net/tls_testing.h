// Keys and contexts for the tests of this folder.
#pragma once

#include <map>
#include <memory>

#include "common/net/tls/keys.h"
#include "common/net/tls/tls.h"

namespace pi::net::testing {

// Made once, since making keys takes time.
struct TestKeys {
  Secret scheduler = makeKeyPair("pi-scheduler");
  Secret worker = makeKeyPair("pi-worker");
  Secret client = makeKeyPair("pi-client");
  Secret owner = makeKeyPair("pi-owner");
  Secret stranger = makeKeyPair("pi-worker");  // The right name with a wrong key.
};

inline const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

// The context of a scheduler that accepts a worker, a client and the owner.
inline std::shared_ptr<const TlsContext> calledContext(const Secret& own = keys().scheduler) {
  return std::make_shared<TlsContext>(
      TlsSide::kCalled, own,
      std::map<std::string, Role>{{fingerprintOf(keys().worker), Role::kWorker},
                                  {fingerprintOf(keys().client), Role::kClient},
                                  {fingerprintOf(keys().owner), Role::kOwner}});
}

// The context of a caller with the key `own` that accepts the scheduler with the key `scheduler`.
inline std::shared_ptr<const TlsContext> callerContext(const Secret& own = keys().worker,
                                                       const Secret& scheduler = keys().scheduler) {
  return std::make_shared<TlsContext>(
      TlsSide::kCaller, own,
      std::map<std::string, Role>{{fingerprintOf(scheduler), Role::kScheduler}});
}

}  // namespace pi::net::testing
