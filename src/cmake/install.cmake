# SPDX-License-Identifier: MIT
# `cmake --install` gives a complete libuv prefix: both libraries, the headers
# they were built with and pollux.h, two pkg-config files, the CMake package
# `libuv`. Its version is the headers': that is what a user compiles against.
# Pollux's own is a variable of both packages.
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
# full path loses its place behind the objects there. The link is made here and
# copied as a link, to whichever place the prefix and LIBDIR make.
file(CREATE_LINK libuv.a ${PROJECT_BINARY_DIR}/generated/libuv_a.a SYMBOLIC)
install(FILES ${PROJECT_BINARY_DIR}/generated/libuv_a.a
        DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The licences: ours, that of the headers, and those of what is linked in.
set(notices ${CMAKE_CURRENT_LIST_DIR}/notices)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${notices}/libuv.txt DESTINATION ${CMAKE_INSTALL_DOCDIR}
        RENAME LICENSE.libuv)
foreach(archive IN LISTS POLLUX_MONITOR_ARCHIVES)
  cmake_path(GET archive STEM name)
  install(FILES ${notices}/${name}.txt DESTINATION ${CMAKE_INSTALL_DOCDIR}
          RENAME LICENSE.${name})
endforeach()

# Written while installing, when the prefix is known (--prefix, DESTDIR).
set(cflags ${POLLUX_LARGE_FILES})
list(TRANSFORM cflags PREPEND " -D")
foreach(name libuv libuv-static)
  set(pc ${PROJECT_BINARY_DIR}/generated/${name}.pc)
  install(CODE "
    set(PREFIX \"\${CMAKE_INSTALL_PREFIX}\")
    set(LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
    set(INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
    cmake_path(ABSOLUTE_PATH LIBDIR BASE_DIRECTORY \"\${PREFIX}\")
    cmake_path(ABSOLUTE_PATH INCLUDEDIR BASE_DIRECTORY \"\${PREFIX}\")
    set(LIBUV_VERSION ${LIBUV_VERSION})
    set(POLLUX_VERSION ${PROJECT_VERSION})
    set(SYSTEM_LDFLAGS \"${POLLUX_SYSTEM_LDFLAGS}\")
    set(CFLAGS \"${cflags}\")
    configure_file(\"${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in\" \"${pc}\" @ONLY)")
  install(FILES ${pc} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libuv)
install(EXPORT libuvTargets NAMESPACE libuv:: DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/generated/libuvConfigVersion.cmake
  VERSION ${LIBUV_VERSION} COMPATIBILITY SameMajorVersion)
configure_file(${CMAKE_CURRENT_LIST_DIR}/libuvConfig.cmake.in
               ${PROJECT_BINARY_DIR}/generated/libuvConfig.cmake @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/generated/libuvConfig.cmake
              ${PROJECT_BINARY_DIR}/generated/libuvConfigVersion.cmake
        DESTINATION ${package_dir})

# The command, its pages and its completion. Its library stands in a folder of its
# own, so that a search path with this folder in front changes nothing else.
if(POLLUX_TOOL)
  install(TARGETS pollux RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  file(CREATE_LINK ../libuv.so.1 ${PROJECT_BINARY_DIR}/generated/libuv.so.1
       SYMBOLIC)
  install(FILES ${PROJECT_BINARY_DIR}/generated/libuv.so.1
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pollux)
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.1)
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  set(completion ${PROJECT_SOURCE_DIR}/src/tool/completion)
  install(FILES ${completion}/pollux.bash RENAME pollux
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${completion}/_pollux
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()
