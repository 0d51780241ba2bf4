// SPDX-License-Identifier: MIT
// Child processes: stdio in every direction, IPC by fork with a socket handed
// over, exit codes and signals, errors, many at once, detached, and the last
// words of a child, which must all arrive.
'use strict';
const cp = require('child_process');
const fs = require('fs');
const net = require('net');
const { step, run, once, collect, pattern, assert, local, sleep } =
  require('./common.js');

// The child's side: this very file, with the role as argument.
const roles = {
  echo: () => process.stdin.pipe(process.stdout),
  ipc: () => {
    let seen = 0;
    process.on('message', (message, handle) => {
      if (handle) {
        handle.end('from the child');
        handle.resume();
        process.send({ took: true });
      } else if (message === 'bye') {
        process.disconnect();
      } else {
        process.send({ seen: ++seen, message });
      }
    });
  },
  // As Node's own test: a lot of text, then exit at once from the callback.
  flush: () => {
    const text = 'a line of sixty-four bytes, with its end of line at the end.\n';
    for (let i = 0; i < 3000; i++) process.stdout.write(text);
    process.stdout.write('the last line\n', () => process.exit(0));
  },
  exit: () => {
    process.stdout.write('written before exit');
    process.stderr.write('and to the other one');
    process.exitCode = 7;
  },
  title: () => {
    process.title = 'pollux-title';
    console.log(fs.readFileSync('/proc/self/cmdline', 'latin1')
      .replace(/\0+$/, ''));
    console.log(process.title);
  },
  signals: () => {
    process.on('SIGUSR2', () => {
      console.log('got SIGUSR2');
      process.exit(5);
    });
    console.log('ready');
    setInterval(() => {}, 1000);
  },
};

if (process.argv[2]) {
  roles[process.argv[2]]();
  return;
}

const child = (role, options) =>
  cp.spawn(process.execPath, [__filename, role], options);

async function finish(process_) {
  const [out, err, end] = await Promise.all([
    process_.stdout ? collect(process_.stdout) : '',
    process_.stderr ? collect(process_.stderr) : '',
    once(process_, 'close')]);
  return { out: out.toString(), err: err.toString(), code: end[0],
    signal: end[1] };
}

step('stdin to stdout, 1 MiB', async () => {
  const echo = child('echo');
  echo.stdin.end(pattern(1 << 20));
  const [data] = await Promise.all([collect(echo.stdout),
    once(echo, 'close')]);
  assert.ok(data.equals(pattern(1 << 20)));
});

step('stdout, stderr and the exit code', async () => {
  const { out, err, code } = await finish(child('exit'));
  assert.strictEqual(out, 'written before exit');
  assert.strictEqual(err, 'and to the other one');
  assert.strictEqual(code, 7);
});

step('the last output arrives, 12 times', async () => {
  const all = await Promise.all(Array.from({ length: 12 }, () =>
    finish(child('flush'))));
  for (const { out, code } of all) {
    assert.strictEqual(code, 0);
    assert.strictEqual(out.length, 3000 * 61 + 14);
    assert.ok(out.endsWith('the last line\n'));
  }
});

step('stdio: inherit, ignore, a file, a further pipe', async () => {
  const file = fs.openSync(local('out'), 'w');
  const shell = cp.spawn('/bin/sh', ['-c',
    'echo to file; echo to pipe >&3; cat <&4 >&3'],
  { stdio: ['ignore', file, 'inherit', 'pipe', 'pipe'] });
  fs.closeSync(file);
  shell.stdio[4].end('through both');
  const [text] = await Promise.all([collect(shell.stdio[3]),
    once(shell, 'close')]);
  assert.strictEqual(text.toString(), 'to pipe\nthrough both');
  assert.strictEqual(fs.readFileSync(local('out'), 'utf8'), 'to file\n');
});

step('messages by fork, in order', async () => {
  const forked = cp.fork(__filename, ['ipc']);
  const answers = [];
  const complete = new Promise((resolve) => forked.on('message', (answer) => {
    if (answers.push(answer) === 100) resolve();
  }));
  for (let i = 0; i < 100; i++) forked.send({ i, text: 'x'.repeat(i * 50) });
  await complete;
  answers.forEach(({ seen, message }, i) => {
    assert.strictEqual(seen, i + 1);
    assert.strictEqual(message.i, i);
    assert.strictEqual(message.text.length, i * 50);
  });
  forked.send('bye');
  const [code] = await once(forked, 'exit');
  assert.strictEqual(code, 0);
});

