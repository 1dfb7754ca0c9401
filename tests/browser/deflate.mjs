// permessage-deflate (RFC 7692) between Chromium and echo_server. A page cannot say what it offers, so it is the server that asks.
// Each connection passes through tests/tap.py, which tells what was agreed on and inflates each message with zlib in a window of
// that size; so a connection that quietly does without compression is a failure.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";
import { example } from "./server.mjs";

const { CHROMIUM, BROWSER_CACHE } = process.env;
const { chromium } = createRequire(path.join(BROWSER_CACHE, "package.json"))("playwright-core");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const PATIENCE = 30_000; // ms for one connection
const FULL = { takeover: true, bits: 15 };
const WINDOWS = [8, 9, 10, 11, 12, 13, 14];

// What the server is told, and what becomes of the messages of either side.
const CASES = [
  { flags: [] },
  { flags: ["--threshold", "1024"], mixes: true },
  { flags: ["--no-incoming-takeover"], client: { takeover: false, bits: 15 } },
  { flags: ["--no-outgoing-takeover"], server: { takeover: false, bits: 15 } },
  { flags: ["--no-context-takeover"], client: { takeover: false, bits: 15 }, server: { takeover: false, bits: 15 } },
  { flags: ["--no-context-takeover", "--window-bits", "9"], client: { takeover: false, bits: 9 }, server: { takeover: false, bits: 9 } },
  ...WINDOWS.map((bits) => ({ flags: ["--incoming-window-bits", `${bits}`], client: { takeover: true, bits } })),
  ...WINDOWS.map((bits) => ({ flags: ["--outgoing-window-bits", `${bits}`], server: { takeover: true, bits } })),
];

// Runs inside a page: sends all messages in a row, and gives the extensions, the number of messages, and what was wrong, if anything.
function exchange({ url, patience }) {
  const messages = [];
  let state = 7692;
  const chance = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const random = (size) => Uint8Array.from({ length: size }, () => chance(256));
  // Half of it stood there before, up to 40,000 bytes back, so that each window makes a difference.
  const repetitive = (size) => {
    const bytes = random(size);
    for (let at = 64; at < size; at += 64) {
      const start = at - 1 - chance(Math.min(at, 40_000));
      bytes.copyWithin(at, start, Math.min(start + 32, at));
    }
    return bytes;
  };
  const text = (size) => {
    const bytes = new TextEncoder().encode("κόσμος, Straße, 漢字 🦀. ".repeat(size / 24 + 1));
    let end = size;
    while ((bytes[end] & 0xc0) === 0x80) end -= 1; // not inside a character
    return new TextDecoder().decode(bytes.subarray(0, end)) + ".".repeat(size - end);
  };
  for (const size of [0, 1, 125, 126, 1024, 16_384, 65_535, 65_536, 1 << 20]) messages.push(text(size), repetitive(size), random(size));
  const twice = random(100);
  messages.push(twice, twice);

  const same = (came, sent) => {
    if (typeof sent === "string") return came === sent;
    const bytes = new Uint8Array(came);
    return came instanceof ArrayBuffer && bytes.length === sent.length && bytes.every((byte, at) => byte === sent[at]);
  };
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const count = messages.length;
    let came = 0;
    const end = (wrong) => resolve({ extensions: socket.extensions, count, wrong });
    setTimeout(() => end(`only ${came} messages came`), patience);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => messages.forEach((message) => socket.send(message));
    socket.onmessage = ({ data }) => {
      if (!same(data, messages[came])) end(`message ${came} is not what was sent`);
      came += 1;
      if (came === count) socket.close(1000);
    };
    socket.onclose = ({ code }) => end(code === 1000 ? null : `closed with ${code} after ${came} messages`);
  });
}

// A program of ours, and its lines one by one.
class Program {
  constructor(...command) {
    this.process = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async line(prefix) {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`${this.process.spawnfile} ended`);
      if (value.startsWith(prefix)) return value.slice(prefix.length);
    }
  }
}

// What is wrong with one side's messages, by the tap.
function faultOf(told, { takeover, bits }, messages, compressed) {
  if (told.problem) return told.problem;
  const wanted = { takeover, bits, messages, compressed, refers_back: takeover };
  if (bits !== 9) wanted.fills_window = bits > 9; // in a window of 9 bits zlib refers back no further than in one of 8
  const wrong = Object.keys(wanted).filter((key) => told[key] !== wanted[key]);
  return wrong.map((key) => `${key}: ${told[key]} instead of ${wanted[key]}`).join(", ");
}

async function check(page, server, { flags, client = FULL, server: sends = FULL, mixes }) {
  const echo = new Program(server, "127.0.0.1:0", "--deflate", ...flags);
  const programs = [echo];
  try {
    const address = await echo.line("listening on ");
    const tap = new Program("python3", "tests/tap.py", address);
    programs.push(tap);
    const door = await tap.line("listening on ");
    await page.goto(`http://${address}/`);
    const { extensions, count, wrong } = await page.evaluate(exchange, { url: `ws://${door}/`, patience: PATIENCE });
    if (wrong) throw new Error(wrong);
    if (!/^permessage-deflate\b/.test(extensions)) throw new Error(`socket.extensions is "${extensions}"`);
    const saw = JSON.parse(await tap.line("saw "));
    // Of nine sizes four are below the threshold, of three kinds each, and there are two short messages more.
    const faults = [faultOf(saw.client, client, count, count), faultOf(saw.server, sends, count, mixes ? count - 14 : count)];
    if (faults.join("")) throw new Error(`client: ${faults[0] || "right"}; server: ${faults[1] || "right"} (${saw.offer} => ${saw.answer})`);
    if (!saw.echoed) throw new Error("what came back is not what was sent");
    return extensions;
  } finally {
    for (const { process } of programs) process.kill("SIGKILL");
  }
}

const server = example("echo_server", "--features", "deflate");
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
let passed = 0, failed = 0;
try {
  const page = await browser.newPage();
  for (const one of CASES) {
    const name = `compression${one.flags.length ? `, the server with ${one.flags.join(" ")}` : ""}`;
    try {
      console.log(`ok    ${name}: ${await check(page, server, one)}`);
      passed++;
    } catch (error) {
      console.log(`FAIL  ${name}\n      ${String(error.stack ?? error).replaceAll("\n", "\n      ")}`);
      failed++;
    }
  }
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
