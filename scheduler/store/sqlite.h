// SQLite's C interface with owners and exceptions: a connection, a statement, a transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scheduler/store/row_sum.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pi::scheduler::sqlite {

// All that fails here throws StoreError.  One thread at a time.
class Connection {
 public:
  // The file must exist, and may not be a symbolic link.  `path` is absolute.
  explicit Connection(std::string path);

  void execute(const std::string& sql);
  std::uint64_t integer(const char* sql);  // The first column of the first row.
  std::string text(const char* sql);

  [[noreturn]] void failByLastError() const;
  [[noreturn]] void failAsDamaged(const std::string& what) const;
  std::string sentence(const std::string& predicate) const;  // "the job store PATH predicate"
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// Values go in, and columns come out, in order; both are summed up on the way, so that a row that
// ends with its sum can be checked.  Unsigned numbers keep their 64 bits in SQLite's signed ones.
class Statement {
 public:
  Statement(Connection& connection, const char* sql);

  Statement& put(std::uint64_t number);
  Statement& putText(std::string_view text);
  Statement& putBlob(std::string_view bytes);
  Statement& putSum();
  void run();  // Of a statement that has no rows to give.

  bool next();  // To the next row; false after the last, and then it can be used anew.
  std::uint64_t number();
  std::string text();
  std::string blob();
  void checkSum();

  void reset();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  int step();
  void expect(int result);

  Connection& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int parameter_ = 0;
  int column_ = 0;
  RowSum sum_;
};

// Is rolled back unless it was committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Connection& connection_;
};

}  // namespace pi::scheduler::sqlite
