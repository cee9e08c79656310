# Defines ytx::ytx, the shared library, and ytx::ytx_static, the archive.
# `make install` has filled in the libraries and the way to the prefix. Paths start from this
# file's own place, with links resolved since /lib may be one to /usr/lib.

get_filename_component(_ytx_lib "${CMAKE_CURRENT_LIST_DIR}/../.." REALPATH)
get_filename_component(_ytx_include "${_ytx_lib}/@prefix@/include" ABSOLUTE)

if(NOT TARGET ytx::ytx)
  add_library(ytx::ytx SHARED IMPORTED)
  set_target_properties(ytx::ytx PROPERTIES
    IMPORTED_LOCATION "${_ytx_lib}/libytx.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_ytx_include}")

  add_library(ytx::ytx_static STATIC IMPORTED)
  set_target_properties(ytx::ytx_static PROPERTIES
    IMPORTED_LOCATION "${_ytx_lib}/libytx.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_ytx_include}"
    INTERFACE_LINK_LIBRARIES "@libs@")
endif()

unset(_ytx_lib)
unset(_ytx_include)
