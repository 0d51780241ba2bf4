// SPDX-License-Identifier: MIT
// Worker threads, each with a loop of its own: messages, big buffers, shared
// memory, stdout, exit codes, terminate, many at once, their own timers and files.
'use strict';
const { Worker, isMainThread, parentPort, workerData, MessageChannel } =
  require('worker_threads');
const { step, run, once, pattern, assert, local, sleep } =
  require('./common.js');

const roles = {
  echo: () => parentPort.on('message', (message) => {
    if (message === 'bye') parentPort.close();
    else parentPort.postMessage(message);
  }),
  spin: () => { for (;;); },
  idle: () => setInterval(() => {}, 1000),
  exit: () => {
    process.stdout.write('from the worker\n');
    process.exit(4);
  },
  throw: () => { throw new RangeError('on purpose'); },
  shared: () => {
    const numbers = new Int32Array(workerData.memory);
    for (let i = 0; i < 1000; i++) Atomics.add(numbers, 0, 1);
    Atomics.add(numbers, 1, 1);
    Atomics.notify(numbers, 1);
  },
  io: async () => {
    const fs = require('fs').promises;
    const name = local(`worker${workerData.number}`);
    for (let i = 0; i < 20; i++) {
      await fs.writeFile(name, `text ${i}`);
      assert.strictEqual(await fs.readFile(name, 'utf8'), `text ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const net = require('net');
    const server = net.createServer((socket) => socket.pipe(socket));
    server.listen(0, '127.0.0.1', () => {
      const socket = net.connect(server.address().port, '127.0.0.1');
      socket.end('echo');
      socket.on('data', (data) => parentPort.postMessage(data.toString()));
      socket.on('close', () => server.close());
    });
  },
};

const start = (role, data = {}, options = {}) =>
  new Worker(__filename, { workerData: { role, ...data }, ...options });

if (!isMainThread) {
  roles[workerData.role]();
} else {
  step('200 messages there and back, in order', async () => {
    const worker = start('echo');
    const ended = once(worker, 'exit');
    const got = [];
    worker.on('message', (message) => got.push(message.i));
    for (let i = 0; i < 200; i++) worker.postMessage({ i });
    while (got.length < 200) await sleep(1);
    assert.deepStrictEqual(got, Array.from({ length: 200 }, (_, i) => i));
    worker.postMessage('bye');
    assert.strictEqual(await ended, 0);
  });

  step('a buffer is moved, and a port', async () => {
    const worker = start('echo');
    const bytes = new Uint8Array(pattern(1 << 20));
    worker.postMessage(bytes, [bytes.buffer]);
    assert.strictEqual(bytes.length, 0);
    const back = await once(worker, 'message');
    assert.ok(Buffer.from(back).equals(pattern(1 << 20)));
    const { port1, port2 } = new MessageChannel();
    port1.postMessage('through the channel');
    assert.strictEqual(await new Promise((resolve) =>
      port2.once('message', resolve)), 'through the channel');
    port1.close();
    await worker.terminate();
  });

  step('shared memory', async () => {
    const memory = new SharedArrayBuffer(8);
    const workers = [1, 2, 3, 4].map(() => start('shared', { memory }));
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    assert.strictEqual(new Int32Array(memory)[0], 4000);
    assert.strictEqual(new Int32Array(memory)[1], 4);
  });

  step('exit code and output', async () => {
    const worker = start('exit', {}, { stdout: true });
    let text = '';
    worker.stdout.on('data', (data) => { text += data; });
    assert.strictEqual(await once(worker, 'exit'), 4);
    await sleep(10);
    assert.strictEqual(text, 'from the worker\n');
  });

  step('an error comes over', async () => {
    await assert.rejects(once(start('throw'), 'never'),
                         { name: 'RangeError', message: 'on purpose' });
  });

  step('terminate a busy one and idle ones', async () => {
    const workers = [start('spin'), start('idle'), start('idle')];
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    for (const worker of workers)
      assert.strictEqual(await worker.terminate(), 1);
  });

  step('8 workers with files, timers and sockets', async () => {
    const texts = await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      const worker = start('io', { number: i });
      const ended = once(worker, 'exit');
      const text = await once(worker, 'message');
      assert.strictEqual(await ended, 0);
      return text;
    }));
    assert.deepStrictEqual(texts, Array(8).fill('echo'));
  });

  run();
}
