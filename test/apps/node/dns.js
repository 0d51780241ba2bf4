// SPDX-License-Identifier: MIT
// DNS: c-ares sockets watched by uv_poll, against a small server of our own on
// loopback, over UDP and, when the answer is truncated, over TCP; and
// getaddrinfo and getnameinfo in the thread pool.
'use strict';
const dgram = require('dgram');
const dns = require('dns');
const net = require('net');
const { step, run, once, assert } = require('./common.js');

const TYPE = { A: 1, TXT: 16, AAAA: 28 };

function nameEnd(query) {
  let at = 12;
  while (query[at] !== 0) at += query[at] + 1;
  return at + 1;
}

function nameOf(query) {
  const labels = [];
  for (let at = 12; query[at] !== 0; at += query[at] + 1)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
  return labels.join('.');
}

function record(type, data) {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

// The records for a question, or null when there is no such name.
function lookUp(name, type) {
  if (name === 'two.test' && type === TYPE.A)
    return [record(type, Buffer.from([10, 0, 0, 1])),
      record(type, Buffer.from([10, 0, 0, 2]))];
  if (name === 'six.test' && type === TYPE.AAAA)
    return [record(type, Buffer.from('20010db8000000000000000000000001',
                                     'hex'))];
  if (name.endsWith('.many.test') && type === TYPE.A)
    return [record(type, Buffer.from([10, 1, 0, Number(name.split('.')[0])]))];
  if (name === 'big.test' && type === TYPE.TXT)
    return Array.from({ length: 20 }, (_, i) =>
      record(type, Buffer.concat([Buffer.from([200]),
        Buffer.alloc(200, 97 + i)])));
  return null;
}

function answer(query, isUdp) {
  const end = nameEnd(query);
  const name = nameOf(query);
  if (name === 'silent.test') return null;
  const records = lookUp(name, query.readUInt16BE(end));
  const head = Buffer.from(query.subarray(0, end + 4));
  const truncated = isUdp && name === 'big.test';
  head.writeUInt16BE(0x8180 | (truncated ? 0x200 : 0) | (records ? 0 : 3), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records && !truncated ? records.length : 0, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...(records && !truncated ? records : [])]);
}

function onTcp(socket) {
  let data = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (part) => {
    data = Buffer.concat([data, part]);
    while (data.length > 2 && data.length >= 2 + data.readUInt16BE(0)) {
      const size = data.readUInt16BE(0);
      const reply = answer(data.subarray(2, 2 + size), false);
      const head = Buffer.alloc(2);
      head.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([head, reply]));
      data = data.subarray(2 + size);
    }
  });
}

let udp;
let tcp;
let resolver;

step('a server on one port for UDP and TCP', async () => {
  for (let tries = 0; tries < 20; tries++) {
    udp = dgram.createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    tcp = net.createServer(onTcp).listen(udp.address().port, '127.0.0.1');
    const error = await once(tcp, 'listening').catch((reason) => reason);
    if (!error) break;
    udp.close();
    assert.strictEqual(error.code, 'EADDRINUSE');
  }
  udp.on('message', (query, from) => {
    const reply = answer(query, true);
    if (reply) udp.send(reply, from.port, from.address);
  });
  resolver = new dns.promises.Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([`127.0.0.1:${udp.address().port}`]);
});

step('A and AAAA', async () => {
  assert.deepStrictEqual((await resolver.resolve4('two.test')).sort(),
                         ['10.0.0.1', '10.0.0.2']);
  assert.deepStrictEqual(await resolver.resolve6('six.test'),
                         ['2001:db8::1']);
});

step('100 questions at once', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, (_, i) =>
    resolver.resolve4(`${i}.many.test`)));
  all.forEach((addresses, i) =>
    assert.deepStrictEqual(addresses, [`10.1.0.${i}`]));
});

step('a truncated answer comes over TCP', async () => {
  const texts = await resolver.resolveTxt('big.test');
  assert.strictEqual(texts.length, 20);
  assert.strictEqual(texts[3][0], 'd'.repeat(200));
});

step('no such name; no answer; cancel', async () => {
  await assert.rejects(resolver.resolve4('none.test'), { code: 'ENOTFOUND' });
  const fast = new dns.promises.Resolver({ timeout: 100, tries: 1 });
  fast.setServers([`127.0.0.1:${udp.address().port}`]);
  await assert.rejects(fast.resolve4('silent.test'), { code: 'ETIMEOUT' });
  const pending = resolver.resolve4('silent.test');
  setImmediate(() => resolver.cancel());
  await assert.rejects(pending, { code: 'ECANCELLED' });
});

step('getaddrinfo and getnameinfo', async () => {
  const { address } = await dns.promises.lookup('localhost', { family: 4 });
  assert.match(address, /^127\./);
  await assert.rejects(dns.promises.lookup('no.such.name.invalid'),
                       (error) => /^(ENOTFOUND|EAI_AGAIN)$/.test(error.code));
  const { service } = await dns.promises.lookupService('127.0.0.1', 80);
  assert.ok(service === 'http' || service === '80');
});

step('close', async () => {
  await new Promise((resolve) => tcp.close(resolve));
  await new Promise((resolve) => udp.close(resolve));
});

run();
