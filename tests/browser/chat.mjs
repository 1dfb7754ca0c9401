// The chat example as people use it: pages in Chromium, told apart only by what they see.
// Each check waits for what it expects to appear; none sleeps.
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Server, foreignSite, handshakeStatus } from "./server.mjs";
import { hills, png } from "./png.mjs";

const { CHROMIUM, BROWSER_CACHE } = process.env;
const { chromium } = createRequire(path.join(BROWSER_CACHE, "package.json"))("playwright-core");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const DESKTOP = { viewport: { width: 1180, height: 760 }, colorScheme: "light" };
const PHONE = { viewport: { width: 390, height: 760 }, colorScheme: "dark", hasTouch: true, isMobile: true };
const PATIENCE = 15_000; // ms until an expectation has failed; more than the page's own waits in these checks

const server = new Server();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
const complaints = []; // what went wrong inside the pages, unasked
let passed = 0, failed = 0;

async function check(name, body) {
  try {
    await body();
    passed++;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n      ${String(error.stack ?? error).replaceAll("\n", "\n      ")}`);
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      await page.screenshot({ path: picture(`failed-${failed}-${await page.title()}-${page.viewportSize().width}`) }).catch(() => {});
    }
  }
}

function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

const picture = (name) => path.join(BROWSER_CACHE, `${name}.png`);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// ---- What a person does with a page

async function open(options) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(PATIENCE);
  // Keeps hold of the page's sockets, so that a check can break one.
  await context.addInitScript(() => {
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        window.sockets.push(this);
      }
    };
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(server.url);
  return page;
}

async function join(page, name) {
  await page.getByLabel("Your name").fill(name);
  await page.keyboard.press("Enter");
  await connected(page);
}

async function enter(name, options) {
  const page = await open(options);
  await join(page, name);
  return page;
}

async function say(page, text) {
  await page.getByLabel("Message. Enter sends").fill(text);
  await page.keyboard.press("Enter");
}

async function attach(page, name, mimeType, buffer) {
  await page.locator("#files").setInputFiles({ name, mimeType, buffer });
}

// Hands the page a file the way a drop or a paste does.
async function give(page, type, name, mimeType, buffer) {
  await page.evaluate(([type, name, mimeType, base64]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type: mimeType }));
    const event = type === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
      : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
    document.getElementById("text").dispatchEvent(event);
  }, [type, name, mimeType, buffer.toString("base64")]);
}

// ---- What a person sees

const bubble = (page, text) => page.locator("#log .bubble", { hasText: text });
const connected = (page) => page.locator("body[data-state=live]").waitFor();
const sees = (page, text) => bubble(page, text).first().waitFor();
const seesNote = (page, words) => page.locator("#log .note", { hasText: words }).first().waitFor();
const seesPicture = (page, name) => page.locator(`#log img[alt="Picture: ${name}"]`).waitFor();

async function until(page, condition, argument) {
  await page.waitForFunction(condition, argument, { timeout: PATIENCE });
}

async function peopleAre(page, ...names) {
  await until(page, (names) => [...document.querySelectorAll("#here li span:not(.avatar)")].map((item) => item.textContent).sort().join() === names,
    [...names].sort().join());
}

async function download(page, filename) {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#log a.file", { hasText: filename }).last().click(),
  ]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

async function textOf(page, text) {
  await sees(page, text);
  return bubble(page, text).last().evaluate((element) => element.textContent);
}

// ---- The checks

async function talking(ada, lin) {
  await check("both pages show who is here", async () => {
    for (const page of [ada, lin]) await peopleAre(page, "Ada", "Lin");
    await seesNote(ada, "Lin joined");
  });
  await check("text goes from the desktop to the phone", async () => {
    await say(ada, "Good morning");
    await sees(lin, "Good morning");
  });
  await check("text goes from the phone to the desktop", async () => {
    await say(lin, "Hello back");
    await sees(ada, "Hello back");
  });
  await check("the writer's own message is set apart, once, and leaves the outbox", async () => {
    await ada.locator(".message.own", { hasText: "Good morning" }).waitFor();
    await until(ada, () => document.getElementById("outbox").childElementCount === 0);
    equal(await lin.locator(".message.own", { hasText: "Good morning" }).count(), 0, "own messages of the other");
    equal(await bubble(ada, "Good morning").count(), 1, "copies");
  });
  await check("multi-byte text arrives unchanged", async () => {
    const text = "Grüße 🌍 漢字 👩‍👩‍👧 שלום";
    await say(ada, text);
    equal(await textOf(lin, "Grüße"), text, "text");
  });
  await check("Shift+Enter starts a new line, Enter sends", async () => {
    await ada.getByLabel("Message. Enter sends").fill("first line");
    await ada.keyboard.press("Shift+Enter");
    await ada.keyboard.type("second line");
    await ada.keyboard.press("Enter");
    equal(await textOf(lin, "first line"), "first line\nsecond line", "text");
  });
  await check("a long text of 60,000 characters arrives unchanged", async () => {
    const text = `long ${"0123456789 äöü ".repeat(4000)}end`;
    await say(ada, text);
    equal(await textOf(lin, "0123456789"), text, "text");
  });
  await check("HTML in a message stays text", async () => {
    const text = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</` + "script><b>bold</b>";
    await say(ada, text);
    equal(await textOf(lin, "onerror"), text, "text");
    equal(await lin.locator("#log .bubble b, #log .bubble script, #log .bubble img").count(), 0, "elements");
    equal(await lin.title(), "Chat", "title");
  });
}

async function files(ada, lin) {
  const flower = png(160, 90, (x, y) => [255 * x, 255 * y, 128]);
  await check("a picture is shown on the other page at its size", async () => {
    await attach(ada, "gradient.png", "image/png", flower);
    await seesPicture(lin, "gradient.png");
    await until(lin, () => document.querySelector("#log img").naturalWidth === 160 && document.querySelector("#log img").naturalHeight === 90);
  });
  await check("its bytes arrive unchanged (SHA-256)", async () => {
    equal(sha256((await download(lin, "gradient.png")).bytes), sha256(flower), "SHA-256");
  });
  await check("a file of 3 MiB arrives unchanged (SHA-256)", async () => {
    const noise = randomBytes(3 * 1024 * 1024);
    await attach(lin, "noise.bin", "application/octet-stream", noise);
    equal(sha256((await download(ada, "noise.bin")).bytes), sha256(noise), "SHA-256");
  });
  await check("an empty file arrives", async () => {
    await attach(lin, "empty.txt", "text/plain", Buffer.alloc(0));
    equal((await download(ada, "empty.txt")).bytes.length, 0, "bytes");
  });
  await check("a pasted and a dropped picture are sent", async () => {
    await give(ada, "paste", "pasted.png", "image/png", flower);
    await give(ada, "drop", "dropped.png", "image/png", flower);
    await seesPicture(lin, "pasted.png");
    await seesPicture(lin, "dropped.png");
  });
  await check("a hostile file name loses its path and its marks, HTML is only offered as a download", async () => {
    await give(ada, "drop", "../../<b>evil\u202Efdp.html", "text/html", Buffer.from("<script>alert(1)</script>"));
    const { name } = await download(lin, "evil");
    equal(/[\\/<>\u202E]|^\./u.test(name), false, `forbidden characters in ${name}`);
    equal(await lin.locator("#log a.file", { hasText: "evil" }).evaluate(async (link) => link.hasAttribute("download")), true, "a download link");
  });
  await check("a file over 4 MiB is refused by the page, which stays connected", async () => {
    await attach(ada, "huge.bin", "application/octet-stream", Buffer.alloc(4 * 1024 * 1024));
    await seesNote(ada, "huge.bin is too big");
    await say(ada, "still here");
    await sees(lin, "still here");
  });
}

async function people(ada, lin) {
  let late;
  await check("a late comer sees the history: text, a picture, who came", async () => {
    late = await enter("Late", DESKTOP);
    await sees(late, "Good morning");
    await seesPicture(late, "gradient.png");
    await seesNote(late, "Ada joined");
  });
  await check("a name that is taken is altered", async () => {
    const twin = await enter("Ada", DESKTOP);
    await until(ada, () => document.querySelectorAll("#here li").length === 4);
    const names = await twin.locator("#here li span:not(.avatar)").allTextContents();
    equal(new Set(names).size, 4, "different names");
    await twin.context().close();
  });
  await check("who leaves is announced and no longer listed", async () => {
    await late.context().close();
    await seesNote(lin, "Late left");
    await peopleAre(lin, "Ada", "Lin");
  });
  await check("the name is remembered when the page is loaded again", async () => {
    // Away first: a reload may be back before the server has seen the old connection end, and the name is taken.
    await lin.goto("about:blank");
    await peopleAre(ada, "Ada");
    await lin.goto(server.url);
    await connected(lin);
    await peopleAre(lin, "Ada", "Lin");
  });
}

async function origins(ada) {
  await check("a page of another origin gets no WebSocket", async () => {
    const site = await foreignSite();
    const page = await (await browser.newContext()).newPage();
    await page.goto(site.url);
    equal(await page.evaluate(attempt, server.address), "closed 1006", "the foreign page's socket");
    await page.context().close();
    site.close();
  });
  await check("the page's own origin does", async () => {
    equal(await ada.evaluate(attempt, server.address), "open", "the page's socket");
  });
  await check("without a browser: 403 for a foreign Origin, 101 for its own", async () => {
    equal(await handshakeStatus(server.address, "http://evil.example"), 403, "a foreign host");
    equal(await handshakeStatus(server.address, "null"), 403, "Origin: null");
    equal(await handshakeStatus(server.address, `http://${server.address}`), 101, "its own");
  });
}

// Runs inside a page.
function attempt(address) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${address}/ws`);
    socket.onopen = () => { resolve("open"); socket.close(); };
    socket.onclose = ({ code }) => resolve(`closed ${code}`);
  });
}

async function failures(ada, lin) {
  await check("after a broken connection the page returns, and shows the history once", async () => {
    const before = await bubble(ada, "Good morning").count();
    await ada.evaluate(() => window.sockets.find((socket) => socket.readyState === WebSocket.OPEN).close(4000, "pulled the plug"));
    await until(ada, () => document.body.dataset.closeCode === "4000");
    await connected(ada);
    await sees(ada, "Good morning");
    equal(await bubble(ada, "Good morning").count(), before, "copies");
    await say(lin, "welcome back");
    await sees(ada, "welcome back");
  });
  await check("a killed server (SIGKILL): both pages say so and count down", async () => {
    equal(await server.end("SIGKILL"), "SIGKILL", "ended by");
    for (const page of [ada, lin]) {
      await until(page, () => document.body.dataset.closeCode === "1006");
      await page.getByText("Connection closed: 1006, connection lost.").waitFor();
      await page.getByText(/Reconnecting in \d+ s/).waitFor();
      await page.getByRole("button", { name: "Reconnect now" }).waitFor();
    }
  });
  await check("what is written meanwhile waits", async () => {
    await say(ada, "written without a server");
    await attach(ada, "offline.png", "image/png", png(20, 20, () => [9, 99, 199]));
    await ada.locator("#outbox .waiting", { hasText: "written without a server" }).waitFor();
    await ada.locator("#outbox .waiting", { hasText: "offline.png" }).waitFor();
    for (const [page, name] of [[ada, "desktop"], [lin, "phone"]]) await page.screenshot({ path: picture(`offline-${name}`) });
  });
  await check("the server restarts on its port: both pages return without help", async () => {
    await server.start();
    for (const page of [ada, lin]) await connected(page);
    for (const page of [ada, lin]) await peopleAre(page, "Ada", "Lin");
  });
  await check("what waited is sent, once", async () => {
    await sees(lin, "written without a server");
    await seesPicture(lin, "offline.png");
    await until(ada, () => document.getElementById("outbox").childElementCount === 0);
    for (const page of [ada, lin]) equal(await bubble(page, "written without a server").count(), 1, "copies");
  });
  await check("and both chat again", async () => {
    await say(ada, "here again");
    await say(lin, "me too");
    await sees(lin, "here again");
    await sees(ada, "me too");
  });
  await check("Ctrl-C (SIGINT) closes every connection with 1001, and the server ends", async () => {
    await server.end("SIGINT");
    for (const page of [ada, lin]) {
      await until(page, () => document.body.dataset.closeCode === "1001");
      await page.getByText("Connection closed: 1001").waitFor();
    }
  });
  await check("Reconnect now", async () => {
    // Some waits later the next one is long enough to click into.
    await until(ada, () => /in [3-9] s/.test(document.getElementById("countdown").textContent));
    await server.start();
    await ada.getByRole("button", { name: "Reconnect now" }).click();
    await connected(ada);
    await connected(lin);
  });
}

async function layout(ada, lin) {
  await check("no page scrolls sideways, down to 360 px", async () => {
    await lin.setViewportSize({ width: 360, height: 640 });
    for (const page of [ada, lin]) {
      equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.getElementById("room").scrollWidth <= innerWidth), true, "fits");
    }
    await lin.setViewportSize(PHONE.viewport);
  });
  await check("the keyboard reaches every control", async () => {
    const reached = new Set();
    for (let presses = 0; presses < 30; presses++) {
      await ada.keyboard.press("Tab");
      reached.add(await ada.evaluate(() => document.activeElement.id));
    }
    for (const id of ["rename", "room", "attach", "text", "send"]) equal(reached.has(id), true, id);
  });
}

// ---- The picture for the README: a short talk, the two pages side by side

async function portrait() {
  const lin = await enter("Lin", PHONE);
  const ada = await enter("Ada", DESKTOP);
  const grace = await enter("Grace", DESKTOP);
  const talk = [
    [ada, "Morning! Is the new server up?"],
    [lin, "Since six. I killed it twice on the way to the station, both pages came back by themselves 🙂"],
    [grace, "Grüße aus Wien! Does it speak 漢字?"],
    [lin, "It does: 你好 🌍"],
    [lin, "And pictures. This is the view from the train:"],
  ];
  for (const [page, text] of talk) {
    await say(page, text);
    await sees(ada, text);
  }
  await attach(lin, "evening.png", "image/png", png(448, 210, hills));
  for (const page of [ada, lin]) await seesPicture(page, "evening.png");
  await say(ada, "Lovely. Every byte of that crossed a WebSocket.");
  for (const page of [ada, lin]) {
    await sees(page, "Lovely");
    await until(page, () => [...document.images].every((image) => image.complete) && document.getElementById("outbox").childElementCount === 0);
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  }
  await ada.screenshot({ path: picture("desktop-light") });
  await lin.screenshot({ path: picture("phone-dark") });
  await lin.getByRole("button", { name: "3 here" }).click();
  await lin.screenshot({ path: picture("phone-dark-people") });
  await lin.keyboard.press("Escape");
  await ada.emulateMedia({ colorScheme: "dark" });
  await lin.emulateMedia({ colorScheme: "light" });
  await ada.screenshot({ path: picture("desktop-dark") });
  await lin.screenshot({ path: picture("phone-light") });
  for (const page of [ada, lin, grace]) await page.context().close();
  await prompt();
}

async function prompt() {
  for (const [name, options] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    const page = await open(options);
    await page.getByLabel("Your name").fill("Ada");
    await page.screenshot({ path: picture(`prompt-${name}`) });
    await page.context().close();
  }
}

async function sideBySide(target) {
  const page = await (await browser.newContext({ viewport: { width: 1650, height: 820 } })).newPage();
  const image = (name) => `<img src="data:image/png;base64,${readFileSync(picture(name)).toString("base64")}">`;
  await page.setContent(`<style>body { margin: 0; height: 100vh; display: flex; gap: 20px; justify-content: center; align-items: center; background: #d9dfdc }
    img { border-radius: 14px; box-shadow: 0 6px 24px rgb(0 0 0 / .22) }</style>${image("desktop-light")}${image("phone-dark")}`);
  await page.screenshot({ path: target });
}

// ---- All of it

try {
  await server.start();
  const ada = await enter("Ada", DESKTOP);
  const lin = await enter("Lin", PHONE);
  await talking(ada, lin);
  await files(ada, lin);
  await people(ada, lin);
  await origins(ada);
  await failures(ada, lin);
  await layout(ada, lin);
  for (const page of [ada, lin]) await page.context().close();
  await check("no page had an error", async () => equal(complaints.join("; "), "", "errors"));

  await server.end("SIGKILL"); // a new server has no history
  await server.start();
  await check("screenshots", portrait);
  if (process.argv.includes("--screenshot")) {
    mkdirSync("docs", { recursive: true });
    await sideBySide("docs/chat.png");
  }
} catch (error) {
  failed++;
  console.log(`FAIL  ${error.stack}`);
} finally {
  await browser.close();
  await server.end("SIGKILL");
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
