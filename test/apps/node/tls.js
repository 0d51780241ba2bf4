// SPDX-License-Identifier: MIT
// TLS and HTTPS with a certificate of our own, made by openssl for this run.
'use strict';
const fs = require('fs');
const https = require('https');
const tls = require('tls');
const { execFileSync } = require('child_process');
const { step, run, once, collect, pattern, assert, local } =
  require('./common.js');

const BIG = 2 * 1024 * 1024;
let key;
let cert;

step('openssl makes a key and a certificate', async () => {
  // The machine's own openssl, with the machine's own libraries.
  const env = { ...process.env };
  for (const name of ['LD_LIBRARY_PATH', 'LD_PRELOAD']) delete env[name];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout',
    local('key.pem'), '-out', local('cert.pem')], { env, stdio: 'pipe' });
  key = fs.readFileSync(local('key.pem'));
  cert = fs.readFileSync(local('cert.pem'));
});

step('TLS there and back', async () => {
  const server = tls.createServer({ key, cert }, (socket) =>
    socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = tls.connect({ port: server.address().port,
    host: '127.0.0.1', servername: 'localhost', ca: cert });
  await once(socket, 'secureConnect');
  assert.ok(socket.authorized);
  assert.strictEqual(socket.getProtocol(), 'TLSv1.3');
  socket.end(pattern(BIG));
  assert.ok((await collect(socket)).equals(pattern(BIG)));
  await new Promise((resolve) => server.close(resolve));
});

step('an unknown certificate is refused', async () => {
  const server = tls.createServer({ key, cert });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = tls.connect({ port: server.address().port,
    host: '127.0.0.1', servername: 'localhost' });
  await assert.rejects(once(socket, 'secureConnect'),
                       { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await new Promise((resolve) => server.close(resolve));
});

step('HTTPS keeps one connection for 20 requests', async () => {
  const server = https.createServer({ key, cert }, (req, res) =>
    res.end(pattern(100000)));
  let handshakes = 0;
  server.on('secureConnection', () => handshakes++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: cert });
  for (let i = 0; i < 20; i++) {
    const req = https.get({ port: server.address().port, host: '127.0.0.1',
      servername: 'localhost', agent });
    const data = await collect(await once(req, 'response'));
    assert.ok(data.equals(pattern(100000)));
  }
  assert.strictEqual(handshakes, 1);
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});

run();
