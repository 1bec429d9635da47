// A refusal as a page for people: what is wrong, and the command that helps.
#pragma once

#include "scheduler/http/answer.h"
#include "scheduler/http/request.h"

namespace pi::scheduler::http {

// True for a browser that opens a page; programs, and scripts of a page, get JSON.
bool wantsPage(const RequestHead& head);

// The failure with its status, as HTML.
Answer refusalPage(const Failure& failure);

}  // namespace pi::scheduler::http
