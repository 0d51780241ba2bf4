// SPDX-License-Identifier: MIT
// HTTP server and client in one process: keep-alive, many at once, big bodies in
// both directions, chunks, an aborted request, a Unix socket.
'use strict';
const http = require('http');
const { step, run, once, collect, pattern, assert, local, sleep } =
  require('./common.js');

const BIG = 4 * 1024 * 1024;
let server;
let where;
const sockets = new Set();

function answer(req, res) {
  sockets.add(req.socket);
  if (req.url === '/echo') return req.pipe(res);
  if (req.url === '/big') return res.end(pattern(BIG));
  if (req.url === '/chunks') {
    let left = 20;
    const next = () => {
      res.write(`chunk ${left}\n`);
      if (--left > 0) setImmediate(next);
      else res.end();
    };
    return next();
  }
  if (req.url === '/never') return undefined;
  return res.end(`you asked for ${req.url}`);
}

async function ask(options, body) {
  const req = http.request({ ...where, ...options });
  req.end(body);
  const res = await once(req, 'response');
  const data = await collect(res);
  return { status: res.statusCode, data, headers: res.headers };
}

step('listen', async () => {
  server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  where = { host: '127.0.0.1', port: server.address().port };
});

step('one connection serves 50 requests', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  sockets.clear();
  for (let i = 0; i < 50; i++) {
    const { data } = await ask({ agent, path: `/n${i}` });
    assert.strictEqual(data.toString(), `you asked for /n${i}`);
  }
  assert.strictEqual(sockets.size, 1);
  agent.destroy();
});

step('200 at once on 20 connections', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
  sockets.clear();
  const all = [];
  for (let i = 0; i < 200; i++) all.push(ask({ agent, path: `/p${i}` }));
  (await Promise.all(all)).forEach(({ data }, i) =>
    assert.strictEqual(data.toString(), `you asked for /p${i}`));
  assert.ok(sockets.size <= 20, `${sockets.size} connections`);
  agent.destroy();
});

step('100 connections at once', async () => {
  sockets.clear();
  const all = [];
  for (let i = 0; i < 100; i++) all.push(ask({ agent: false, path: `/c${i}` }));
  (await Promise.all(all)).forEach(({ data }, i) =>
    assert.strictEqual(data.toString(), `you asked for /c${i}`));
  assert.strictEqual(sockets.size, 100);
});

step('a big answer is whole', async () => {
  const { data } = await ask({ path: '/big' });
  assert.ok(data.equals(pattern(BIG)));
});

step('a big body goes there and back', async () => {
  const { data } = await ask({ path: '/echo', method: 'POST' }, pattern(BIG));
  assert.ok(data.equals(pattern(BIG)));
});

step('chunks', async () => {
  const { data } = await ask({ path: '/chunks' });
  assert.strictEqual(data.toString().trim().split('\n').length, 20);
});

step('the server sees a client that gives up', async () => {
  const req = http.request({ ...where, path: '/never' });
  const seen = new Promise((resolve) =>
    server.once('request', (incoming) => incoming.on('close', resolve)));
  req.on('error', () => {});
  req.end();
  await sleep(50);
  req.destroy();
  await seen;
});

step('a refused connection is an error', async () => {
  const closed = http.createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(ask({ port, path: '/' }), { code: 'ECONNREFUSED' });
});

step('HTTP over a Unix socket', async () => {
  const socketPath = local('http.sock');
  const unix = http.createServer(answer).listen(socketPath);
  await once(unix, 'listening');
  const req = http.request({ socketPath, path: '/echo', method: 'POST' });
  // An older libuv finishes the last write after the server has closed.
  req.on('error', (error) => assert.strictEqual(error.code, 'EPIPE'));
  req.end(pattern(300000));
  const data = await collect(await once(req, 'response'));
  assert.ok(data.equals(pattern(300000)));
  await new Promise((resolve) => unix.close(resolve));
  assert.ok(!require('fs').existsSync(socketPath));
});

step('two servers cannot have one port', async () => {
  const second = http.createServer();
  second.listen(where.port, where.host);
  await assert.rejects(once(second, 'listening'), { code: 'EADDRINUSE' });
});

step('close', async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

run();
