# SPDX-License-Identifier: MIT
"""What asyncio programs do, on uvloop: each step prints `ok`, the last line is
`done` with their number. Run by ../uvloop.py with Debian's own Python."""
import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import uvloop

WORK = os.environ["TMPDIR"]
STEPS = []


def step(function):
    STEPS.append(function)
    return function


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def ask(connect, text, rounds):
    reader, writer = await connect()
    for i in range(rounds):
        message = f"{text} {i} ".encode() * 50
        writer.write(message)
        assert await reader.readexactly(len(message)) == message
    writer.close()
    await writer.wait_closed()


@step
async def tcp_echo_100_clients():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(*(
        ask(lambda: asyncio.open_connection("127.0.0.1", port), f"c{i}", 20)
        for i in range(100)))
    server.close()
    await server.wait_closed()


@step
async def unix_echo_and_big_data():
    path = WORK + "/echo.sock"
    server = await asyncio.start_unix_server(echo, path)
    await asyncio.gather(*(
        ask(lambda: asyncio.open_unix_connection(path), f"u{i}", 20)
        for i in range(30)))
    reader, writer = await asyncio.open_unix_connection(path)
    data = os.urandom(3_000_000)

    async def send():
        writer.write(data)
        await writer.drain()
        writer.write_eof()
    got, _ = await asyncio.gather(reader.read(-1), send())
    assert got == data
    writer.close()
    server.close()
    await server.wait_closed()


@step
async def udp():
    loop = asyncio.get_running_loop()
    got = asyncio.Queue()

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, address):
            self.transport.sendto(data.upper(), address)

    class Client(asyncio.DatagramProtocol):
        def datagram_received(self, data, address):
            got.put_nowait(data)

    server, _ = await loop.create_datagram_endpoint(
        Server, local_addr=("127.0.0.1", 0))
    client, _ = await loop.create_datagram_endpoint(
        Client, remote_addr=server.get_extra_info("sockname"))
    for i in range(100):
        client.sendto(f"n{i}".encode())
        assert await got.get() == f"N{i}".encode()
    client.close()
    server.close()


@step
async def raw_sockets_by_uv_poll():
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    a.setblocking(False)
    b.setblocking(False)
    data = os.urandom(1_000_000)

    async def receive():
        parts = []
        while part := await loop.sock_recv(b, 65536):
            parts.append(part)
        return b"".join(parts)
    receiving = asyncio.ensure_future(receive())
    await loop.sock_sendall(a, data)
    a.shutdown(socket.SHUT_WR)
    assert await receiving == data
    seen = []
    loop.add_reader(a, lambda: seen.append(a.recv(10)))
    assert b.send(b"again") == 5
    while not seen:
        await asyncio.sleep(0.001)
    loop.remove_reader(a)
    assert b"".join(seen) == b"again", seen
    a.close()
    b.close()


@step
async def subprocess_streams():
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", "cat; echo problem >&2; exit 3", stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    data = os.urandom(500_000)
    out, err = await process.communicate(data)
    assert (out, err, process.returncode) == (data, b"problem\n", 3)


@step
async def subprocess_with_preexec_fn():
    def prepare():
        os.environ["FROM_PREEXEC"] = "1"
        os.chdir("/")
        os.nice(1)
    before = os.nice(0)
    for _ in range(5):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "import os; print(os.getcwd(), os.nice(0))",
            stdout=subprocess.PIPE, preexec_fn=prepare)
        out, _ = await process.communicate()
        assert out.decode().split() == ["/", str(min(before + 1, 19))], out

    # So many that the C library moves the environment.
    def add_variables():
        for i in range(500):
            os.putenv(f"PUT_{i}", str(i))
        os.putenv("PATH", WORK + "/only-there:" + os.environ["PATH"])
    os.mkdir(WORK + "/only-there")
    os.symlink("/usr/bin/env", WORK + "/only-there/env-only-there")
    process = await asyncio.create_subprocess_exec(
        "env-only-there", stdout=subprocess.PIPE, preexec_fn=add_variables)
    out, _ = await process.communicate()
    assert sum(line.startswith(b"PUT_") for line in out.split()) == 500, out

    def broken():
        raise ValueError("on purpose")
    try:
        await asyncio.create_subprocess_exec("true", preexec_fn=broken)
    except subprocess.SubprocessError as error:
        assert "preexec_fn" in str(error)
    else:
        raise AssertionError("a failing preexec_fn was not told")
    assert "FROM_PREEXEC" not in os.environ


