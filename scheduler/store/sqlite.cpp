#include "scheduler/store/sqlite.h"

#include <sqlite3.h>

#include <bit>
#include <system_error>
#include <utility>

#include "common/base/printable.h"
#include "scheduler/store/store_error.h"

namespace pi::scheduler::sqlite {
namespace {

constexpr const char* kDamageRemedy =
    "restore it, or move it away with its -wal file to start without its jobs";

constexpr const char* kWriteProtected =
    "cannot be written: it is write-protected; make it writable";

// The operating system's error, or SQLite's if there is none.
std::string errorText(sqlite3* handle) {
  int system = sqlite3_system_errno(handle);
  return system == 0 ? sqlite3_errmsg(handle) : std::system_category().message(system);
}

}  // namespace

Connection::Connection(std::string path) : path_(std::move(path)) {
  sqlite3* handle = nullptr;
  constexpr int kFlags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int result = sqlite3_open_v2(path_.c_str(), &handle, kFlags, nullptr);
  handle_.reset(handle);
  if (handle == nullptr) throw StoreError(sentence("cannot be opened: out of memory"));
  if (result != SQLITE_OK) failByLastError();
  // SQLite opens a file that it may not write for reading only.
  if (sqlite3_db_readonly(handle, "main") == 1) throw StoreError(sentence(kWriteProtected));
}

void Connection::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }

void Connection::execute(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    failByLastError();
  }
}

std::uint64_t Connection::integer(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.next()) failAsDamaged("a row is missing");
  return statement.number();
}

std::string Connection::text(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.next()) failAsDamaged("a row is missing");
  return statement.text();
}

std::string Connection::sentence(const std::string& predicate) const {
  return "the job store " + path_ + " " + predicate;
}

void Connection::failAsDamaged(const std::string& fault) const {
  throw StoreError(sentence("is damaged: " + printable(fault) + "; " + kDamageRemedy));
}

void Connection::failByLastError() const {
  switch (sqlite3_errcode(handle()) & 0xFF) {
    case SQLITE_FULL:
      throw StoreError(sentence("cannot be written: the disk is full; free some space"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreError(sentence("is in use by another program; stop that program"));
    case SQLITE_READONLY:
      throw StoreError(sentence(kWriteProtected));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
      throw StoreError(sentence("cannot be read or written: " + errorText(handle()) +
                                "; check its disk, your quota and its permissions"));
    case SQLITE_NOTADB:
      throw StoreError(
          sentence(std::string("is damaged, or is not a job store; ") + kDamageRemedy));
    default:
      failAsDamaged(sqlite3_errmsg(handle()));
  }
}

Statement::Statement(Connection& connection, const char* sql) : connection_(connection) {
  sqlite3_stmt* handle = nullptr;
  expectOk(sqlite3_prepare_v3(connection.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle,
                              nullptr));
  handle_.reset(handle);
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

void Statement::expectOk(int result) {
  if (result == SQLITE_OK) return;
  parameter_ = 0;  // The next attempt begins with the first parameter again.
  checksum_ = {};
  connection_.failByLastError();
}

Statement& Statement::put(std::uint64_t number) {
  checksum_.add(number);
  expectOk(sqlite3_bind_int64(handle_.get(), ++parameter_, std::bit_cast<std::int64_t>(number)));
  return *this;
}

Statement& Statement::putText(std::string_view text) {
  checksum_.add(text);
  const char* data = text.empty() ? "" : text.data();  // SQLite stores a null pointer as NULL.
  expectOk(sqlite3_bind_text64(handle_.get(), ++parameter_, data, text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8));
  return *this;
}

Statement& Statement::putBlob(std::string_view bytes) {
  checksum_.add(bytes);
  const char* data = bytes.empty() ? "" : bytes.data();
  expectOk(sqlite3_bind_blob64(handle_.get(), ++parameter_, data, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::putChecksum() { return put(checksum_.value()); }

int Statement::step() {
  int result = sqlite3_step(handle_.get());
  column_ = 0;
  checksum_ = {};
  if (result != SQLITE_ROW && result != SQLITE_DONE) {
    try {
      connection_.failByLastError();  // Before the reset, which may change the last error.
    } catch (...) {
      reset();
      throw;
    }
  }
  return result;
}

void Statement::run() {
  step();
  reset();
}

bool Statement::next() {
  if (step() == SQLITE_ROW) return true;
  reset();
  return false;
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  parameter_ = 0;
  column_ = 0;
  checksum_ = {};
}

std::uint64_t Statement::number() {
  auto number = std::bit_cast<std::uint64_t>(
      static_cast<std::int64_t>(sqlite3_column_int64(handle_.get(), column_++)));
  checksum_.add(number);
  return number;
}

std::string Statement::text() { return blob(); }

std::string Statement::blob() {
  const void* data = sqlite3_column_blob(handle_.get(), column_);
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column_++));
  std::string bytes;
  if (data != nullptr) bytes.assign(static_cast<const char*>(data), size);
  checksum_.add(bytes);
  return bytes;
}

void Statement::verifyChecksum() {
  std::uint64_t expected = checksum_.value();
  if (number() != expected) connection_.failAsDamaged("a row has a wrong checksum");
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  connection_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (sqlite3_get_autocommit(connection_.handle()) != 0) return;  // It has ended.
  sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() { connection_.execute("COMMIT"); }

}  // namespace pi::scheduler::sqlite
