// SPDX-License-Identifier: MIT
// Files: streams, promises, metadata, folders, links, errors and their codes,
// positional reads, many at once, abort.
'use strict';
const fs = require('fs');
const { pipeline } = require('stream/promises');
const zlib = require('zlib');
const { step, run, pattern, assert, local } = require('./common.js');

const BIG = 5 * 1024 * 1024 + 123;

step('a stream writes and another reads it', async () => {
  fs.writeFileSync(local('in'), pattern(BIG));
  await pipeline(fs.createReadStream(local('in')),
                 fs.createWriteStream(local('out')));
  assert.ok(fs.readFileSync(local('out')).equals(pattern(BIG)));
});

step('through gzip and back', async () => {
  await pipeline(fs.createReadStream(local('in')), zlib.createGzip(),
                 fs.createWriteStream(local('in.gz')));
  await pipeline(fs.createReadStream(local('in.gz')), zlib.createGunzip(),
                 fs.createWriteStream(local('again')));
  assert.ok(fs.readFileSync(local('again')).equals(pattern(BIG)));
});

step('parts of a file by position', async () => {
  const file = await fs.promises.open(local('in'));
  const part = Buffer.alloc(1000);
  const { bytesRead } = await file.read(part, 0, 1000, 4321);
  assert.strictEqual(bytesRead, 1000);
  assert.ok(part.equals(pattern(6000).subarray(4321, 5321)));
  const end = await file.read(part, 0, 1000, BIG - 10);
  assert.strictEqual(end.bytesRead, 10);
  await file.close();
});

step('writev and readv', async () => {
  const file = await fs.promises.open(local('v'), 'w+');
  const parts = [pattern(10), pattern(20000), pattern(0), pattern(3)];
  const { bytesWritten } = await file.writev(parts);
  assert.strictEqual(bytesWritten, 20013);
  const got = [Buffer.alloc(7), Buffer.alloc(20006)];
  assert.strictEqual((await file.readv(got, 0)).bytesRead, 20013);
  assert.ok(Buffer.concat(got).equals(Buffer.concat(parts)));
  await file.close();
});

step('copyFile, rename, truncate, append, utimes', async () => {
  await fs.promises.copyFile(local('in'), local('copy'));
  assert.ok(fs.readFileSync(local('copy')).equals(pattern(BIG)));
  await assert.rejects(fs.promises.copyFile(local('in'), local('copy'),
      fs.constants.COPYFILE_EXCL), { code: 'EEXIST' });
  await fs.promises.rename(local('copy'), local('moved'));
  await fs.promises.truncate(local('moved'), 5);
  await fs.promises.appendFile(local('moved'), 'end');
  assert.strictEqual((await fs.promises.stat(local('moved'))).size, 8);
  await fs.promises.utimes(local('moved'), 1000.5, 2000.25);
  const stat = await fs.promises.stat(local('moved'), { bigint: true });
  assert.strictEqual(stat.atimeNs, 1000500000000n);
  assert.strictEqual(stat.mtimeNs, 2000250000000n);
});

step('folders: recursive mkdir, readdir with types, opendir, rm', async () => {
  await fs.promises.mkdir(local('d/e/f'), { recursive: true });
  for (let i = 0; i < 100; i++) fs.writeFileSync(local(`d/file${i}`), '');
  await fs.promises.symlink('file1', local('d/link'));
  const types = await fs.promises.readdir(local('d'), { withFileTypes: true });
  assert.strictEqual(types.filter((one) => one.isFile()).length, 100);
  assert.strictEqual(types.filter((one) => one.isDirectory()).length, 1);
  assert.strictEqual(types.filter((one) => one.isSymbolicLink()).length, 1);
  let seen = 0;
  for await (const one of await fs.promises.opendir(local('d'))) {
    assert.ok(one.name);
    seen++;
  }
  assert.strictEqual(seen, 102);
  await fs.promises.rm(local('d'), { recursive: true });
  assert.ok(!fs.existsSync(local('d')));
});

step('links, modes, access, realpath, mkdtemp, statfs', async () => {
  fs.writeFileSync(local('target'), 'x');
  await fs.promises.link(local('target'), local('hard'));
  await fs.promises.symlink(local('target'), local('soft'));
  assert.strictEqual(fs.statSync(local('hard')).nlink, 2);
  assert.strictEqual(fs.readlinkSync(local('soft')), local('target'));
  assert.strictEqual(await fs.promises.realpath(local('soft')),
                     fs.realpathSync.native(local('target')));
  assert.ok(fs.lstatSync(local('soft')).isSymbolicLink());
  await fs.promises.chmod(local('target'), 0o640);
  assert.strictEqual(fs.statSync(local('target')).mode & 0o777, 0o640);
  await fs.promises.access(local('target'), fs.constants.R_OK);
  const folder = await fs.promises.mkdtemp(local('tmp-'));
  assert.ok(fs.statSync(folder).isDirectory());
  assert.ok((await fs.promises.statfs(folder)).bsize > 0);
});

step('errors have their codes, numbers and texts', async () => {
  await assert.rejects(fs.promises.open(local('none')), {
    code: 'ENOENT', errno: -2, syscall: 'open', path: local('none'),
    message: `ENOENT: no such file or directory, open '${local('none')}'` });
  await assert.rejects(fs.promises.readdir(local('in')), { code: 'ENOTDIR' });
  await assert.rejects(fs.promises.readFile(local('.')), { code: 'EISDIR' });
  await assert.rejects(fs.promises.rmdir(local('in')), { code: 'ENOTDIR' });
  await assert.rejects(fs.promises.symlink('x', local('in')),
                       { code: 'EEXIST' });
  assert.throws(() => fs.readSync(9999, Buffer.alloc(1)), { code: 'EBADF' });
});

step('500 files at once', async () => {
  await Promise.all(Array.from({ length: 500 }, async (_, i) => {
    await fs.promises.writeFile(local(`many${i}`), `text ${i}`);
    const text = await fs.promises.readFile(local(`many${i}`), 'utf8');
    assert.strictEqual(text, `text ${i}`);
    await fs.promises.unlink(local(`many${i}`));
  }));
});

step('a read that is aborted', async () => {
  const control = new AbortController();
  const reading = fs.promises.readFile(local('in'), { signal: control.signal });
  control.abort();
  await assert.rejects(reading, { name: 'AbortError' });
});

step('/proc and /dev, which tell no size', async () => {
  const status = await fs.promises.readFile('/proc/self/status', 'utf8');
  assert.match(status, /^Name:\s+node/);
  const file = await fs.promises.open('/dev/zero');
  const { bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, null);
  assert.strictEqual(bytesRead, 4096);
  await file.close();
});

run();
