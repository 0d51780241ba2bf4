// SPDX-License-Identifier: MIT
// Timers, immediates and their order; thousands of timers; unref; the loop's
// own figures; an idle loop that uses no CPU.
'use strict';
const timers = require('timers/promises');
const { performance, monitorEventLoopDelay } = require('perf_hooks');
const { step, run, assert, sleep } = require('./common.js');

step('no timer is early', async () => {
  for (const ms of [1, 2, 5, 10, 50]) {
    const start = process.hrtime.bigint();
    await sleep(ms);
    const took = Number(process.hrtime.bigint() - start) / 1e6;
    // Node starts a timer from its loop's cached time, of whole milliseconds.
    assert.ok(took >= ms - 1.05, `${ms} ms took ${took} ms`);
  }
});

step('order: nextTick, promises, immediates before later timers', async () => {
  const order = [];
  await new Promise((resolve) => {
    setImmediate(() => {
      setTimeout(() => { order.push('timer'); resolve(); }, 0);
      setImmediate(() => order.push('immediate'));
      Promise.resolve().then(() => order.push('promise'));
      process.nextTick(() => order.push('tick'));
    });
  });
  await sleep(5);
  assert.deepStrictEqual(order.slice(0, 2), ['tick', 'promise']);
  assert.deepStrictEqual(order.slice(2).sort(), ['immediate', 'timer']);
});

step('an immediate comes before a timer within an I/O callback', async () => {
  for (let i = 0; i < 20; i++) {
    const order = [];
    await new Promise((resolve) => require('fs').stat('/', () => {
      setTimeout(() => { order.push('timer'); resolve(); }, 0);
      setImmediate(() => order.push('immediate'));
    }));
    assert.deepStrictEqual(order, ['immediate', 'timer']);
  }
});

step('equal times fire in the order of their start', async () => {
  const order = [];
  await Promise.all(Array.from({ length: 50 }, (_, i) =>
    sleep(10).then(() => order.push(i))));
  assert.deepStrictEqual(order, Array.from({ length: 50 }, (_, i) => i));
});

step('10000 timers of many lengths', async () => {
  let fired = 0;
  await Promise.all(Array.from({ length: 10000 }, (_, i) =>
    sleep(1 + (i * 7) % 100).then(() => fired++)));
  assert.strictEqual(fired, 10000);
});

step('intervals and clearing', async () => {
  let count = 0;
  for await (const _ of timers.setInterval(2)) if (++count === 20) break;
  const handle = setTimeout(() => assert.fail('was cleared'), 5);
  clearTimeout(handle);
  const again = setTimeout(() => count++, 10);
  await sleep(5);
  again.refresh();
  await sleep(30);
  assert.strictEqual(count, 21);
});

step('50000 immediates', async () => {
  let left = 50000;
  await new Promise((resolve) => {
    const next = () => (--left === 0 ? resolve() : setImmediate(next));
    setImmediate(next);
  });
});

step('an idle loop uses no CPU', async () => {
  const before = process.cpuUsage();
  await sleep(500);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 150000, `${user + system} us`);
});

step('event loop utilisation and delay', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const before = performance.eventLoopUtilization();
  await sleep(100);
  const end = Date.now() + 100;
  while (Date.now() < end);
  await sleep(1);
  const used = performance.eventLoopUtilization(before);
  delay.disable();
  assert.ok(used.idle > 50, `idle ${used.idle}`);
  assert.ok(used.active > 90, `active ${used.active}`);
  assert.ok(delay.max >= 50e6, `delay ${delay.max}`);
});

step('what is unreferenced keeps nothing alive', async () => {
  setTimeout(() => assert.fail('the process should have ended'), 60000)
    .unref();
  require('net').createServer().listen(0, '127.0.0.1').unref();
  require('dgram').createSocket('udp4').bind(0, '127.0.0.1').unref();
});

run();
