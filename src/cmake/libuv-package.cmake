# SPDX-License-Identifier: MIT
# Finds libuv's public headers, and its test suite when it can be had.
#
# In this order:
#   1. LIBUV_SOURCE_DIR, any libuv tree from 1.50 up;
#   2. Debian's source package, by scripts/libuv-package, unpacked below the
#      build tree without its src/ and kept in a cache (see the script);
#   3. a uv.h of the system from 1.50 up: enough for the library, no suite.
# A build without tests takes the third before it asks the network.
#
# Sets LIBUV_INCLUDE_DIR, LIBUV_VERSION, and LIBUV_TEST_DIR (empty: no suite).

# The version that the uv.h in `dir` declares, or nothing.
function(pollux_libuv_version dir out)
  set(version "")
  if(EXISTS ${dir}/uv/version.h)
    file(STRINGS ${dir}/uv/version.h lines REGEX "define UV_VERSION_[MP][AI]")
    foreach(part MAJOR MINOR PATCH)
      if(lines MATCHES "UV_VERSION_${part} +([0-9]+)")
        list(APPEND version ${CMAKE_MATCH_1})
      endif()
    endforeach()
    list(JOIN version "." version)
  endif()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

find_path(LIBUV_SYSTEM_INCLUDE_DIR uv/version.h)
mark_as_advanced(LIBUV_SYSTEM_INCLUDE_DIR)
set(system_version "")
if(LIBUV_SYSTEM_INCLUDE_DIR)
  pollux_libuv_version(${LIBUV_SYSTEM_INCLUDE_DIR} system_version)
endif()
if(system_version VERSION_GREATER_EQUAL 1.50)
  set(system_is_enough TRUE)
else()
  set(system_is_enough FALSE)
endif()

set(tree "${LIBUV_SOURCE_DIR}")
if(NOT tree AND NOT (system_is_enough AND NOT POLLUX_BUILD_TESTS))
  execute_process(
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/libuv-package
            ${PROJECT_BINARY_DIR}/libuv
    OUTPUT_VARIABLE tree OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE failed)
  if(failed)
    set(tree "")
  endif()
endif()

if(tree)
  set(LIBUV_INCLUDE_DIR ${tree}/include)
  set(LIBUV_TEST_DIR ${tree}/test)
  pollux_libuv_version(${LIBUV_INCLUDE_DIR} LIBUV_VERSION)
  if(NOT LIBUV_VERSION)
    message(FATAL_ERROR "${tree} is not a libuv tree: it has no "
                        "include/uv/version.h.")
  endif()
  if(NOT EXISTS ${LIBUV_TEST_DIR}/test-list.h)
    set(LIBUV_TEST_DIR "")
  endif()
elseif(system_is_enough)
  set(LIBUV_INCLUDE_DIR ${LIBUV_SYSTEM_INCLUDE_DIR})
  set(LIBUV_TEST_DIR "")
  set(LIBUV_VERSION ${system_version})
else()
  message(FATAL_ERROR
    "libuv's headers (1.50 or newer) cannot be had: Debian's source package "
    "was not fetched (the reason stands above) and the system has no uv.h that "
    "is new enough. Give a libuv tree with -DLIBUV_SOURCE_DIR=.")
endif()

if(LIBUV_VERSION VERSION_LESS 1.50)
  message(FATAL_ERROR "${LIBUV_INCLUDE_DIR} has libuv ${LIBUV_VERSION}; Pollux "
                      "needs the headers of 1.50 or newer.")
endif()
message(STATUS "libuv headers: ${LIBUV_VERSION}, ${LIBUV_INCLUDE_DIR}")
if(LIBUV_TEST_DIR)
  message(STATUS "libuv test suite: ${LIBUV_TEST_DIR}")
else()
  message(STATUS "libuv test suite: absent, only its headers are here")
endif()
