# SPDX-License-Identifier: MIT
# `cmake --install` gives a complete libuv prefix: both libraries, the headers
# they were built with and pollux.h, two pkg-config files, the CMake package
# `libuv`. Its version is the headers': that is what a user compiles against.
include(CMakePackageConfigHelpers)

install(TARGETS uv uv_a EXPORT libuvTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${LIBUV_INCLUDE_DIR}/uv.h ${PROJECT_SOURCE_DIR}/include/pollux.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${LIBUV_INCLUDE_DIR}/uv
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# The static library under a second name, so that libuv-static.pc can ask for it
# with -l: CMake's pkg_check_modules() cannot find what `-l:libuv.a` names, and a
# full path loses its place behind the objects there.
install(CODE "file(CREATE_LINK libuv.a
  \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libuv_a.a\"
  SYMBOLIC)")

# Written while installing, when the prefix is known (--prefix, DESTDIR).
foreach(name libuv libuv-static)
  set(pc ${PROJECT_BINARY_DIR}/generated/${name}.pc)
  install(CODE "
    set(PREFIX \"\${CMAKE_INSTALL_PREFIX}\")
    set(LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
    set(INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
    cmake_path(ABSOLUTE_PATH LIBDIR BASE_DIRECTORY \"\${PREFIX}\")
    cmake_path(ABSOLUTE_PATH INCLUDEDIR BASE_DIRECTORY \"\${PREFIX}\")
    set(LIBUV_VERSION ${LIBUV_VERSION})
    configure_file(\"${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in\" \"${pc}\" @ONLY)")
  install(FILES ${pc} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libuv)
install(EXPORT libuvTargets NAMESPACE libuv:: DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/generated/libuvConfigVersion.cmake
  VERSION ${LIBUV_VERSION} COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/libuvConfig.cmake
              ${PROJECT_BINARY_DIR}/generated/libuvConfigVersion.cmake
        DESTINATION ${package_dir})
