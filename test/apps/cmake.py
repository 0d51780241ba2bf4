# SPDX-License-Identifier: MIT
"""The machine's CMake and CTest on Pollux: hundreds of files configured, built
and tested, with processes, pipes and time-outs by libuv in all three.

  cmake.py MONITOR FOLDER
"""
import os
import re
import shutil
import subprocess

import app as apps

FILES = 240
TESTS = 60

LISTS = """cmake_minimum_required(VERSION 3.16)
project(many C)
enable_testing()

# A process at configure time, with both of its streams.
execute_process(COMMAND ${CMAKE_COMMAND} -E echo "seen at configure"
                OUTPUT_VARIABLE words RESULT_VARIABLE code)
message(STATUS "the child said ${words} and ended with ${code}")
execute_process(COMMAND seq 20000 COMMAND sort -n -r COMMAND head -n 1
                OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE)
message(STATUS "a pipeline of three said ${top}")
execute_process(COMMAND sleep 20 TIMEOUT 0.2 RESULT_VARIABLE slow)
message(STATUS "a slow one: ${slow}")

# Many processes whose output is files of the build.
foreach(i RANGE 1 20)
  add_custom_command(OUTPUT made${i}.h DEPENDS make.cmake COMMAND ${CMAKE_COMMAND}
    -DNUMBER=${i} -P ${CMAKE_SOURCE_DIR}/make.cmake)
  list(APPEND made ${CMAKE_BINARY_DIR}/made${i}.h)
endforeach()

foreach(library RANGE 1 8)
  file(GLOB sources ${CMAKE_SOURCE_DIR}/part${library}/*.c)
  add_library(part${library} STATIC ${sources})
endforeach()
add_executable(sum main.c ${made})
target_include_directories(sum PRIVATE ${CMAKE_BINARY_DIR})
target_link_libraries(sum PRIVATE part1 part2 part3 part4 part5 part6 part7 part8)

foreach(i RANGE 1 @TESTS@)
  add_test(NAME number${i} COMMAND sum ${i})
endforeach()
add_test(NAME big_output COMMAND seq 50000)
set_tests_properties(big_output PROPERTIES PASS_REGULAR_EXPRESSION "\\n50000")
add_test(NAME too_slow COMMAND sleep 20)
set_tests_properties(too_slow PROPERTIES TIMEOUT 1)
add_test(NAME wrong COMMAND sum 100000)
add_test(NAME killed COMMAND sh -c "kill -SEGV $$")
"""

MAKE = """execute_process(COMMAND ${CMAKE_COMMAND} -E echo_append "${NUMBER}"
                OUTPUT_VARIABLE said)
file(WRITE made${NUMBER}.h "#define MADE_${NUMBER} ${said}\\n")
"""


def write_project(app):
    app.write("src/CMakeLists.txt", LISTS.replace("@TESTS@", str(TESTS)))
    app.write("src/make.cmake", MAKE)
    for i in range(1, FILES + 1):
        app.write(f"src/part{i % 8 + 1}/file{i}.c",
                  f"int number{i}(void);\nint number{i}(void) {{ return {i}; }}\n")
    declared = "\n".join(f"int number{i}(void);" for i in range(1, FILES + 1))
    summed = " + ".join(f"number{i}()" for i in range(1, FILES + 1))
    made = " + ".join(f"MADE_{i}" for i in range(1, 21))
    included = "\n".join(f'#include "made{i}.h"' for i in range(1, 21))
    app.write("src/main.c", f"""#include <stdlib.h>
{included}
{declared}
int main(int argc, char** argv) {{
  int sum = {summed};
  if (sum != {FILES * (FILES + 1) // 2} || ({made}) != 210) return 2;
  return argc == 2 && atoi(argv[1]) <= {TESTS} ? 0 : 1;
}}
""")


def find(name, shared_only=True):
    """A program that links libuv.so.1; one built by others carries a copy."""
    for path in (f"/usr/bin/{name}", shutil.which(name)):
        if path and os.path.exists(path):
            needs = subprocess.run(["ldd", path], check=False, encoding="utf-8",
                                   stdout=subprocess.PIPE).stdout
            if "libuv.so.1" in needs or not shared_only:
                return path
    return apps.skip(f"no {name} here" +
                     (" that links libuv.so.1" if shared_only else ""))


def main():
    app = apps.App("cmake", needs="machine")
    cmake, ctest = find("cmake"), find("ctest")
    find("cc", shared_only=False)
    generator = "Ninja" if shutil.which("ninja") else "Unix Makefiles"
    write_project(app)
    build = app.path("build")
    # What the outer CMake and CTest were told is not for the inner ones: a
    # launcher such as ccache may have a folder that another user cannot write.
    for key in [key for key in app.env if key.startswith(("CMAKE_", "CTEST_"))]:
        del app.env[key]

    output = app.run([cmake, "-S", app.path("src"), "-B", build, "-G", generator,
                      "-DCMAKE_C_FLAGS=-O0", "-DCMAKE_BUILD_TYPE="])
    apps.expect(output, "the child said seen at configure",
                "and ended with 0", "a pipeline of three said 20000",
                "a slow one: .*timeout", "Generating done")
    # Hundreds of compilers, beside loops that are forced to spin perhaps.
    output = app.run([cmake, "--build", build, "--parallel", "4"],
                     timeout=3 * apps.PATIENCE)
    apps.expect(output, "(Linking C executable sum|Built target sum)")
    output = app.run([ctest, "--test-dir", build, "-j", "8"], expect=8)
    apps.expect(output, f"3 tests failed out of {TESTS + 4}")
    for line in (r"too_slow \(Timeout\)", r"wrong \(Failed\)",
                 r"killed \(SEGFAULT\)"):
        apps.expect(output, line)
    if len(re.findall(r" Passed ", output)) != TESTS + 1:
        apps.fail("not all of the others passed", output)
    # One that passes, with its output, now that it has been built.
    output = app.run([ctest, "--test-dir", build, "-V", "-R", "big_output"])
    apps.expect(output, r"\b49999$", r"\b50000$", "100% tests passed")
    print(f"{FILES} files built, {TESTS + 4} tests run by {cmake}")
    # Debian 12's cmake itself makes loops that never wait; each ctest runs one.
    app.check_monitor(least=2)


main()
