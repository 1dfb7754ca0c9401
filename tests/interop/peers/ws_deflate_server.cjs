// ws (Node) as a server that accepts permessage-deflate: ws_deflate_server.cjs CASES, a file of JSON; the n-th case is served
// at /n, on a free port. It echoes, now and then in fragments, and prints one line of JSON with what it saw.
'use strict';

const { readFileSync } = require('node:fs');
const http = require('node:http');
const { WebSocketServer } = require('ws');
const { deflate, fragments } = require('./ws_deflate.cjs');

const servers = JSON.parse(readFileSync(process.argv[2])).map(
  ({ options }) => new WebSocketServer({ noServer: true, perMessageDeflate: deflate(options) }),
);

function serve(socket, path) {
  const saw = { path, extensions: socket.extensions };
  let number = 0;
  socket.on('error', (error) => (saw.error = String(error)));
  socket.on('message', (data, binary) => {
    const count = (number++ % 3) + 1;
    fragments(data, count).forEach((part, at) => socket.send(part, { binary, fin: at === count - 1 }));
  });
  socket.on('close', (code) => console.log('saw', JSON.stringify({ ...saw, code })));
}

const listener = http.createServer();
listener.on('upgrade', (request, stream, head) => {
  const server = servers[Number(request.url.slice(1))];
  server.handleUpgrade(request, stream, head, (socket) => serve(socket, request.url));
});
listener.listen(0, '127.0.0.1', () => {
  console.log(`version ws ${require('ws/package.json').version} on Node ${process.versions.node}`);
  console.log(`listening on ${servers.map(() => `127.0.0.1:${listener.address().port}`).join(' ')}`);
});
