// SPDX-License-Identifier: MIT
// fs.watch (inotify) and fs.watchFile (polling): names and kinds of events, many
// watchers, one path twice, closing in the callback.
'use strict';
const fs = require('fs');
const { step, run, once, assert, local, sleep } = require('./common.js');

// The first event that fits, while `act` is done again now and then.
function seen(watcher, fits, act) {
  return new Promise((resolve, reject) => {
    let events = '';
    const repeat = setInterval(act, 200);
    const end = setTimeout(() => {
      clearInterval(repeat);
      reject(new Error(`not seen; but: ${events}`));
    }, 5000);
    watcher.on('change', (kind, name) => {
      events += ` ${kind}:${name}`;
      if (!fits(kind, name)) return;
      clearInterval(repeat);
      clearTimeout(end);
      resolve(kind);
    });
    act();
  });
}

step('a folder: created, written, removed', async () => {
  fs.mkdirSync(local('watched'));
  const watcher = fs.watch(local('watched'));
  const file = local('watched/file');
  await seen(watcher, (kind, name) => kind === 'rename' && name === 'file',
             () => fs.writeFileSync(file, '1'));
  await seen(watcher, (kind, name) => kind === 'change' && name === 'file',
             () => fs.appendFileSync(file, '2'));
  await seen(watcher, (kind, name) => kind === 'rename' && name === 'moved',
             () => { fs.renameSync(file, local('watched/moved')); });
  watcher.close();
  await once(watcher, 'close');
});

step('a file gives its own name', async () => {
  fs.writeFileSync(local('single'), '');
  const watcher = fs.watch(local('single'));
  await seen(watcher, (kind, name) => kind === 'change' && name === 'single',
             () => fs.appendFileSync(local('single'), 'x'));
  watcher.close();
});

step('one path watched twice, one closed', async () => {
  fs.mkdirSync(local('twice'));
  const one = fs.watch(local('twice'));
  const two = fs.watch(local('twice'));
  const act = () => fs.writeFileSync(local('twice/f'), 'x');
  await Promise.all([seen(one, () => true, act), seen(two, () => true, act)]);
  one.close();
  await seen(two, (kind, name) => name === 'g',
             () => fs.writeFileSync(local('twice/g'), 'x'));
  two.close();
});

step('50 folders at once', async () => {
  const watchers = [];
  await Promise.all(Array.from({ length: 50 }, async (_, i) => {
    fs.mkdirSync(local(`w${i}`));
    const watcher = fs.watch(local(`w${i}`));
    watchers.push(watcher);
    await seen(watcher, (kind, name) => name === `f${i}`,
               () => fs.writeFileSync(local(`w${i}/f${i}`), ''));
  }));
  for (const watcher of watchers) watcher.close();
});

step('closed in its own callback', async () => {
  fs.mkdirSync(local('close'));
  const watcher = fs.watch(local('close'));
  let after = 0;
  let closed = false;
  watcher.on('change', () => {
    if (closed) after++;
    closed = true;
    watcher.close();
  });
  for (let i = 0; i < 20; i++) fs.writeFileSync(local(`close/f${i}`), '');
  await sleep(100);
  assert.ok(closed);
  assert.strictEqual(after, 0);
});

step('the promise form', async () => {
  fs.mkdirSync(local('iterate'));
  const control = new AbortController();
  const writing = setInterval(
      () => fs.writeFileSync(local('iterate/x'), ''), 20);
  for await (const event of fs.promises.watch(local('iterate'),
                                              { signal: control.signal })) {
    assert.strictEqual(event.filename, 'x');
    break;
  }
  clearInterval(writing);
  control.abort();
});

step('watchFile sees a new size, and the end', async () => {
  const file = local('polled');
  fs.writeFileSync(file, '1');
  const sizes = [];
  await new Promise((resolve) => {
    let step_ = 0;
    fs.watchFile(file, { interval: 20 }, (now, before) => {
      sizes.push(now.size);
      if (step_ === 1 && now.size === 4) {
        assert.strictEqual(before.size, 1);
        step_ = 2;
        fs.unlinkSync(file);
      } else if (step_ === 2 && now.nlink === 0) {
        resolve();
      }
    });
    setTimeout(() => { step_ = 1; fs.writeFileSync(file, '1234'); }, 100);
  });
  fs.unwatchFile(file);
});

step('no such path', async () => {
  assert.throws(() => fs.watch(local('none')), { code: 'ENOENT' });
});

run();
