# SPDX-License-Identifier: MIT
# One check of an installed prefix, chosen by MODE:
#   prefix             install BUILD into the empty SCRATCH/prefix, list is complete
#   find_package       a CMake user: libuv::uv, libuv::uv_a, libuv::libuv, and
#                      libuv-static.pc through pkg_check_modules()
#   pkg-config         a user of libuv.pc
#   pkg-config-static  a user of libuv-static.pc
# Each user is built and run; a static one must not need libuv.so.1.
cmake_minimum_required(VERSION 3.20)

set(prefix ${SCRATCH}/prefix)
set(work ${SCRATCH}/${MODE})
set(source ${CMAKE_CURRENT_LIST_DIR}/consumer)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(failed)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "failed (${failed}): ${command}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Run `program`, which must or must not need libuv.so.1.
function(try program is_static)
  run(${CMAKE_COMMAND} -E env --unset=LD_PRELOAD
      LD_LIBRARY_PATH=${prefix}/${LIBDIR} ${program})
  run(${READELF} -d ${program})
  string(FIND "${output}" "[libuv.so.1]" place)
  if(is_static AND NOT place EQUAL -1)
    message(FATAL_ERROR "${program} needs libuv.so.1, it should be static")
  elseif(NOT is_static AND place EQUAL -1)
    message(FATAL_ERROR "${program} does not need libuv.so.1")
  endif()
endfunction()

function(build_by_pkg_config package is_static)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  run(${PKG_CONFIG} --atleast-version=1.50 ${package})
  run(${PKG_CONFIG} --variable=pollux_version ${package})
  string(STRIP "${output}" version)
  if(NOT version STREQUAL "${VERSION}")
    message(FATAL_ERROR "${package} says ${version}, it is ${VERSION}")
  endif()
  run(${PKG_CONFIG} --cflags --libs ${package})
  separate_arguments(flags UNIX_COMMAND "${output}")
  separate_arguments(cflags UNIX_COMMAND "${CFLAGS}")
  run(${CC} ${cflags} ${source}/consumer.c ${flags} -o ${work}/consumer)
  try(${work}/consumer ${is_static})
endfunction()

file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})
if(MODE STREQUAL "prefix")
  file(REMOVE_RECURSE ${prefix})
  run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${prefix})
  set(licences LICENSE LICENSE.libuv)
  foreach(archive IN LISTS ARCHIVES)
    cmake_path(GET archive STEM name)
    list(APPEND licences LICENSE.${name})
  endforeach()
  list(TRANSFORM licences PREPEND ${DOCDIR}/)
  foreach(file ${LIBDIR}/libuv.so.1 ${LIBDIR}/libuv.so ${LIBDIR}/libuv.a
               ${LIBDIR}/pkgconfig/libuv.pc ${LIBDIR}/pkgconfig/libuv-static.pc
               ${LIBDIR}/cmake/libuv/libuvConfig.cmake
               include/uv.h include/uv/version.h include/uv/unix.h
               include/pollux.h ${licences})
    if(NOT EXISTS ${prefix}/${file})
      message(FATAL_ERROR "the prefix lacks ${file}")
    endif()
  endforeach()
elseif(MODE STREQUAL "find_package")
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  run(${CMAKE_COMMAND} -S ${source} -B ${work} -DCMAKE_PREFIX_PATH=${prefix}
      -DCMAKE_C_COMPILER=${CC} -DCMAKE_C_FLAGS=${CFLAGS})
  run(${CMAKE_COMMAND} --build ${work})
  try(${work}/consumer_uv FALSE)
  try(${work}/consumer_libuv FALSE)
  try(${work}/consumer_uv_a TRUE)
  try(${work}/consumer_pkg_static TRUE)
elseif(MODE STREQUAL "pkg-config")
  build_by_pkg_config(libuv FALSE)
elseif(MODE STREQUAL "pkg-config-static")
  build_by_pkg_config(libuv-static TRUE)
else()
  message(FATAL_ERROR "unknown MODE: ${MODE}")
endif()