step('a connection is handed over', async () => {
  const forked = cp.fork(__filename, ['ipc']);
  const server = net.createServer({ pauseOnConnect: true }, (socket) =>
    forked.send('socket', socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const took = once(forked, 'message');
  const text = await collect(net.connect(server.address().port, '127.0.0.1'));
  assert.strictEqual(text.toString(), 'from the child');
  assert.deepStrictEqual((await took).took ?? (await took)[0].took, true);
  const ended = once(forked, 'exit');
  forked.send('bye');
  await ended;
  // Its callback would wait for the child's word that the connection is closed.
  server.close();
});

step('no such program', async () => {
  await assert.rejects(once(cp.spawn(local('no-such')), 'spawn'),
                       { code: 'ENOENT', syscall: `spawn ${local('no-such')}` });
  fs.writeFileSync(local('plain'), 'text');
  await assert.rejects(once(cp.spawn(local('plain')), 'spawn'),
                       { code: 'EACCES' });
  await assert.rejects(once(cp.spawn('true', { cwd: local('nowhere') }),
                            'spawn'), { code: 'ENOENT' });
});

step('signals in both directions', async () => {
  const one = child('signals');
  await once(one.stdout, 'data');
  one.kill('SIGUSR2');
  assert.deepStrictEqual((await once(one, 'exit')), [5, null]);
  const two = child('signals');
  await once(two.stdout, 'data');
  two.kill('SIGKILL');
  assert.deepStrictEqual((await once(two, 'exit')), [null, 'SIGKILL']);
  assert.strictEqual(two.kill(0), false);
});

step('execFile with a time-out', async () => {
  const start = Date.now();
  await assert.rejects(new Promise((resolve, reject) => {
    cp.execFile('sleep', ['20'], { timeout: 200 }, (error) =>
      (error ? reject(error) : resolve()));
  }), { killed: true, signal: 'SIGTERM' });
  assert.ok(Date.now() - start < 10000);
});

step('spawnSync: output, input, status, time-out', async () => {
  const cat = cp.spawnSync('cat', { input: pattern(500000) });
  assert.ok(cat.stdout.equals(pattern(500000)));
  assert.strictEqual(cp.spawnSync('sh', ['-c', 'exit 3']).status, 3);
  const slow = cp.spawnSync('sleep', ['20'], { timeout: 100 });
  assert.strictEqual(slow.error.code, 'ETIMEDOUT');
  assert.strictEqual(cp.spawnSync(local('none')).error.code, 'ENOENT');
  assert.strictEqual(cp.execSync('echo $VALUE', { env: { ...process.env,
    VALUE: 'from env' } }).toString(), 'from env\n');
});

step('100 short children', async () => {
  const codes = await Promise.all(Array.from({ length: 100 }, async (_, i) =>
    (await once(cp.spawn('/bin/sh', ['-c', `exit ${i % 50}`]), 'exit'))[0]));
  codes.forEach((code, i) => assert.strictEqual(code, i % 50));
});

step('a detached child has its own session', async () => {
  const one = cp.spawn('sleep', ['20'], { detached: true, stdio: 'ignore' });
  await once(one, 'spawn');
  const stat = fs.readFileSync(`/proc/${one.pid}/stat`, 'utf8');
  assert.strictEqual(Number(stat.split(') ')[1].split(' ')[3]), one.pid);
  process.kill(-one.pid, 'SIGKILL');
  await once(one, 'exit');
});

step('a child inherits nothing but its stdio', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The fourth is the folder that ls reads.
  const { out } = await finish(cp.spawn('ls', ['/proc/self/fd'],
                                        { stdio: ['ignore', 'pipe', 'pipe'] }));
  assert.strictEqual(out, '0\n1\n2\n3\n');
  await new Promise((resolve) => server.close(resolve));
});

step('process.title', async () => {
  const { out } = await finish(child('title'));
  assert.strictEqual(out, 'pollux-title\npollux-title\n');
});

step('a closed reader ends the writer', async () => {
  const yes = cp.spawn('yes');
  await once(yes.stdout, 'data');
  yes.stdout.destroy();
  // The other end is a socket: EPIPE and its signal, or a reset if data was left.
  const [code, signal] = await once(yes, 'exit');
  assert.ok(signal === 'SIGPIPE' || code === 1, `${code} ${signal}`);
  const cat = cp.spawn('true', { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(cat, 'exit');
  await sleep(20);
  cat.stdin.on('error', () => {});
  await new Promise((resolve) => cat.stdin.write(pattern(100000), (error) => {
    assert.ok(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(
        error.code), error.code);
    resolve();
  }));
});

run();
