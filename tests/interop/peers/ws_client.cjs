// ws (Node) as a client: ws_client.cjs URL URL-THAT-ASKS-FOR-USER-AND-PASSWORD
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const WebSocket = require('ws');

const [URL, GUARDED] = process.argv.slice(2);
const LIMIT = 20_000;
const TEXT = 'plain text';
const MULTI_BYTE = 'Grüße, κόσμε, 世界, 🦀';
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const BIG_TEXT = 'é'.repeat(1 << 19);
const BIG_BINARY = Buffer.alloc(1 << 20, BINARY.subarray(0, 251));
const REASON = 'bye, κόσμε';

async function open(url = URL, protocols = [], options = {}) {
  const socket = new WebSocket(url, protocols, options);
  await once(socket, 'open');
  return socket;
}

async function received(socket) {
  const [data, binary] = await once(socket, 'message');
  return binary ? data : data.toString();
}

async function closed(socket, code, reason) {
  socket.close(code, reason);
  const [gotCode, gotReason] = await once(socket, 'close');
  assert.deepEqual([gotCode, gotReason.toString()], [code, reason]);
}

async function echoed(...messages) {
  const socket = await open();
  for (const message of messages) {
    const echo = received(socket);
    socket.send(message);
    assert.ok(Buffer.from(await echo).equals(Buffer.from(message)), `the echo of ${message.length} is not what was sent`);
  }
  await closed(socket, 1000, '');
}

async function fragments() {
  const socket = await open();
  const text = received(socket);
  const pong = once(socket, 'pong');
  socket.send('one, ', { fin: false });
  socket.ping('between');
  socket.send('', { fin: false });
  socket.send('two, κόσμε', { fin: true });
  assert.equal((await pong)[0].toString(), 'between');
  assert.equal(await text, 'one, two, κόσμε');
  const binary = received(socket);
  socket.send(BINARY.subarray(0, 100), { fin: false });
  socket.send(BINARY.subarray(100), { fin: true });
  assert.ok((await binary).equals(BINARY));
  await closed(socket, 1000, '');
}

async function ping() {
  const socket = await open();
  for (const payload of ['', 'payload', 'p'.repeat(125)]) {
    const pong = once(socket, 'pong');
    socket.ping(payload);
    assert.equal((await pong)[0].toString(), payload);
  }
  await closed(socket, 1000, '');
}

async function subprotocol() {
  let socket = await open(URL, ['unknown', 'chat.v1']);
  assert.equal(socket.protocol, 'chat.v1');
  await closed(socket, 1000, '');
  socket = await open();
  assert.equal(socket.protocol, '');
  await closed(socket, 1000, '');
}

async function authorization() {
  for (const auth of [undefined, 'user:wrong']) {
    const socket = new WebSocket(GUARDED, { auth });
    socket.on('open', () => socket.emit('error', new Error('was let in')));
    const [, response] = await once(socket, 'unexpected-response');
    assert.equal(response.statusCode, 401);
    response.destroy();
  }
  const socket = await open(GUARDED, [], { auth: 'user:secret' });
  const echo = received(socket);
  socket.send(TEXT);
  assert.equal(await echo, TEXT);
  await closed(socket, 1000, '');
}

function inTime(promise) {
  return Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`nothing for ${LIMIT} ms`)), LIMIT).unref()),
  ]);
}

async function main() {
  console.log(`version ws ${require('ws/package.json').version} on Node ${process.versions.node}`);
  const checks = {
    text: () => echoed(TEXT, MULTI_BYTE),
    binary: () => echoed(BINARY),
    empty: () => echoed('', Buffer.alloc(0)),
    '1 MiB': () => echoed(BIG_TEXT, BIG_BINARY),
    fragments,
    ping,
    subprotocol,
    'close 1000': async () => closed(await open(), 1000, ''),
    'close 4001 with reason': async () => closed(await open(), 4001, REASON),
    401: authorization,
  };
  for (const [name, check] of Object.entries(checks)) {
    try {
      await inTime(check());
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`not ok ${name}: ${String(error).replaceAll('\n', ' ')}`);
    }
  }
  process.exit(0);
}

main();
