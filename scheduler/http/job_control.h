// The requests that change something: /api/v1/jobs and /api/v1/jobs/ID/... by POST.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <string>

#include "scheduler/http/answer.h"
#include "scheduler/service/client_service.h"

namespace pi::scheduler::http {

// The bodies are those of job_request.h.  An answer comes when the change is saved; that of a new
// priority comes at once.
class JobControl {
 public:
  explicit JobControl(ClientService& service) : service_(service) {}

  kj::Promise<Answer> submit(const std::string& body);
  kj::Promise<Answer> cancel(std::uint64_t job, const std::string& body);
  Answer setPriority(std::uint64_t job, const std::string& body);

 private:
  ClientService& service_;
};

}  // namespace pi::scheduler::http
