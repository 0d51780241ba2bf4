// SPDX-License-Identifier: MIT
// process.setuid() and its kin. Newer Nodes refuse it when the libuv below could
// have a ring open; file operations after it have the new rights only. And child
// processes with another user.
'use strict';
const fs = require('fs');
const { execFile, spawn } = require('child_process');
const { step, run, once, assert, local, collect } = require('./common.js');

const NOBODY = 65534;

step('a child with another user and group', async () => {
  const child = spawn('/bin/sh', ['-c', 'id -u; id -g; id -G'],
                      { uid: NOBODY, gid: NOBODY });
  const [text] = await Promise.all([collect(child.stdout),
    once(child, 'close')]);
  assert.strictEqual(text.toString(), '65534\n65534\n65534\n');
});

step('a file that root alone can read', async () => {
  fs.writeFileSync(local('secret'), 'secret', { mode: 0o600 });
  assert.strictEqual(await fs.promises.readFile(local('secret'), 'utf8'),
                     'secret');
});

step('setgroups, setgid, setuid', async () => {
  process.setgroups([NOBODY]);
  process.setgid(NOBODY);
  process.setuid(NOBODY);
  assert.strictEqual(process.getuid(), NOBODY);
  assert.strictEqual(process.geteuid(), NOBODY);
  assert.strictEqual(process.getgid(), NOBODY);
});

step('the thread pool has lost the rights too', async () => {
  // More often than there are threads in the pool.
  for (let i = 0; i < 20; i++) {
    await assert.rejects(fs.promises.readFile(local('secret')),
                         { code: 'EACCES' });
  }
  assert.throws(() => process.setuid(0), { code: 'EPERM' });
});

step('children as nobody; another user is refused', async () => {
  const uid = await new Promise((resolve, reject) =>
    execFile('/usr/bin/id', ['-u'], (error, text) =>
      (error ? reject(error) : resolve(text))));
  assert.strictEqual(uid, '65534\n');
  await assert.rejects(
      async () => once(spawn('/usr/bin/id', { uid: 0 }), 'spawn'),
      { code: 'EPERM' });
});

run();
