// SPDX-License-Identifier: MIT
// What a program's own stdin and stdout may be: pipes, files, /dev/null, a
// closed descriptor, a terminal; and signals to itself.
'use strict';
const cp = require('child_process');
const fs = require('fs');
const { step, run, once, collect, pattern, assert, local } =
  require('./common.js');

const roles = {
  count: () => {
    let size = 0;
    process.stdin.on('data', (part) => { size += part.length; });
    process.stdin.on('end', () => console.log(size));
  },
  lines: () => {
    const input = require('readline').createInterface(
        { input: process.stdin });
    input.on('line', (line) => console.log(`<${line}>`));
  },
  kinds: () => console.log([0, 1, 2].map((fd) => require('tty').isatty(fd))
    .join(' ')),
  terminal: () => {
    process.stdin.setRawMode(true);
    console.log(`raw ${process.stdin.isRaw} ${process.stdout.columns}`);
    process.stdin.once('data', (key) => {
      console.log(`key ${key}`);
      process.stdin.setRawMode(false);
      process.exit(0);
    });
  },
};

if (process.argv[2]) {
  roles[process.argv[2]]();
  return;
}

const node = `'${process.execPath}' '${__filename}'`;

async function shell(command, input) {
  const child = cp.spawn('/bin/sh', ['-c', command],
                         { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [text, [code]] = await Promise.all([collect(child.stdout),
    once(child, 'close')]);
  assert.strictEqual(code, 0, `${command}: ${code} ${text}`);
  return text.toString();
}

step('stdin from a pipe, a file, /dev/null, closed', async () => {
  fs.writeFileSync(local('input'), pattern(200000));
  assert.strictEqual(await shell(`${node} count`, pattern(300000)),
                     '300000\n');
  assert.strictEqual(await shell(`cat '${local('input')}' | ${node} count`),
                     '200000\n');
  assert.strictEqual(await shell(`${node} count < '${local('input')}'`),
                     '200000\n');
  assert.strictEqual(await shell(`${node} count < /dev/null`), '0\n');
  assert.strictEqual(await shell(`${node} count <&-`), '0\n');
});

step('lines', async () => {
  assert.strictEqual(await shell(`printf 'a\\nb\\nc' | ${node} lines`),
                     '<a>\n<b>\n<c>\n');
});

step('stdout to a file, and through a pipe that ends early', async () => {
  const out = local('output');
  await shell(`echo x | ${node} lines > '${out}'`);
  assert.strictEqual(fs.readFileSync(out, 'utf8'), '<x>\n');
  assert.strictEqual(await shell(`seq 5000 | ${node} lines 2>&1 | head -n 1`),
                     '<1>\n');
});

step('a terminal, by script(1)', async () => {
  try {
    cp.execFileSync('/bin/sh', ['-c', 'command -v script'], { stdio: 'pipe' });
  } catch {
    return console.log('# no script(1) here');
  }
  const inner = `stty cols 77; ${node} kinds; ${node} terminal`;
  // The key is typed once the terminal is raw, or it would be echoed.
  const child = cp.spawn('script', ['-qec', inner, '/dev/null'],
                         { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part) => {
    text += part;
    if (text.includes('raw true') && !child.stdin.writableEnded)
      child.stdin.end('q');
  });
  await once(child, 'close');
  assert.match(text, /^true true true\r\nraw true 77\r\nkey q/);
  return undefined;
});

step('signals to itself', async () => {
  for (const name of ['SIGUSR2', 'SIGHUP', 'SIGTERM', 'SIGWINCH']) {
    const got = new Promise((resolve) => process.once(name, resolve));
    process.kill(process.pid, name);
    assert.strictEqual(await got, name);
  }
});

step('what the system tells', async () => {
  const os = require('os');
  assert.ok(os.cpus().length > 0);
  assert.ok(os.freemem() > 0 && os.totalmem() > os.freemem());
  assert.strictEqual(os.userInfo().uid, process.getuid());
  assert.strictEqual(os.hostname(),
                     fs.readFileSync('/proc/sys/kernel/hostname', 'utf8')
                       .trim());
  assert.ok(os.loadavg().length === 3 && os.uptime() > 0);
  assert.ok(os.networkInterfaces().lo);
  assert.strictEqual(process.cwd(), fs.realpathSync('.'));
  assert.ok(process.memoryUsage.rss() > 1 << 20);
  assert.ok(process.resourceUsage().maxRSS > 1024);
  assert.strictEqual(os.getPriority(), os.getPriority(process.pid));
});

run();
