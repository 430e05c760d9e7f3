// The admin: agents with limits, cards that stop, the way out.
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

/** A name that no other run and no other project of this run uses. */
function unique(what: string): string {
  return `${what} ${scriptsRun() ? "on" : "off"} ${Date.now().toString(36)}`;
}

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

test("an agent gets a token, loses it and is taken out of service", async ({ page }) => {
  await signIn(page, "admin");
  await page.goto("/live/users");
  await expectAccessible(page);
  await page.getByRole("table", { name: "Users" }).getByRole("row").nth(1).getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "Balance" })).toBeVisible();
  await expectAccessible(page);

  await page.goto("/live/agents/new");
  const name = unique("short-lived-bot");
  await page.getByLabel("Spends for").selectOption({ index: 1 });
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Purpose").fill("Comes and goes within a story");
  await page.getByLabel("Limit", { exact: true }).fill("10.00");
  await page.getByRole("button", { name: "Register agent" }).click();
  await page.getByRole("link", { name: "Done: I have stored it" }).click();

  await page.getByRole("link", { name: "New token" }).click();
  await expectAccessible(page);
  await page.getByLabel("Name").fill("worker");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.locator(".secret code")).toContainText("at_live_");
  await page.getByRole("link", { name: "Done: I have stored it" }).click();
  const tokens = page.getByRole("table", { name: "Tokens" });
  await tokens.getByRole("row", { name: /worker/ }).getByRole("link", { name: "Revoke" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(tokens.getByRole("row", { name: /worker/ })).toContainText("Revoked");

  await page.getByRole("link", { name: "Deregister" }).click();
  await expectAccessible(page);
  await expect(page.getByText("1 token ends at once")).toBeVisible();
  await page.getByLabel("Reason").fill("the story is over");
  await page.getByRole("button", { name: "Deregister agent" }).click();
  await expect(page.getByText("Deregistered: the story is over")).toBeVisible();
  await expect(page.getByRole("link", { name: "Suspend" })).toHaveCount(0);
});

test("signing out ends the session, and Back shows nothing", async ({ page }) => {
  await signIn(page, "developer");
  await page.goto("/live/keys");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
});
