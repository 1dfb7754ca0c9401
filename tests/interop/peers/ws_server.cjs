// ws (Node) as a server on a free port: /echo, /close (with 4321 at the first message) and /refuse (401).
// At the end of each connection it prints one line of JSON with what it saw.
'use strict';

const { WebSocketServer } = require('ws');

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
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

server.on('listening', () => {
  console.log(`version ws ${require('ws/package.json').version} on Node ${process.versions.node}`);
  console.log(`listening on ws://127.0.0.1:${server.address().port}`);
});
