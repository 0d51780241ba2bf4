# SPDX-License-Identifier: MIT
# pollux_monitor(<name> HEADER <header> [LIBRARY <library>] [OPTION <variable>]
#                [WITH <source>...])
#
# Adds the fd monitor <name>.c when the system has what it needs: the header, and
# for LIBRARY a static library (it is linked in with its symbols hidden) with
# which probe-<name>.c.in can be linked. WITH names sources that only this monitor
# needs. A monitor that cannot be built is absent. Its file lies in
# src/unix/monitor/, or in the folder that POLLUX_MONITOR_FOLDER names.
#
# OPTION names a cache variable for the user: AUTO (as above), OFF, or ON, which
# makes an absence an error.
#
# The order of the calls is the order of preference. Each monitor gets a row in
# the generated monitors.inc, built or not: the name is known then. The tests of
# those that are built hang on the list POLLUX_MONITORS.
#
# POLLUX_EXTRA_MONITORS lists folders outside src/ with more monitors: each has a
# monitor.cmake that calls pollux_monitor(), after ours and so below them in
# preference. docs/adding-a-monitor.md walks through one.
include(CheckIncludeFile)
find_package(PkgConfig QUIET)

set(POLLUX_MONITORS "")
set(POLLUX_MONITOR_SOURCES "")  # of the monitors that are built
set(POLLUX_MONITOR_ABSENT "")   # sources of those that are not
set(POLLUX_MONITOR_ARCHIVES "") # static libraries to link in
set(POLLUX_MONITOR_INCLUDES "")
set(POLLUX_MONITOR_ROWS "")     # of monitors.inc
set(POLLUX_MONITOR_FOLDER unix/monitor)
set(POLLUX_EXTRA_MONITORS "" CACHE STRING
    "Folders with a monitor.cmake and the monitors that it names")

# Find the header and the archive of `library`: where pkg-config says, if it is
# here and knows it, and else where the compiler looks. Both may be another
# machine's, in a cross build above all, so the probe has the last word. It runs
# at each configuring: packages come and go.
function(pollux_find_archive name library header out_archive out_include out_why)
  unset(POLLUX_${name}_FOUND CACHE)
  if(PkgConfig_FOUND)
    pkg_check_modules(POLLUX_${name} QUIET ${library})
  endif()
  foreach(what INCLUDE ARCHIVE SHARED)
    if(NOT EXISTS "${POLLUX_${name}_${what}}")
      unset(POLLUX_${name}_${what} CACHE)
    endif()
  endforeach()
  find_path(POLLUX_${name}_INCLUDE ${header}
            HINTS ${POLLUX_${name}_INCLUDE_DIRS} ${POLLUX_${name}_INCLUDEDIR})
  find_library(POLLUX_${name}_ARCHIVE NAMES ${library}.a
               HINTS ${POLLUX_${name}_LIBDIR})
  find_library(POLLUX_${name}_SHARED NAMES ${library}.so
               HINTS ${POLLUX_${name}_LIBDIR})
  mark_as_advanced(POLLUX_${name}_INCLUDE POLLUX_${name}_ARCHIVE
                   POLLUX_${name}_SHARED)

  set(why "")
  set(include "")
  if(NOT POLLUX_${name}_INCLUDE)
    set(why "there is no <${header}>")
  elseif(NOT POLLUX_${name}_ARCHIVE AND POLLUX_${name}_SHARED)
    # libuv.so.1 needs libc and nothing else: it takes the place of one that does.
    set(why "there is only a shared ${library}, and Pollux links the static one")
  elseif(NOT POLLUX_${name}_ARCHIVE)
    set(why "there is no ${library}.a")
  else()
    # The compiler's own folder must keep its place behind others.
    if(NOT POLLUX_${name}_INCLUDE IN_LIST CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES
       AND NOT POLLUX_${name}_INCLUDE STREQUAL "/usr/include")
      set(include ${POLLUX_${name}_INCLUDE})
    endif()
    set(probe ${PROJECT_BINARY_DIR}/generated/probe-${name}.c)
    configure_file(${PROJECT_SOURCE_DIR}/src/cmake/probe-${name}.c.in ${probe}
                   COPYONLY)
    try_compile(fits ${PROJECT_BINARY_DIR}/probe-${name} ${probe}
      CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${include}"
      COMPILE_DEFINITIONS -D_GNU_SOURCE
      LINK_LIBRARIES ${POLLUX_${name}_ARCHIVE} OUTPUT_VARIABLE said)
    if(NOT fits)
      file(WRITE ${PROJECT_BINARY_DIR}/probe-${name}.log "${said}")
      set(why "${POLLUX_${name}_ARCHIVE} is too old or for another machine")
    endif()
  endif()
  set(${out_archive} "${POLLUX_${name}_ARCHIVE}" PARENT_SCOPE)
  set(${out_include} "${include}" PARENT_SCOPE)
  set(${out_why} "${why}" PARENT_SCOPE)
