// SQLite's C interface as C++ objects that own what they open and throw on errors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scheduler/store/row_checksum.h"

struct sqlite3;
struct sqlite3_stmt;

// All functions here throw StoreError when they fail, and may be used by one thread at a time.
namespace pi::scheduler::sqlite {

class Connection {
 public:
  // Opens an existing file.  `path` is absolute and must not be a symbolic link.
  explicit Connection(std::string path);

  // Runs statements that return no rows.
  void execute(const std::string& sql);

  // The first column of the first row.
  std::uint64_t integer(const char* sql);
  std::string text(const char* sql);

  // Throws SQLite's last error, translated to a sentence with a remedy.
  [[noreturn]] void failByLastError() const;
  // Throws "the job store PATH is damaged: `fault`; ...".
  [[noreturn]] void failAsDamaged(const std::string& fault) const;
  // "the job store PATH `predicate`"
  std::string sentence(const std::string& predicate) const;
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement.  Parameters are put, and columns are read, in order from the first.  Both
// are added to a checksum, so that a row can end with its checksum.  Unsigned numbers keep their 64
// bits in SQLite's signed integers.
class Statement {
 public:
  Statement(Connection& connection, const char* sql);

  Statement& put(std::uint64_t number);
  Statement& putText(std::string_view text);
  Statement& putBlob(std::string_view bytes);
  Statement& putChecksum();  // Covers the parameters put so far.
  void run();                // For a statement that returns no rows.

  // Moves to the next row.  Returns false after the last row; the statement can then run again.
  bool next();
  std::uint64_t number();
  std::string text();
  std::string blob();
  void verifyChecksum();  // Compares the columns read so far with the next column.

  // Makes the statement ready to run again.  Needed if not all rows were read.
  void reset();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  int step();
  void expectOk(int result);

  Connection& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int parameter_ = 0;
  int column_ = 0;
  RowChecksum checksum_;
};

// The destructor rolls the transaction back unless it was committed.
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
