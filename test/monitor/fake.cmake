# SPDX-License-Identifier: MIT
# pollux_fake_shell(<program>): link it with the scripted monitor and shell.
set(POLLUX_FAKE_DIR ${CMAKE_CURRENT_LIST_DIR})
function(pollux_fake_shell program)
  target_sources(${program} PRIVATE
    ${POLLUX_FAKE_DIR}/fake.c ${POLLUX_FAKE_DIR}/fake-shell.c)
  target_include_directories(${program} PRIVATE ${POLLUX_FAKE_DIR})
  target_link_options(${program} PRIVATE
    -Wl,--wrap=uv__shell_set,--wrap=uv__shell_mute,--wrap=uv__shell_delete
    -Wl,--wrap=uv__shell_wait)
endfunction()
