# SPDX-License-Identifier: MIT
pollux_monitor(select HEADER sys/select.h)
