// SPDX-License-Identifier: MIT
// UDP: there and back, several buffers, a connected socket, 300 in flight, an
// error queue, IPv6, multicast to ourselves, closing while sends are queued.
'use strict';
const dgram = require('dgram');
const os = require('os');
const { step, run, once, pattern, assert, sleep } = require('./common.js');

async function open(options = 'udp4', host = '127.0.0.1') {
  const socket = dgram.createSocket(options);
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

const close = (socket) => new Promise((resolve) => socket.close(resolve));
const send = (socket, ...args) => new Promise((resolve, reject) =>
  socket.send(...args, (error, bytes) =>
    (error ? reject(error) : resolve(bytes))));
const message = (socket) => new Promise((resolve) =>
  socket.once('message', (data, from) => resolve({ data, from })));

step('there and back', async () => {
  const [a, b] = [await open(), await open()];
  const got = message(b);
  assert.strictEqual(await send(a, 'hello', b.address().port, '127.0.0.1'), 5);
  const { data, from } = await got;
  assert.strictEqual(data.toString(), 'hello');
  assert.deepStrictEqual(from, { address: '127.0.0.1', family: 'IPv4',
    port: a.address().port, size: 5 });
  await close(a);
  await close(b);
});

step('several buffers make one datagram; empty ones; the biggest', async () => {
  const [a, b] = [await open(), await open()];
  for (const parts of [['ab', Buffer.from('cd'), 'e'], [''],
    [pattern(65507)]]) {
    const got = message(b);
    await send(a, parts, b.address().port, '127.0.0.1');
    assert.ok((await got).data.equals(
        Buffer.concat(parts.map((part) => Buffer.from(part)))));
  }
  await assert.rejects(send(a, pattern(65508), b.address().port, '127.0.0.1'),
                       { code: 'EMSGSIZE' });
  await close(a);
  await close(b);
});

step('a connected socket', async () => {
  const [a, b] = [await open(), await open()];
  a.connect(b.address().port, '127.0.0.1');
  await once(a, 'connect');
  assert.strictEqual(a.remoteAddress().port, b.address().port);
  const got = message(b);
  await send(a, 'connected');
  assert.strictEqual((await got).data.toString(), 'connected');
  a.disconnect();
  assert.throws(() => a.remoteAddress(),
                { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
  await close(a);
  await close(b);
});

step('300 in flight, in order', async () => {
  const [a, b] = [await open(), await open()];
  b.setRecvBufferSize(1 << 20);
  const got = [];
  b.on('message', (data) => got.push(Number(data)));
  const sent = [];
  for (let i = 0; i < 300; i++)
    sent.push(send(a, String(i), b.address().port, '127.0.0.1'));
  await Promise.all(sent);
  while (got.length < 300) await sleep(1);
  assert.deepStrictEqual(got, Array.from({ length: 300 }, (_, i) => i));
  assert.strictEqual(a.getSendQueueCount ? a.getSendQueueCount() : 0, 0);
  await close(a);
  await close(b);
});

step('a refused datagram is an error of a connected socket', async () => {
  const [a, b] = [await open(), await open()];
  const { port } = b.address();
  await close(b);
  a.connect(port, '127.0.0.1');
  await once(a, 'connect');
  const failed = new Promise((resolve) => a.on('error', resolve));
  const results = [];
  for (let i = 0; i < 3; i++) {
    results.push(await send(a, 'x').then(() => 0, (error) => error.code));
    await sleep(5);
  }
  const seen = await Promise.race([failed.then((error) => error.code),
    sleep(500).then(() => null)]);
  assert.ok(seen === 'ECONNREFUSED' || results.includes('ECONNREFUSED'),
            `${seen} ${results}`);
  await close(a);
});

step('IPv6', async () => {
  const has = Object.values(os.networkInterfaces()).flat()
    .some((one) => one.address === '::1');
  if (!has) return console.log('# no ::1 here');
  const [a, b] = [await open('udp6', '::1'), await open('udp6', '::1')];
  const got = message(b);
  await send(a, 'six', b.address().port, '::1');
  const { from } = await got;
  assert.strictEqual(from.address, '::1');
  assert.strictEqual(from.family, 'IPv6');
  await close(a);
  return close(b);
});

step('options: TTL, broadcast, buffers, reuse', async () => {
  const socket = await open({ type: 'udp4', reuseAddr: true });
  assert.strictEqual(socket.setTTL(9), 9);
  socket.setBroadcast(true);
  assert.strictEqual(socket.setMulticastTTL(3), 3);
  assert.strictEqual(socket.setMulticastLoopback(true), true);
  socket.setSendBufferSize(30000);
  assert.ok(socket.getSendBufferSize() >= 30000);
  await close(socket);
});

step('multicast to ourselves', async () => {
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(0);
  await once(socket, 'listening');
  try {
    socket.setMulticastInterface('127.0.0.1');
    socket.addMembership('239.255.77.1', '127.0.0.1');
  } catch (error) {
    console.log(`# no multicast here: ${error.code}`);
    return close(socket);
  }
  const got = Promise.race([message(socket), sleep(1000)]);
  await send(socket, 'many', socket.address().port, '239.255.77.1');
  const answer = await got;
  if (answer) assert.strictEqual(answer.data.toString(), 'many');
  else console.log('# multicast does not come back here');
  socket.dropMembership('239.255.77.1', '127.0.0.1');
  return close(socket);
});

step('close at once after sending', async () => {
  const b = await open();
  const got = message(b);
  const a = dgram.createSocket('udp4');
  a.send('last words', b.address().port, '127.0.0.1', () => a.close());
  assert.strictEqual((await got).data.toString(), 'last words');
  await close(b);
});

step('a port that is taken', async () => {
  const a = await open();
  const b = dgram.createSocket('udp4');
  b.bind(a.address().port, '127.0.0.1');
  await assert.rejects(once(b, 'listening'), { code: 'EADDRINUSE' });
  await close(a);
});

run();
