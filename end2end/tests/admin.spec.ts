// The admin: keys that authenticate real calls, agents with limits, cards that stop.
import { credentials, expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

/** A name that no other run and no other project of this run uses. */
function unique(what: string): string {
  return `${what} ${scriptsRun() ? "on" : "off"} ${Date.now().toString(36)}`;
}

test("a key is made, shown once, opens the API, and ends at once", async ({ page, request }) => {
  await signIn(page, "admin");
  await page.goto("/dev/keys/new");

  // Nothing typed: the form comes back with the reason in two places, and Back does not fail.
  await page.getByRole("button", { name: "Create dev key" }).click();
  await expect(page.getByRole("alert")).toContainText("Name must not be empty");
  await expect(page.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await expect(page).toHaveTitle(/^Error: /);
  await expectAccessible(page);

  const name = unique("checkout backend");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("30 days").check();
  await page.getByRole("button", { name: "Create dev key" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Key created");
  const secret = (await page.locator(".secret code").innerText()).trim();
  expect(secret).toMatch(/^lk_dev_[0-9A-Za-z]{46}$/);
  await expectAccessible(page);

  const call = () => request.get(`${credentials().url}/v1/agents`, { headers: { "Api-Key": secret } });
  expect((await call()).status()).toBe(200);

  await page.getByRole("link", { name: "Done: I have stored it" }).click();
  await expect(page.getByText(secret)).toHaveCount(0);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Revoke" }).click();
  await expect(page.getByText("This cannot be undone.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByRole("status")).toContainText("Key revoked");

  const refused = await call();
  expect(refused.status()).toBe(401);
  expect((await refused.json()).error.code).toBe("revoked_api_key");
});

test("an agent is registered for a user and its limit changed against a stale form", async ({ page, context }) => {
  await signIn(page, "admin");
  await page.goto("/live/agents/new");
  await expectAccessible(page);
  const name = unique("story-bot");
  await page.getByLabel("Spends for").selectOption({ index: 1 });
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Purpose").fill("Buys </textarea><script>nothing</script> for a story");
  await page.getByLabel("Limit", { exact: true }).fill("two hundred");
  await page.getByRole("button", { name: "Register agent" }).click();
  await expect(page.getByRole("alert")).toContainText("Limit must be an amount");
  await expect(page.getByLabel("Purpose")).toHaveValue("Buys </textarea><script>nothing</script> for a story");
  await page.getByLabel("Limit", { exact: true }).fill("200.00");
  await page.getByRole("button", { name: "Register agent" }).click();
  await expect(page.locator(".secret code")).toContainText("at_live_");
  await page.getByRole("link", { name: "Done: I have stored it" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  await expect(page.getByText("0.00 of 200.00 USD")).toBeVisible();

  await page.getByRole("link", { name: "Change limit" }).click();
  const stale = await context.newPage();
  await stale.goto(page.url());
  await page.getByLabel("New limit").fill("250.00");
  await page.getByLabel("Reason").fill("busy season");
  await page.getByRole("button", { name: "Change limit" }).click();
  await expect(page.getByText("0.00 of 250.00 USD")).toBeVisible();

  await stale.getByLabel("New limit").fill("999.00");
  await stale.getByLabel("Reason").fill("did not see the other change");
  await stale.getByRole("button", { name: "Change limit" }).click();
  await expect(stale.getByRole("alert")).toBeVisible();
  await expect(stale.getByLabel("New limit")).toHaveValue("999.00");
  const differing = stale.getByRole("table", { name: "Entries that differ" });
  await expect(differing.getByRole("row", { name: /New limit/ })).toContainText("200.00");
  await expect(differing.getByRole("row", { name: /New limit/ })).toContainText("250.00");
  await page.reload();
  await expect(page.getByText("0.00 of 250.00 USD")).toBeVisible();
});

test("signing out ends the session, and Back shows nothing", async ({ page }) => {
  await signIn(page, "developer");
  await page.goto("/live/keys");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
});
