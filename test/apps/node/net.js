// SPDX-License-Identifier: MIT
// TCP and pipes below HTTP: half-open connections, back pressure, resets, many
// short connections, time-outs, a paused reader.
'use strict';
const net = require('net');
const { step, run, once, collect, pattern, assert, local, sleep } =
  require('./common.js');

async function serve(options, on, where = { port: 0, host: '127.0.0.1' }) {
  const server = net.createServer(options, on).listen(where);
  await once(server, 'listening');
  return server;
}

const close = (server) => new Promise((resolve) => server.close(resolve));
const port = (server) => server.address().port;

step('half-open: the answer comes after our end', async () => {
  const server = await serve({ allowHalfOpen: true }, async (socket) => {
    const data = await collect(socket);
    socket.end(Buffer.from(data).reverse());
  });
  const socket = net.connect({ port: port(server), allowHalfOpen: true });
  socket.end('abcdef');
  assert.strictEqual((await collect(socket)).toString(), 'fedcba');
  await close(server);
});

step('back pressure: a slow reader gets all', async () => {
  const size = 8 * 1024 * 1024;
  const server = await serve({}, (socket) => socket.end(pattern(size)));
  const socket = net.connect(port(server));
  const parts = [];
  socket.on('data', (part) => {
    parts.push(part);
    if (parts.length % 20 === 0) {
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    }
  });
  await once(socket, 'close');
  assert.ok(Buffer.concat(parts).equals(pattern(size)));
  await close(server);
});

step('drain comes when the queue is empty', async () => {
  let got = 0;
  const server = await serve({}, (socket) =>
    socket.on('data', (part) => { got += part.length; }));
  const socket = net.connect(port(server));
  await once(socket, 'connect');
  const block = pattern(65536);
  let sent = 0;
  for (let round = 0; round < 5; round++) {
    while (socket.write(block)) sent++;
    sent++;
    await once(socket, 'drain');
    assert.strictEqual(socket.writableLength, 0);
  }
  socket.end();
  await once(socket, 'close');
  assert.strictEqual(got, sent * block.length);
  assert.strictEqual(socket.bytesWritten, got);
  await close(server);
});

step('a reset is an error', async () => {
  const server = await serve({}, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.resetAndDestroy());
  });
  const socket = net.connect(port(server));
  socket.write('x');
  await assert.rejects(once(socket, 'end'), { code: 'ECONNRESET' });
  await close(server);
});

step('300 short connections', async () => {
  let served = 0;
  const server = await serve({}, (socket) => {
    served++;
    socket.end('bye');
  });
  for (let round = 0; round < 6; round++) {
    await Promise.all(Array.from({ length: 50 }, async () => {
      const data = await collect(net.connect(port(server)));
      assert.strictEqual(data.toString(), 'bye');
    }));
  }
  assert.strictEqual(served, 300);
  await close(server);
});

step('an idle socket times out', async () => {
  const server = await serve({}, () => {});
  const socket = net.connect(port(server));
  const start = Date.now();
  socket.setTimeout(100);
  await once(socket, 'timeout');
  assert.ok(Date.now() - start >= 99);
  socket.destroy();
  await new Promise((resolve) => {
    server.close(resolve);
    server.unref();
    server.getConnections(() => {});
  });
});

step('a destroyed socket gives no more data', async () => {
  const server = await serve({}, (socket) => {
    socket.on('error', () => {});
    socket.end(pattern(1024 * 1024));
  });
  const socket = net.connect(port(server));
  let after = 0;
  socket.on('data', () => {
    if (socket.destroyed) after++;
    socket.destroy();
  });
  await once(socket, 'close');
  await sleep(20);
  assert.strictEqual(after, 0);
  await close(server);
});

step('pipes: 1 MiB through a Unix socket, both ways', async () => {
  const name = local('net.sock');
  const server = await serve({}, (socket) => socket.pipe(socket),
                             { path: name });
  const socket = net.connect(name);
  socket.end(pattern(1 << 20));
  assert.ok((await collect(socket)).equals(pattern(1 << 20)));
  await close(server);
});

step('errors have their codes', async () => {
  await assert.rejects(once(net.connect(local('no.sock')), 'connect'),
                       { code: 'ENOENT', syscall: 'connect' });
  const server = await serve({}, () => {});
  const second = net.createServer().listen(port(server), '127.0.0.1');
  await assert.rejects(once(second, 'listening'), { code: 'EADDRINUSE' });
  await close(server);
});

step('addresses of both ends', async () => {
  const server = await serve({}, (socket) => socket.end(
      `${socket.remoteAddress} ${socket.remotePort}`));
  const socket = net.connect({ port: port(server), host: '127.0.0.1' });
  await once(socket, 'connect');
  assert.strictEqual(socket.remotePort, port(server));
  const expected = `127.0.0.1 ${socket.localPort}`;
  socket.setNoDelay(true).setKeepAlive(true, 1000);
  assert.strictEqual((await collect(socket)).toString(), expected);
  await close(server);
});

run();
