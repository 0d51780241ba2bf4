// SPDX-License-Identifier: MIT
// What the scripts share: named steps that each print one `ok` line. A script
// runs its steps one after the other and prints `done` with their number; any
// failure, an unhandled one too, or a step that takes too long ends it with 1.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');

const PATIENCE_MS = 100000;
const steps = [];

function die(where, error) {
  fs.writeSync(2, `FAILED: ${where}: ${error && error.stack || error}\n`);
  process.exit(1);
}

exports.step = (name, run) => steps.push({ name, run });

// Waits for one event; an error event is a failure.
exports.once = (emitter, event) => new Promise((resolve, reject) => {
  emitter.once('error', reject);
  emitter.once(event, (...args) => {
    emitter.removeListener('error', reject);
    resolve(args.length > 1 ? args : args[0]);
  });
});

exports.sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// All of a stream. Not by `for await`, which would destroy a half-open socket.
exports.collect = (stream) => new Promise((resolve, reject) => {
  const parts = [];
  stream.on('data', (part) => parts.push(Buffer.from(part)));
  stream.once('end', () => resolve(Buffer.concat(parts)));
  stream.once('error', reject);
  stream.once('close', () => reject(new Error('closed before its end')));
});

// Bytes that show a lost or repeated block.
exports.pattern = (size) => {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7) & 255;
  return bytes;
};

// A name in the test's own folder.
exports.local = (name) => path.join(process.env.TMPDIR, name);

exports.assert = assert;

exports.run = async () => {
  let current = 'start';
  process.on('unhandledRejection', (error) => die(current, error));
  process.on('uncaughtException', (error) => die(current, error));
  const watchdog = setTimeout(
      () => die(current, `not finished in ${PATIENCE_MS} ms; active: ` +
          process.getActiveResourcesInfo().join(' ')), PATIENCE_MS);
  let finished = false;
  process.on('exit', (code) => {
    if (code === 0 && !finished) die(current, 'the loop ended too early');
  });
  for (const { name, run } of steps) {
    current = name;
    await run();
    console.log(`ok ${name}`);
  }
  finished = true;
  clearTimeout(watchdog);
  console.log(`done ${steps.length}`);
};
