// What every story shares: who can sign in, how, and what no page may ever do.
import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import axe from "axe-core";

export { expect };

export const roles = ["owner", "admin", "developer", "support", "finance", "auditor"] as const;
export type Role = (typeof roles)[number];

/** What `ledgeros demo --credentials` writes. */
export interface Credentials {
  url: string;
  people: { role: Role; email: string; password: string }[];
  apiKeys: { live: string; dev: string };
  agentToken: string;
  webhookSecret: string;
}

/** The running demo's address and secrets. Not callable while tests are only being listed. */
export function credentials(): Credentials {
  const path = process.env["LEDGEROS_BROWSER_CREDENTIALS"];
  if (!path) throw new Error("no demo is running: demo.ts starts it before the first test");
  return JSON.parse(readFileSync(path, "utf8")) as Credentials;
}

/**
 * Playwright's `test`, with relative addresses meaning the demo. Every test also fails when a page of it logs an error
 * (a violated content security policy is one), throws, misses a resource, or contacts anything but the demo.
 */
export const test = base.extend<{ quiet: void }>({
  baseURL: async ({}, use) => use(credentials().url),
  quiet: [
    async ({ context, baseURL }, use) => {
      const complaints = listen(context, new URL(baseURL ?? credentials().url).origin);
      await use();
      expect(complaints, "what the pages of this test complained about").toEqual([]);
    },
    { auto: true },
  ],
});

function listen(context: BrowserContext, origin: string): string[] {
  const complaints: string[] = [];
  context.on("console", (message) => {
    // Chromium logs every answer above 399, also a refused form's 422; the listeners below tell which are wrong.
    if (message.type() !== "error" || message.text().startsWith("Failed to load resource")) return;
    complaints.push(`console on ${message.page()?.url()}: ${message.text()}`);
  });
  context.on("weberror", (error) => {
    complaints.push(`script error on ${error.page()?.url()}: ${error.error().message}`);
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(http|ws)s?:$/.test(url.protocol) && url.host !== new URL(origin).host) {
      complaints.push(`contacted ${url.origin}`);
    }
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Leaving a page aborts what it was still loading.
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()} failed: ${reason}`);
  });
  context.on("response", (response) => {
    const kind = response.request().resourceType();
    const chosenByTheStory = ["document", "fetch", "xhr"].includes(kind);
    if (!chosenByTheStory && response.status() >= 400) {
      complaints.push(`${kind} ${response.url()} answered ${response.status()}`);
    }
  });
  return complaints;
}

/** Signs in through the form as the demo's person of that role and waits for the dashboard. */
export async function signIn(page: Page, role: Role): Promise<void> {
  const person = credentials().people.find((one) => one.role === role);
  if (!person) throw new Error(`the demo has no ${role}`);
  await page.goto("/");
  await page.getByLabel("Email", { exact: true }).fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("navigation").first()).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toHaveCount(0);
}

/** False in the project in which pages run no scripts. */
export function scriptsRun(): boolean {
  return test.info().project.use.javaScriptEnabled !== false;
}

const everyRule = Object.fromEntries(axe.getRules().map((rule) => [rule.ruleId, { enabled: true }]));
const colourRules = axe.getRules(["cat.color"]).map((rule) => rule.ruleId);
let toldWhy = false;

/**
 * Fails when axe finds a violation with every rule on, those off by default and experimental ones too, in light colours;
 * the rules about colours must hold in dark ones as well.
 *
 * axe is itself a script, so it runs in the project with scripts only. The other project's pages are the same documents.
 */
export async function expectAccessible(page: Page, themes = ["light", "dark"]): Promise<void> {
  if (!scriptsRun()) {
    if (!toldWhy) console.log("accessibility: checked in the project with scripts only, since axe is a script");
    toldWhy = true;
    return;
  }
  await page.emulateMedia({ colorScheme: "light" });
  const light = await new AxeBuilder({ page }).options({ rules: everyRule }).analyze();
  const found = light.violations;
  if (themes.includes("dark")) {
    await page.emulateMedia({ colorScheme: "dark" });
    found.push(...(await new AxeBuilder({ page }).withRules(colourRules).analyze()).violations);
  }
  await page.emulateMedia({ colorScheme: null });

  const broken = found.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
  // Soft: the other pages of a walk are still looked at.
  expect.soft(broken, `accessibility of ${page.url()}`).toEqual([]);
}
