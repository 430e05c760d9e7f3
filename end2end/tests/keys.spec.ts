// API keys: made, used, rotated with an overlap, followed, revoked; found and identified; held to a list of addresses.
import { type APIRequestContext, type Page } from "@playwright/test";
import { credentials, expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

/** A name that no other run and no other project of this run uses. */
function unique(what: string): string {
  return `${what} ${scriptsRun() ? "on" : "off"} ${Date.now().toString(36)}`;
}

/** The status of a call with a key and, for a refused one, its code. */
async function call(request: APIRequestContext, key: string): Promise<string> {
  const answer = await request.get(`${credentials().url}/v1/agents`, { headers: { "Api-Key": key } });
  if (answer.ok()) return String(answer.status());
  return `${answer.status()} ${(await answer.json()).error.code}`;
}

/** The secret that this page shows, this once. */
async function shown(page: Page): Promise<string> {
  const secret = (await page.locator(".secret code").innerText()).trim();
  expect(secret).toMatch(/^lk_dev_[0-9A-Za-z]{46}$/);
  return secret;
}

/** Makes a key of dev through the form. */
async function create(page: Page, name: string): Promise<string> {
  await page.goto("/dev/keys/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Create dev key" }).click();
  return shown(page);
}

test("a key is made, used, rotated, followed and revoked", async ({ page, request }) => {
  await signIn(page, "admin");
  await page.goto("/dev/keys/new");

  // Nothing typed: the form comes back with the reason in two places, and every entry kept.
  await page.getByLabel("Where it will live").fill("vault </textarea>");
  await page.getByRole("button", { name: "Create dev key" }).click();
  await expect(page.getByRole("alert")).toContainText("Name must not be empty");
  await expect(page.getByLabel("Name", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Where it will live")).toHaveValue("vault </textarea>");
  await expect(page).toHaveTitle(/^Error: /);
  await expectAccessible(page);

  const name = unique("checkout backend");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("30 days from now").check();
  await page.getByRole("button", { name: "Create dev key" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Key created");
  const old = await shown(page);
  await expectAccessible(page);
  expect(await call(request, old)).toBe("200");

  await page.getByRole("link", { name: "Done: I have stored it" }).click();
  await expect(page.getByText(old)).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();
  await expectAccessible(page);
  const home = page.url();

  await page.getByRole("link", { name: "Rotate" }).click();
  await expectAccessible(page);
  await page.getByLabel("1 hour", { exact: true }).check();
  await page.getByRole("button", { name: "Rotate key" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Key rotated");
  const fresh = await shown(page);
  expect(fresh).not.toBe(old);
  expect(await call(request, old)).toBe("200");
  expect(await call(request, fresh)).toBe("200");

  // The tracker: both were seen, the old one is still to end.
  await page.getByRole("link", { name: "Follow the rotation" }).click();
  const tracker = page.getByRole("list", { name: "Rotation" });
  await expect(tracker).toContainText("New secret issued");
  await expect(async () => {
    await page.reload();
    await expect(tracker).toContainText("The new secret works.", { timeout: 500 });
  }).toPass();
  await expect(tracker).toContainText("Works until");
  await expectAccessible(page);
  await page.getByRole("link", { name: "End the overlap" }).click();
  await page.getByRole("button", { name: "End the overlap" }).click();
  await expect(page.getByText("Replaced", { exact: true })).toBeVisible();
  expect(await call(request, old)).toBe("401 revoked_api_key");
  expect(await call(request, fresh)).toBe("200");

  // The successor is in use: its name is asked for before it is revoked.
  await page.getByRole("link", { name: "Go to its successor" }).click();
  await page.getByRole("link", { name: "Revoke", exact: true }).click();
  await expect(page.getByText("This cannot be undone.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByRole("alert")).toContainText("Type the name of the key");
  await page.getByLabel(`Type ${name} to go on`).fill(name);
  await page.getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByRole("status").first()).toContainText("Key revoked");
  expect(await call(request, fresh)).toBe("401 revoked_api_key");
  await page.goto(home);
  await expect(page.getByText(old)).toHaveCount(0);
});

test("a key is paused, renamed, and held to a list of addresses", async ({ page, request }) => {
  await signIn(page, "admin");
  const name = unique("nightly");
  const key = await create(page, name);
  await page.goto("/dev/keys?sort=-created");
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("link", { name: "Disable" }).click();
  await page.getByRole("button", { name: "Disable key" }).click();
  expect(await call(request, key)).toBe("401 disabled_api_key");
  await page.getByRole("link", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Resume key" }).click();
  expect(await call(request, key)).toBe("200");

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).fill(`${name} renamed`);
  await page.getByLabel("Address list").fill("192.0.2.0/24");
  // The log is written within a second of the call.
  await expect(async () => {
    await page.getByRole("button", { name: "Check the address list" }).click();
    await expect(page.getByText(/would have refused \d+ calls/)).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(`${name} renamed`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("renamed");
  expect(await call(request, key)).toBe("403 address_not_allowed");
});

test("a key in wrong hands is found, revoked first, and reported on", async ({ page, request }) => {
  await signIn(page, "admin");
  const name = unique("leaked");
  const key = await create(page, name);
  expect(await call(request, key)).toBe("200");
  await page.goto("/dev/keys");
  await page.getByRole("link", { name: "Found a key?" }).click();
  await page.getByLabel("The key that was found").fill(key);
  await page.getByRole("button", { name: "Look it up" }).click();
  expect(page.url()).not.toContain("lk_dev_");
  await expect(page.getByLabel("The key that was found")).toHaveValue("");
  await expectAccessible(page);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("link", { name: "Compromised?" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Revoke and open the report" }).click();
  expect(await call(request, key)).toBe("401 revoked_api_key");
  await expect(page.getByRole("heading", { name: "The key is revoked" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "No card details were read" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Create a replacement" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
});

test("a view of the list is kept under a name, is one click away, and is deleted after asking", async ({ page }) => {
  await signIn(page, "admin");
  const name = unique("by name");
  await page.goto("/dev/keys?sort=name&status=active");
  await page.getByRole("link", { name: "Save this view" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save view" }).click();
  await page.goto("/dev/keys");
  await expectAccessible(page);
  await page.getByRole("navigation", { name: "Saved views" }).getByRole("link", { name }).click();
  await expect(page).toHaveURL(/\/dev\/keys\?sort=name&status=active$/);
  await page.getByRole("link", { name: "Manage views" }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("link", { name: "Delete" }).click();
  await expect(page.getByText("stay.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Delete view" }).click();
  await expect(page.getByRole("link", { name, exact: true })).toHaveCount(0);
});

test("a revocation is tried before it breaks something", async ({ page, request }) => {
  await signIn(page, "admin");
  const name = unique("tried");
  const key = await create(page, name);
  await page.goto("/dev/keys?sort=-created");
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("link", { name: "Try revoking" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Begin the trial" }).click();
  expect(await call(request, key)).toBe("200");
  await page.getByRole("link", { name: "Revoke", exact: true }).click();
  // The log is written within a second of the call.
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("would have broken 1 call.")).toBeVisible({ timeout: 500 });
  }).toPass();
  await expectAccessible(page);
});
