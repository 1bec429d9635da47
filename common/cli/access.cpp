#include "common/cli/access.h"

#include "common/cli/values.h"

namespace pi::cli {

AccessOptions readAccess(Arguments& given) {
  AccessOptions access{.certificates = {}, .insecure = given.has("insecure")};
  CertificateFiles files;
  given.read("tls-cert", parseText, files.certificate);
  given.read("tls-key", parseText, files.key);
  given.read("tls-ca", parseText, files.authority);
  int count = given.has("tls-cert") + given.has("tls-key") + given.has("tls-ca");
  if (count != 0 && count != 3) {
    given.fail("--tls-cert, --tls-key and --tls-ca are used together; give all of them or none");
  }
  given.exclude("insecure", "tls-cert");
  if (count == 3) access.certificates = files;
  return access;
}

}  // namespace pi::cli
