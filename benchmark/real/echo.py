# SPDX-License-Identifier: MIT
"""echo.py SECONDS: an echo server on uvloop, and a blocking client in a process
of its own that sends 1 KiB and waits for it. Prints round trips per second and
the server's CPU microseconds of each."""
import asyncio
import os
import resource
import socket
import sys
import time

import uvloop

SIZE = 1024


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def connection_lost(self, error):
        asyncio.get_running_loop().stop()


def cpu_s():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def talk(port, seconds):
    message = b"e" * SIZE
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start, rounds = time.monotonic(), 0
        while time.monotonic() - start < seconds:
            sock.sendall(message)
            got = 0
            while got < SIZE:
                got += len(sock.recv(SIZE - got))
            rounds += 1
        return rounds, time.monotonic() - start


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    reader, writer = os.pipe()
    if os.fork() == 0:
        listener.close()
        rounds, took = talk(port, float(sys.argv[1]))
        os.write(writer, f"{rounds} {took}".encode())
        os._exit(0)
    os.close(writer)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(
        loop.create_server(Echo, sock=listener))
    used = cpu_s()
    loop.run_forever()
    used = cpu_s() - used
    server.close()
    rounds, took = os.read(reader, 100).decode().split()
    print(int(rounds) / float(took), used * 1e6 / int(rounds))


main()
