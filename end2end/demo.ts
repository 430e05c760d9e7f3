// Starts the demo once for all tests and ends it after them; Playwright calls this as its global setup.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Enough for every state of everything and for several pages of each list; the demo's own number takes a debug build long. */
const PURCHASES = "600";
/** A debug build makes the example organisation several times slower than a release build. */
const READY_WITHIN_MS = 240_000;
const ENDED_WITHIN_MS = 20_000;

const binary =
  process.env["LEDGEROS_BINARY"] ||
  resolve(import.meta.dirname, process.env["CARGO_TARGET_DIR"] || "../target", "debug/ledgeros");

/** Returns what ends the demo: it fails unless Ctrl-C ends the demo with status 0 and without a panic in its log. */
export default async function start(): Promise<() => Promise<void>> {
  if (!existsSync(binary)) throw new Error(`${binary} does not exist: run "make browser", which builds it`);

  const home = mkdtempSync(join(tmpdir(), "ledgeros-browser-"));
  const credentials = join(home, "credentials.json");
  const log = join(home, "log");
  const address = `127.0.0.1:${await freePort()}`;

  // The settings of whoever runs the tests are not part of the tests.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("LEDGEROS_")));
  const output = openSync(log, "w");
  const demo = spawn(binary, ["demo", "--bind", address, "--no-traffic", "--purchases", PURCHASES, "--credentials", credentials], {
    env: environment,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const ended = once(demo, "exit").then(([status, signal]) => (signal ? `signal ${signal}` : `status ${status}`));
  // A start that fails is reported by the wait below.
  ended.catch(() => undefined);
  const running = () => demo.exitCode === null && demo.signalCode === null;
  const failed = (what: string) => {
    const error = new Error(`the demo ${what}; the end of its log:\n${tail(log)}`);
    rmSync(home, { recursive: true });
    return error;
  };

  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(existsSync(credentials) && (await ready(address)))) {
    if (!running()) throw failed(`ended early with ${await ended}`);
    if (Date.now() > deadline) {
      demo.kill("SIGKILL");
      throw failed(`was not ready within ${READY_WITHIN_MS / 1000} s`);
    }
    await pause(100);
  }
  process.env["LEDGEROS_BROWSER_CREDENTIALS"] = credentials;

  return async () => {
    if (running()) demo.kill("SIGINT");
    const outcome = await Promise.race([ended, pause(ENDED_WITHIN_MS, "nothing", { ref: false })]);
    if (running()) demo.kill("SIGKILL");
    if (outcome !== "status 0") throw failed(`answered Ctrl-C with ${outcome} instead of status 0`);
    if (readFileSync(log, "utf8").includes("panicked at")) throw failed("panicked");
    rmSync(home, { recursive: true });
  };
}

async function ready(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/health/ready`)).status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the probe listens on no port");
  return address.port;
}

function tail(log: string): string {
  return readFileSync(log, "utf8").split("\n").slice(-60).join("\n");
}
