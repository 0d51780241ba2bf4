# The CMake package `libuv`, as Pollux provides it:
# libuv::uv (shared), libuv::uv_a (static), libuv::libuv (the shared one).
include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/libuvTargets.cmake)
if(NOT TARGET libuv::libuv)
  add_library(libuv::libuv INTERFACE IMPORTED)
  set_target_properties(libuv::libuv PROPERTIES
                        INTERFACE_LINK_LIBRARIES libuv::uv)
endif()
