// Starts and ends the chat server, and asks it for a WebSocket as a program that is no browser can: with any Origin.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { createInterface } from "node:readline";

// The example's own executable rather than `cargo run`, so that a signal reaches the server and not Cargo.
export function example(name, ...flags) {
  const built = execFileSync("cargo", ["build", "--release", "--example", name, ...flags, "--message-format=json-render-diagnostics"],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * 1024 * 1024 });
  const artifacts = built.trim().split("\n").map((line) => JSON.parse(line));
  return artifacts.find(({ target, executable }) => executable && target.name === name).executable;
}

function command() {
  if (process.env.CHAT_SERVER) return process.env.CHAT_SERVER.split(" ");
  return [example("chat")];
}

export class Server {
  #command = command();
  #process;
  address = "127.0.0.1:0"; // after the first start, the port that was free then

  async start() {
    const [program, ...args] = this.#command;
    this.#process = spawn(program, [...args, this.address], { stdio: ["ignore", "pipe", "inherit"] });
    this.address = await this.#printedAddress();
  }

  async #printedAddress() {
    const deadline = setTimeout(() => this.#process.kill("SIGKILL"), 20_000);
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const found = line.match(/https?:\/\/([^\s/]+)/);
      if (!found) continue;
      clearTimeout(deadline);
      this.#process.stdout.resume(); // whatever it prints later must not fill the pipe
      return found[1];
    }
    clearTimeout(deadline);
    throw new Error(`the server printed no address: ${this.#command.join(" ")}`);
  }

  get url() {
    return `http://${this.address}/`;
  }

  // Resolves when the process has ended, to its exit code or the signal that ended it.
  async end(signal) {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode !== null) return undefined;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    const [code, by] = await ended;
    return by ?? code;
  }
}

// The status that answers an opening handshake from a page of this origin.
export function handshakeStatus(address, origin) {
  return new Promise((resolve, reject) => {
    const request = http.get(`http://${address}/ws`, {
      headers: { Origin: origin, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" },
    });
    request.on("upgrade", (response, socket) => { socket.destroy(); resolve(response.statusCode); });
    request.on("response", (response) => { response.destroy(); resolve(response.statusCode); });
    request.on("error", reject);
  });
}

// A web page of another origin: the same host, another port.
export async function foreignSite() {
  const site = http.createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>Elsewhere</title>"));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  return { url: `http://127.0.0.1:${site.address().port}/`, close: () => site.close() };
}
