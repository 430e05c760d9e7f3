// Second factors: an authenticator app and recovery codes with scripts on and off, passkeys by a virtual authenticator.
import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { credentials, expect, expectAccessible, scriptsRun, test as base } from "./support.ts";

/** Passkeys belong to a name: the demo is opened as localhost. */
const test = base.extend({
  baseURL: async ({}, use) => {
    const url = new URL(credentials().url);
    url.hostname = "localhost";
    await use(url.origin);
  },
});

test.describe.configure({ mode: "serial" });

/** Nobody else's story signs in as these. */
const auditor = () => (scriptsRun() ? "auditor@harbour.example" : "external.auditor@harbour.example");
const password = () => credentials().people[0]!.password;

async function typePassword(page: Page, email: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.goto("/sign-out");
  await page.getByRole("button", { name: "Sign out of LedgerOS" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
}

/** The code of an app that was given this key (RFC 6238). */
function code(key: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replaceAll(" ", "")].map((c) => letters.indexOf(c).toString(2).padStart(5, "0")).join("");
  const seed = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", seed).update(counter).digest();
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Sets up the app that the page offers; gives the recovery codes. */
async function setUp(page: Page, button: string): Promise<string[]> {
  await expect(page.getByRole("img", { name: "QR code for your authenticator app" })).toBeVisible();
  await page.getByText("Cannot scan it?").click();
  const key = await page.locator("details code").innerText();
  await expectAccessible(page);
  await page.getByLabel("Code that the app shows").fill("000000");
  await page.getByRole("button", { name: button }).click();
  await expect(page.getByRole("alert")).toContainText("Code is not right");
  await page.getByText("Cannot scan it?").click();
  expect(await page.locator("details code").innerText()).toBe(key);
  await page.getByLabel("Code that the app shows").fill(code(key));
  await page.getByRole("button", { name: button }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Store your recovery codes");
  await expectAccessible(page);
  return page.locator(".codes code").allInnerTexts();
}

test("an app is set up, asked for, and removed", async ({ page }) => {
  await typePassword(page, auditor());
  await page.getByRole("navigation").first().waitFor();
  await page.goto("/account");
  await expectAccessible(page);
  await page.getByRole("link", { name: "Set up" }).click();
  const codes = await setUp(page, "Turn on");
  expect(codes).toHaveLength(10);
  await page.getByRole("link", { name: "Done: I have stored them" }).click();
  await expect(page.getByText("You sign in with two factors.")).toBeVisible();
  await signOut(page);

  await typePassword(page, auditor());
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("One more thing");
  await expectAccessible(page);
  await page.goto("/live");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await page.goto("/sign-in/factor");
  await page.getByLabel("Code of your authenticator app").fill("000000");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("Code is not right");
  await page.getByLabel("Code of your authenticator app").fill(codes[0]!);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("navigation").first()).toBeVisible();

  await page.goto("/account");
  await expect(page.getByText("9 left.")).toBeVisible();
  await page.getByRole("link", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove authenticator app" }).click();
  await expect(page.getByText("You sign in with a password alone.")).toBeVisible();
});

test("sessions are seen and ended", async ({ page, browser, baseURL }) => {
  await typePassword(page, auditor());
  await page.getByRole("navigation").first().waitFor();
  const elsewhere = await browser.newContext({ baseURL: baseURL! });
  const other = await elsewhere.newPage();
  await typePassword(other, auditor());
  await other.getByRole("navigation").first().waitFor();

  await page.goto("/account/sessions");
  await expect(page.getByRole("rowheader", { name: /Chrome on Linux/ }).first()).toBeVisible();
  await expect(page.getByText("This one")).toHaveCount(1);
  await expectAccessible(page);
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page.getByRole("status").first()).toContainText("ended");
  await other.goto("/live");
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await elsewhere.close();
});

test("a passkey is made, signs in, and is refused when played again or unverified", async ({ page, context }) => {
  test.skip(!scriptsRun(), "passkeys need scripts; without them the pages say so");
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const name = `laptop ${Date.now().toString(36)}`;
  await typePassword(page, auditor());
  await page.getByRole("navigation").first().waitFor();
  await page.goto("/account/passkeys/new");
  await expectAccessible(page);
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Store your recovery codes");
  await page.getByRole("link", { name: "Done: I have stored them" }).click();
  await expect(page.getByRole("rowheader", { name })).toBeVisible();
  await expectAccessible(page);
  await signOut(page);

  // In without a password; what was sent is kept for the replay.
  let sent = "";
  page.on("request", (request) => {
    const entries = new URLSearchParams(request.postData() ?? "");
    sent = entries.get("passkey") ?? sent;
  });
  await page.goto("/sign-in/passkey?next=%2Flive%2Fcards");
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page).toHaveURL(/\/live\/cards$/);
  expect(JSON.parse(sent)).toHaveProperty("credential.response.signature");
  await signOut(page);

  await page.goto("/sign-in/passkey");
  await page.locator("input[data-options]").evaluate((entry: HTMLInputElement, said) => {
    entry.value = said;
    entry.form!.requestSubmit();
  }, sent);
  await expect(page.getByRole("alert")).toContainText("Passkey was not taken");
  await page.goto("/live");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");

  // A device that cannot tell who holds it gives nothing.
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.goto("/sign-in/passkey");
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page.getByText("Nothing was sent.")).toBeVisible();
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page.getByRole("navigation").first()).toBeVisible();

  await signOut(page);

  // As the second factor, on the page that asks for one.
  await typePassword(page, auditor());
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("One more thing");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page.getByRole("navigation").first()).toBeVisible();

  // Again before what hurts.
  await page.goto("/step-up?next=%2Faccount%2Fpasskeys");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page).toHaveURL(/\/account\/passkeys$/);
  await page.getByLabel(`Name of ${name}`).fill(`${name} at home`);
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("rowheader", { name: `${name} at home` })).toBeVisible();

  // The same device makes no second one for the same person.
  await page.goto("/account/passkeys/new");
  await page.getByLabel("Name").fill("twice");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("This device has a passkey for you already.")).toBeVisible();
  // The entry is given up.
  page.on("dialog", (dialog) => void dialog.accept());
  await signOut(page);

  // A copy of the device, made when it was new: it counts back.
  const { credentials: kept } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
  await cdp.send("WebAuthn.removeCredential", { authenticatorId, credentialId: kept[0]!.credentialId });
  await cdp.send("WebAuthn.addCredential", { authenticatorId, credential: { ...kept[0]!, signCount: 0 } });
  await page.goto("/sign-in/passkey");
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page.getByRole("alert")).toContainText("Passkey was not taken");
  await cdp.send("WebAuthn.removeCredential", { authenticatorId, credentialId: kept[0]!.credentialId });
  await cdp.send("WebAuthn.addCredential", { authenticatorId, credential: { ...kept[0]!, signCount: 1000 } });
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page.getByRole("navigation").first()).toBeVisible();
  await page.goto("/live/profile/notices");
  await expect(page.getByText("A passkey of yours may have been copied").first()).toBeVisible();

  await page.goto("/account/passkeys");
  await page.getByRole("link", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Remove ${name} at home`);
  await expect(page.getByText("You then sign in with your password alone")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Remove passkey" }).click();
  await expect(page.getByText("No passkeys yet")).toBeVisible();
});

test("a quiet session says so before it ends, and one click keeps it", async ({ page, context }) => {
  test.skip(!scriptsRun(), "it takes a script to notice that nothing happens");
  await page.clock.install();
  await typePassword(page, auditor());
  await page.getByRole("navigation").first().waitFor();
  const warning = page.getByText("In two minutes you are signed out");
  await page.clock.fastForward("12:50");
  await expect(warning).toBeHidden();
  await page.clock.fastForward("00:20");
  await expect(warning).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Stay signed in" }).click();
  await expect(warning).toBeHidden();
  // Being busy in another tab counts here too.
  await page.clock.fastForward("13:10");
  await expect(warning).toBeVisible();
  const other = await context.newPage();
  await other.goto("/live");
  await expect(warning).toBeHidden();
});

test("a role that must show a second factor sets it up before it sees anything", async ({ page, browser, baseURL }) => {
  test.skip(scriptsRun(), "one project is enough: the organisation is shared");
  await typePassword(page, "owner@harbour.example");
  await page.goto("/settings/security");
  const asked = page.getByRole("group", { name: "must show a second factor" }).getByLabel("Support");
  await asked.check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(asked).toBeChecked();

  const theirs = await browser.newContext({ baseURL: baseURL!, javaScriptEnabled: false });
  const support = await theirs.newPage();
  await typePassword(support, "support@harbour.example");
  await expect(support.getByRole("heading", { level: 1 })).toHaveText("Set up a second factor");
  await support.goto("/live/agents");
  await expect(support.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await support.goto("/sign-in/enrol");
  await setUp(support, "Turn on and sign in");
  await support.getByRole("link", { name: "Done: I have stored them" }).click();
  await expect(support.getByRole("navigation").first()).toBeVisible();

  await support.goto("/account/authenticator/remove");
  await expect(support.getByText("asks your role for a second factor. Add another one first.")).toBeVisible();
  await expect(support.getByRole("button", { name: "Remove authenticator app" })).toHaveCount(0);
  await asked.uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await support.reload();
  await expect(support.getByText("Your 10 unused recovery codes are void.")).toBeVisible();
  await support.getByRole("button", { name: "Remove authenticator app" }).click();
  await expect(support.getByText("You sign in with a password alone.")).toBeVisible();
  await theirs.close();
});
