// ws (Node) as a server on a free port: /echo, /close (with 4321 at the first message) and /refuse (401).
// With the names of a certificate and its key, both PEM, by TLS. At the end of each connection it prints one line of JSON with what it saw.
'use strict';

const { readFileSync } = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');

const [cert, key] = process.argv.slice(2).map((name) => readFileSync(name));
const below = cert ? https.createServer({ cert, key }) : http.createServer();
const server = new WebSocketServer({
  server: below,
  verifyClient: ({ req }, answer) => answer(req.url !== '/refuse', 401, 'Unauthorized'),
  handleProtocols: (offered) => ['chat.v2', 'chat.v1'].find((name) => offered.has(name)) ?? false,
});

server.on('connection', (socket, request) => {
  const saw = { path: request.url, messages: 0, pings: 0 };
  socket.on('error', (error) => (saw.error = String(error)));
  socket.on('ping', () => (saw.pings += 1));
  socket.on('message', (data, binary) => {
    saw.messages += 1;
    if (request.url === '/close') socket.close(4321, 'told to, κόσμε');
    else socket.send(data, { binary });
  });
  socket.on('close', (code) => {
    saw.code = code;
    saw.subprotocol = socket.protocol || null;
    saw.origin = request.headers.origin ?? null;
    saw.trace = request.headers['x-trace'] ?? null;
    console.log('saw', JSON.stringify(saw));
  });
});

below.listen(0, '127.0.0.1', () => {
  console.log(`version ws ${require('ws/package.json').version} on Node ${process.versions.node}`);
  console.log(`listening on ${cert ? 'wss' : 'ws'}://127.0.0.1:${below.address().port}`);
});
