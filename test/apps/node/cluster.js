// SPDX-License-Identifier: MIT
// A cluster: workers share one HTTP port, by round robin and by a shared
// listening socket; UDP too; a worker that dies is replaced.
'use strict';
const cluster = require('cluster');
const dgram = require('dgram');
const http = require('http');
const { step, run, once, collect, assert } = require('./common.js');

const WORKERS = 3;

function work() {
  const server = http.createServer((req, res) => {
    if (req.url === '/die') process.exit(9);
    res.end(String(process.pid));
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  const udp = dgram.createSocket('udp4');
  udp.on('message', (message, from) =>
    udp.send(`${process.pid} ${message}`, from.port, from.address));
  udp.bind(0, '127.0.0.1', () =>
    process.send({ udp: udp.address().port }));
}

async function ask(port, path) {
  const req = http.get({ host: '127.0.0.1', port, path, agent: false });
  const res = await once(req, 'response');
  return (await collect(res)).toString();
}

async function startWorkers() {
  const ports = new Set();
  const udp = new Set();
  await Promise.all(Array.from({ length: WORKERS }, async () => {
    const worker = cluster.fork();
    await Promise.all([
      new Promise((resolve) => worker.once('listening', (address) => {
        // The UDP socket says listening too.
        if (address.addressType === 4) ports.add(address.port);
        resolve();
      })),
      new Promise((resolve) => worker.once('message', (message) => {
        udp.add(message.udp);
        resolve();
      }))]);
    worker.on('listening', (address) => {
      if (address.addressType === 4) ports.add(address.port);
    });
  }));
  assert.strictEqual(udp.size, 1);
  return { port: [...ports][0], udp: [...udp][0] };
}

const stop = () => Promise.all(Object.values(cluster.workers).map((worker) =>
  new Promise((resolve) => {
    worker.once('exit', resolve);
    worker.disconnect();
    setTimeout(() => worker.kill('SIGKILL'), 2000).unref();
  })));

async function servesAll({ port }, all) {
  const pids = new Set();
  for (let i = 0; i < 60; i++) pids.add(await ask(port, '/'));
  if (all) assert.strictEqual(pids.size, WORKERS);
  const known = Object.values(cluster.workers).map((one) =>
    String(one.process.pid));
  for (const pid of pids) assert.ok(known.includes(pid), `${pid} is unknown`);
}

if (cluster.isWorker) {
  work();
} else {
  let where;
  cluster.schedulingPolicy = cluster.SCHED_RR;

  step('round robin: every worker serves', async () => {
    where = await startWorkers();
    await servesAll(where, true);
  });

  step('UDP on a socket that all share', async () => {
    const socket = dgram.createSocket('udp4');
    for (let i = 0; i < 20; i++) {
      const answer = new Promise((resolve) => socket.once('message', resolve));
      socket.send(`n${i}`, where.udp, '127.0.0.1');
      assert.match((await answer).toString(), new RegExp(`^\\d+ n${i}$`));
    }
    await new Promise((resolve) => socket.close(resolve));
  });

  step('a worker dies and another takes over', async () => {
    const died = new Promise((resolve) =>
      cluster.once('exit', (worker, code) => resolve(code)));
    await assert.rejects(ask(where.port, '/die'), { code: 'ECONNRESET' });
    assert.strictEqual(await died, 9);
    const worker = cluster.fork();
    await new Promise((resolve) => worker.once('message', resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await servesAll(where, true);
  });

  step('the workers end when disconnected', stop);

  step('a listening socket that all share', async () => {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const shared = await startWorkers();
    await servesAll(shared, false);
    await stop();
  });

  run();
}