@step
async def many_subprocesses_and_kill():
    async def one(i):
        process = await asyncio.create_subprocess_exec("sh", "-c", f"exit {i}")
        return await process.wait()
    assert await asyncio.gather(*map(one, range(40))) == list(range(40))
    process = await asyncio.create_subprocess_exec("sleep", "30")
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == -signal.SIGTERM
    try:
        await asyncio.create_subprocess_exec(WORK + "/none")
    except FileNotFoundError:
        pass
    else:
        raise AssertionError("no such program was not told")


@step
async def pipes_of_our_own():
    loop = asyncio.get_running_loop()
    r, w = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(r, "rb"))
    writing, _ = await loop.connect_write_pipe(
        asyncio.Protocol, os.fdopen(w, "wb"))
    data = os.urandom(300_000)
    writing.write(data)
    writing.close()
    assert await reader.read(-1) == data
    transport.close()


@step
async def timers_in_order():
    loop = asyncio.get_running_loop()
    order = []
    loop.call_soon(order.append, 0)
    await asyncio.sleep(0)  # Afterwards, timers may be due at once: a busy machine.
    # uvloop counts each time from the moment in which the timer is made. So a
    # process that stands still between two of them has to make them again.
    took = 1
    while took > 0.003:
        start = loop.time()
        made = time.monotonic()
        timers = [loop.call_later(i * 0.004, order.append, i)
                  for i in range(20, 0, -1)]
        took = time.monotonic() - made
        if took > 0.003:
            for timer in timers:
                timer.cancel()
    cancelled = loop.call_later(0.01, order.append, 99)
    cancelled.cancel()
    await asyncio.sleep(0.12)
    assert loop.time() - start >= 0.119
    assert order == list(range(21)), order
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.02)
    except asyncio.TimeoutError:
        pass
    else:
        raise AssertionError("no time-out")


@step
async def calls_from_threads():
    loop = asyncio.get_running_loop()
    got = []

    def call(number):
        for i in range(200):
            loop.call_soon_threadsafe(got.append, (number, i))
    threads = [threading.Thread(target=call, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    while len(got) < 800:
        await asyncio.sleep(0.001)
    for number in range(4):
        assert [i for n, i in got if n == number] == list(range(200))
    squares = await asyncio.gather(*(
        loop.run_in_executor(None, pow, i, 2) for i in range(50)))
    assert squares == [i * i for i in range(50)]


@step
async def signals():
    loop = asyncio.get_running_loop()
    got = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(got.wait(), 5)
    assert loop.remove_signal_handler(signal.SIGUSR1)


@step
async def dns():
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    assert found[0][4] == ("127.0.0.1", 80)
    name = await loop.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST |
                                  socket.NI_NUMERICSERV)
    assert name == ("127.0.0.1", "80")
    try:
        await loop.getaddrinfo("no.such.name.invalid", 80)
    except socket.gaierror:
        pass
    else:
        raise AssertionError("found what is not there")


@step
async def tls():
    key, cert = WORK + "/key.pem", WORK + "/cert.pem"
    env = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
         key, "-out", cert], env=env, check=True, capture_output=True)
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(cert, key)
    client_side = ssl.create_default_context(cafile=cert)
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(*(
        ask(lambda: asyncio.open_connection(
            "127.0.0.1", port, ssl=client_side, server_hostname="localhost"),
            f"t{i}", 10) for i in range(10)))
    server.close()
    await server.wait_closed()


def main():
    print("uvloop", uvloop.__version__)
    for function in STEPS:
        # A loop of its own for each.
        loop = uvloop.new_event_loop()
        asyncio.set_event_loop(loop)
        start = time.monotonic()
        loop.run_until_complete(asyncio.wait_for(function(), 15))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        print(f"ok {function.__name__}", flush=True)
        assert time.monotonic() - start < 15
    print("done", len(STEPS))


main()
