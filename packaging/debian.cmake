# The Debian package: `cpack -G DEB` in the build folder makes it.
set(CPACK_PACKAGE_NAME pi-scheduler)  # Debian has another package "pi".
set(CPACK_PACKAGE_VENDOR "the authors of pi-scheduler")
set(PI_MAINTAINER "the pi-scheduler authors <pi-scheduler@localhost>" CACHE STRING
  "Name and address in the Debian package")
set(CPACK_PACKAGE_CONTACT "${PI_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "estimate pi by the Monte Carlo method on a cluster")
set(CPACK_PACKAGE_DESCRIPTION
  "pi-scheduler gives the samples of jobs to any number of pi-worker processes, and pi-client\n\
submits jobs and prints the estimate with its error. The result is exact and repeatable: the same\n\
seed gives the same digits on any machines, after any failure.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS  # Whatever the umask of the builder is.
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL programs gpu files debian)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS slurm-client)
set(CPACK_GENERATOR DEB)
set(CPACK_SOURCE_GENERATOR "")
include(CPack)
