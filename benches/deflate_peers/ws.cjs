// Node's `ws` as a server, in memory: what `deflate_peers` is for the Rust implementations.
//
// node ws.cjs DIR send|receive SIZE yes|no MILLIS    prints: nanoseconds of the processor per message, bytes sent per message
//
// `Sender` and `Receiver` of `ws` with its `PerMessageDeflate`, as its `WebSocket` has them, on a socket that is always ready.
// The processor's time is that of the whole process: `ws` compresses in other threads.
'use strict';

const fs = require('fs');
const { Duplex } = require('stream');
const { PerMessageDeflate, Receiver, Sender } = require('ws');

const [dir, direction, size, takeover, millis] = process.argv.slice(2);
const messages = fs.readFileSync(`${dir}/${size}-messages`, 'utf8').split('\n').slice(0, -1);

const options = {
  isServer: true,
  threshold: 0,
  serverNoContextTakeover: takeover === 'no',
  clientNoContextTakeover: takeover === 'no',
};
const deflate = new PerMessageDeflate(options);
deflate.accept([
  takeover === 'yes' ? {} : { server_no_context_takeover: [true], client_no_context_takeover: [true] },
]);
const extensions = { [PerMessageDeflate.extensionName]: deflate };

let written = 0;
const socket = new Duplex({
  read() {},
  write(chunk, _, done) {
    written += chunk.length;
    done();
  },
});

async function sendAll(sender) {
  const options = { binary: false, compress: true, fin: true, mask: false };
  await new Promise((resolve) => {
    messages.forEach((message, index) => {
      sender.send(message, options, index + 1 === messages.length ? resolve : undefined);
    });
  });
}

async function receiveAll(receiver, stream) {
  let count = 0;
  await new Promise((resolve) => {
    receiver.removeAllListeners('message');
    receiver.on('message', (data) => {
      if (data.length !== messages[count].length) throw new Error(`message ${count} has ${data.length} bytes`);
      if (++count === messages.length) resolve();
    });
    for (let at = 0; at < stream.length; at += 16384) receiver.write(Buffer.from(stream.subarray(at, at + 16384)));
  });
}

async function main() {
  let pass;
  if (direction === 'send') {
    const sender = new Sender(socket, extensions);
    pass = () => sendAll(sender);
  } else {
    const receiver = new Receiver({ isServer: true, extensions, maxPayload: 100 * 1024 * 1024 });
    receiver.on('error', (error) => {
      throw error;
    });
    const [first, again] = ['first', 'again'].map((part) => fs.readFileSync(`${dir}/${size}-${takeover === 'yes'}-${part}`));
    await receiveAll(receiver, first);
    pass = () => receiveAll(receiver, again);
  }
  // So that what is measured has been compiled.
  for (const end = Date.now() + Number(millis); Date.now() < end; ) await pass();
  const [before, begun] = [written, process.cpuUsage()];
  let passes = 0;
  for (const end = Date.now() + Number(millis); Date.now() < end; passes++) await pass();
  const { user, system } = process.cpuUsage(begun);
  const count = passes * messages.length;
  console.log(((user + system) * 1000) / count, (written - before) / count);
  process.exit();
}

main();