endfunction()

function(pollux_monitor name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;LIBRARY;OPTION" "WITH")
  set(sources ${POLLUX_MONITOR_FOLDER}/${name}.c ${arg_WITH})
  set(why "")
  set(choice AUTO)
  if(arg_OPTION)
    set(${arg_OPTION} AUTO CACHE STRING
        "The monitor ${name}: AUTO (if it can be built), ON or OFF")
    set_property(CACHE ${arg_OPTION} PROPERTY STRINGS AUTO ON OFF)
    set(choice "${${arg_OPTION}}")
  endif()

  if(NOT choice STREQUAL "AUTO" AND NOT choice)
    set(why "${arg_OPTION} is ${choice}")
  elseif(arg_LIBRARY)
    pollux_find_archive(${name} ${arg_LIBRARY} ${arg_HEADER} archive include why)
  else()
    string(MAKE_C_IDENTIFIER "POLLUX_HAVE_${arg_HEADER}" found)
    check_include_file(${arg_HEADER} ${found})
    if(NOT ${found})
      set(why "there is no <${arg_HEADER}>")
    endif()
  endif()

  if(why AND choice AND NOT choice STREQUAL "AUTO")
    message(FATAL_ERROR "${arg_OPTION} is ${choice}, and the monitor ${name} "
                        "cannot be built: ${why}.")
  elseif(why)
    message(STATUS "monitor ${name}: absent, ${why}")
    list(APPEND POLLUX_MONITOR_ABSENT ${sources})
    list(APPEND POLLUX_MONITOR_ROWS "UV__MONITOR_ABSENT(${name})")
  else()
    message(STATUS "monitor ${name}: yes")
    list(APPEND POLLUX_MONITORS ${name})
    list(APPEND POLLUX_MONITOR_ROWS "UV__MONITOR(${name})")
    list(APPEND POLLUX_MONITOR_SOURCES ${sources})
    list(APPEND POLLUX_MONITOR_ARCHIVES ${archive})
    list(APPEND POLLUX_MONITOR_INCLUDES ${include})
  endif()
  foreach(list MONITORS MONITOR_SOURCES MONITOR_ABSENT MONITOR_ARCHIVES
               MONITOR_INCLUDES MONITOR_ROWS)
    set(POLLUX_${list} "${POLLUX_${list}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Add the monitors of the folders in POLLUX_EXTRA_MONITORS.
macro(pollux_extra_monitors)
  foreach(folder IN LISTS POLLUX_EXTRA_MONITORS)
    get_filename_component(POLLUX_MONITOR_FOLDER ${folder} ABSOLUTE
                           BASE_DIR ${PROJECT_SOURCE_DIR})
    include(${POLLUX_MONITOR_FOLDER}/monitor.cmake)
  endforeach()
endmacro()

# Write `file`: a row for each monitor, in order of preference.
function(pollux_write_monitors file)
  list(JOIN POLLUX_MONITOR_ROWS "\n" rows)
  file(CONFIGURE OUTPUT ${file}
       CONTENT "/* Generated by monitors.cmake. */\n${rows}\n" @ONLY)
endfunction()
