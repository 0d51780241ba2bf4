# SPDX-License-Identifier: MIT
# Links OBJECTS and what they need of ARCHIVES into the relocatable OUTPUT, with
# those of FLAGS that decide what code it is, and makes every name local that is
# hidden or that an archive brought.
cmake_minimum_required(VERSION 3.20)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed ERROR_VARIABLE why)
  if(failed)
    list(GET ARGV 0 program)
    message(FATAL_ERROR "${program} failed: ${why}")
  endif()
endfunction()

# Options of a whole program have no sense here, or bring its start-up code; those
# after KEEP are our own.
string(REGEX REPLACE "(^|;)KEEP;.*" "" flags "${FLAGS}")
string(REGEX REPLACE "(^|;)(-z|-Xlinker|-L|-l|-u|-T);[^;]*" "" flags "${flags}")
list(FILTER flags EXCLUDE REGEX
  "^(-W|-pie$|-no-pie$|-static|-shared|-s$|-l|-L|-rdynamic)")
list(FILTER flags EXCLUDE REGEX
  "^(-fsanitize|--coverage|-fprofile-(arcs|generate|instr-generate)|-M|-pg$)")
if(FLAGS MATCHES "(^|;)KEEP;(.*)")
  list(APPEND flags ${CMAKE_MATCH_2})
endif()

# The names that come with the archives.
set(names "")
foreach(archive IN LISTS ARCHIVES)
  execute_process(
    COMMAND ${NM} --defined-only --extern-only --format=posix ${archive}
    OUTPUT_VARIABLE listing RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "${NM} cannot read ${archive}")
  endif()
  string(REGEX MATCHALL "[^\n]+ [A-Z] [0-9a-f]" lines "${listing}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE " .*" "" name "${line}")
    list(APPEND names ${name})
  endforeach()
endforeach()

# An empty list is an error to objcopy.
set(localize --localize-hidden)
if(names)
  list(JOIN names "\n" text)
  file(WRITE ${OUTPUT}.locals "${text}\n")
  list(APPEND localize --localize-symbols=${OUTPUT}.locals)
endif()

run(${CC} ${flags} -r -nostdlib -o ${OUTPUT} ${OBJECTS} ${ARCHIVES})
run(${OBJCOPY} ${localize} ${OUTPUT})
