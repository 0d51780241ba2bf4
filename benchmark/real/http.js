// SPDX-License-Identifier: MIT
// A small HTTP server; prints its port and serves until it is ended.
'use strict';
const server = require('http').createServer((request, response) => {
  response.end('hello, world\n');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
