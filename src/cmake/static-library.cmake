# SPDX-License-Identifier: MIT
# uv_a, libuv.a: one relocatable object, made of ours and of what they need of a
# monitor's library, in which every name that is not exported is local: a program
# may link its own liburing, and cannot meet our inner names.
#
# The object is linked by the compiler, by a command that CMake knows nothing of
# (one-object.cmake). So what decides the format of the objects is handed on here:
# the target, the sysroot, the user's flags, and LTO, which compiles only now.
include(CheckLinkerFlag)

if(NOT CMAKE_OBJCOPY)
  message(FATAL_ERROR "libuv.a needs objcopy, of binutils or of LLVM; name one "
                      "for ${CMAKE_C_COMPILER} with -DCMAKE_OBJCOPY=.")
endif()

set(flags ${CMAKE_C_COMPILER_ARG1})
foreach(pair TARGET:${CMAKE_C_COMPILER_TARGET} SYSROOT:${CMAKE_SYSROOT}
             EXTERNAL_TOOLCHAIN:${CMAKE_C_COMPILER_EXTERNAL_TOOLCHAIN})
  string(REGEX MATCH "^([A-Z_]+):(.+)$" is_given "${pair}")
  if(is_given AND CMAKE_C_COMPILE_OPTIONS_${CMAKE_MATCH_1})
    list(APPEND flags
      "${CMAKE_C_COMPILE_OPTIONS_${CMAKE_MATCH_1}}${CMAKE_MATCH_2}")
  endif()
endforeach()

# The user's flags, those of each build type where there are several, and what a
# parent project has added.
separate_arguments(user UNIX_COMMAND
                   "${CMAKE_C_FLAGS} ${CMAKE_EXE_LINKER_FLAGS}")
list(APPEND flags ${user})
foreach(config IN LISTS CMAKE_CONFIGURATION_TYPES CMAKE_BUILD_TYPE)
  string(TOUPPER "${config}" upper)
  separate_arguments(user UNIX_COMMAND "${CMAKE_C_FLAGS_${upper}}")
  foreach(flag IN LISTS user)
    list(APPEND flags "$<$<CONFIG:${config}>:${flag}>")
  endforeach()
endforeach()
get_property(user DIRECTORY PROPERTY LINK_OPTIONS)
list(APPEND flags ${user} $<TARGET_PROPERTY:pollux_tables,COMPILE_OPTIONS>)

# LTO by CMAKE_INTERPROCEDURAL_OPTIMIZATION, for all build types or for this one.
set(property INTERPROCEDURAL_OPTIMIZATION)
foreach(suffix "" "_$<UPPER_CASE:$<CONFIG>>")
  foreach(flag IN LISTS CMAKE_C_COMPILE_OPTIONS_IPO)
    set(wanted $<BOOL:$<TARGET_PROPERTY:pollux_tables,${property}${suffix}>>)
    list(APPEND flags "$<${wanted}:${flag}>")
  endforeach()
endforeach()
list(APPEND flags ${CMAKE_C_COMPILE_OPTIONS_PIC})
# gcc would keep its intermediate code, where objcopy can hide nothing.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND
   CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 9)
  list(APPEND flags -flinker-output=nolto-rel)
endif()
# On i686 gcc puts each __x86.get_pc_thunk into a group, of which a program keeps
# one. Ours is local by then, and must stay: so no groups.
check_linker_flag(C -Wl,--force-group-allocation POLLUX_HAVE_GROUP_ALLOCATION)
if(POLLUX_HAVE_GROUP_ALLOCATION)
  list(APPEND flags KEEP -Wl,--force-group-allocation)
endif()

set(whole ${CMAKE_CURRENT_BINARY_DIR}/pollux-whole.o)
get_property(is_multi GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(is_multi)
  set(whole ${CMAKE_CURRENT_BINARY_DIR}/$<CONFIG>/pollux-whole.o)
endif()
# The targets of the objects are named too: a makefile knows no rule for another
# target's object, and only waits for the target.
add_custom_command(
  OUTPUT ${whole}
  COMMAND ${CMAKE_COMMAND}
    -DCC=${CMAKE_C_COMPILER} -DNM=${CMAKE_NM} -DOBJCOPY=${CMAKE_OBJCOPY}
    "-DFLAGS=${flags}" "-DOBJECTS=${objects}"
    "-DARCHIVES=${POLLUX_MONITOR_ARCHIVES}" -DOUTPUT=${whole}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/one-object.cmake
  DEPENDS ${objects} ${folder_targets} ${POLLUX_MONITOR_ARCHIVES}
          cmake/one-object.cmake
  COMMENT "Linking libuv.a's one object"
  VERBATIM)
add_library(uv_a STATIC ${whole})
pollux_library(uv_a)
set_target_properties(uv_a PROPERTIES LINKER_LANGUAGE C)
target_link_libraries(uv_a PUBLIC ${system_libraries})
