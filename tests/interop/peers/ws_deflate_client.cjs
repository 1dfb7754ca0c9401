// ws (Node) as a client that offers permessage-deflate: ws_deflate_client.cjs CASES MESSAGES, two files of JSON.
'use strict';

const { readFileSync } = require('node:fs');
const { once } = require('node:events');
const WebSocket = require('ws');
const { deflate, fragments } = require('./ws_deflate.cjs');

const [CASES, MESSAGES] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file)));
const LIMIT = 60_000;
const messages = MESSAGES.map((message) => ({
  data: Buffer.from(message.text ?? message.base64, 'text' in message ? 'utf8' : 'base64'),
  binary: !('text' in message),
  fragments: message.fragments,
}));

async function exchange({ url, options }) {
  const socket = new WebSocket(url, { perMessageDeflate: deflate(options) });
  await once(socket, 'open');
  if (socket.extensions !== 'permessage-deflate') throw new Error(`extensions: '${socket.extensions}'`);
  let came = 0;
  const all = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`closed with ${code} after ${came} messages`)));
    socket.on('message', (data, binary) => {
      const { data: sent, binary: sentBinary } = messages[came];
      if (binary !== sentBinary || !data.equals(sent)) reject(new Error(`message ${came} came back as ${data.length} bytes, and is not what was sent`));
      came += 1;
      if (came === messages.length) resolve();
    });
  });
  // All in a row: what comes back is looked at meanwhile.
  for (const { data, binary, fragments: count } of messages) {
    fragments(data, count).forEach((part, at) => socket.send(part, { binary, fin: at === count - 1 }));
  }
  await all;
  socket.removeAllListeners('close');
  socket.close(1000);
  const [code] = await once(socket, 'close');
  if (code !== 1000) throw new Error(`closed with ${code}`);
}

function inTime(promise) {
  return Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`not done after ${LIMIT} ms`)), LIMIT).unref()),
  ]);
}

async function main() {
  console.log(`version ws ${require('ws/package.json').version} on Node ${process.versions.node}`);
  for (const one of CASES) {
    try {
      await inTime(exchange(one));
      console.log(`ok ${one.name}`);
    } catch (error) {
      console.log(`not ok ${one.name}: ${String(error).replaceAll('\n', ' ')}`);
    }
  }
  process.exit(0);
}

main();
