# Says whether this version serves a find_package(ytx VERSION): the same major version, and not
# an older one, since within a major version the ABI only grows. `make install` has filled in the
# version.

set(PACKAGE_VERSION "@version@")
string(REGEX MATCH "^[0-9]+" _ytx_major "${PACKAGE_VERSION}")

if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION
   AND PACKAGE_FIND_VERSION_MAJOR EQUAL _ytx_major)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()

unset(_ytx_major)
