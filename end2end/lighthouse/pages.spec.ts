// Lighthouse on the pages that an admin opens first: the median of three runs is 100 in each category, on a phone with
// a slow connection (Lighthouse's default) and on a desktop.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, expect, test, type BrowserContext } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";
import { credentials, signIn } from "../tests/support.ts";

const categories = ["performance", "accessibility", "best-practices"] as const;
const pages = ["/live/keys", "/live/keys/new", "/live/monitoring"];
const runs = 3;

let browser: BrowserContext;
let home: string;
let port: number;

test.beforeAll(async ({}, info) => {
  home = mkdtempSync(join(tmpdir(), "ledgeros-lighthouse-"));
  port = await freePort();
  const { launchOptions } = info.project.use;
  // One profile for the sign-in and for Lighthouse, which opens pages of its own in it.
  browser = await chromium.launchPersistentContext(home, {
    ...launchOptions,
    baseURL: credentials().url,
    args: [...(launchOptions?.args ?? []), `--remote-debugging-port=${port}`],
  });
  await signIn(await browser.newPage(), "owner");
});

test.afterAll(async () => {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
});

for (const [device, config] of [
  ["phone", undefined],
  ["desktop", desktopConfig],
] as const) {
  for (const page of pages) {
    test(`${page} on a ${device}`, async () => {
      const scores = Object.fromEntries(categories.map((name) => [name, [] as number[]]));
      const missed = new Set<string>();
      for (let run = 0; run < runs; run++) {
        const result = await lighthouse(
          credentials().url + page,
          { port, onlyCategories: [...categories], disableStorageReset: true, logLevel: "error" },
          config,
        );
        if (!result) throw new Error("Lighthouse gave no result");
        expect(result.lhr.finalDisplayedUrl, "still signed in").toBe(credentials().url + page);
        for (const name of categories) scores[name]?.push(Math.round((result.lhr.categories[name]?.score ?? 0) * 100));
        for (const audit of Object.values(result.lhr.audits)) {
          const counts = audit.scoreDisplayMode === "binary" || audit.scoreDisplayMode === "metricSavings";
          if (counts && audit.score !== null && audit.score < 1) missed.add(`${audit.id}: ${audit.title}`);
        }
      }
      const medians = categories.map((name) => [name, scores[name]?.sort((a, b) => a - b)[Math.floor(runs / 2)]]);
      console.log(`${page} on a ${device}: ${medians.map(([name, score]) => `${name} ${score}`).join(", ")}`);
      const perfect = categories.map((name) => [name, 100]);
      expect(medians, [...missed].join("\n")).toEqual(perfect);
    });
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
