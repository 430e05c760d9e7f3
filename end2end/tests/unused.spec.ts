// Cards that nobody uses: found, chosen, closed with a word about each; and none is closed twice.
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

test("unused cards are chosen, closed in one go and told of one by one", async ({ page }) => {
  await signIn(page, "admin");
  // The same story runs in the other project at this moment: each has an environment of its own.
  const environment = scriptsRun() ? "live" : "dev";
  await page.goto(`/${environment}/cards`);
  await page.getByRole("link", { name: "Unused cards" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Unused cards" })).toBeVisible();

  await page.getByLabel("Not used for at least").fill("0");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("Days must be a whole number from 1 to 3650").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Not used for at least").fill("1");
  await page.getByRole("button", { name: "Apply" }).click();
  const rows = page.getByRole("main").locator("tbody tr");
  const before = await rows.count();
  expect(before).toBeGreaterThan(0);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Close the ticked" }).click();
  await expect(page.getByRole("alert")).toContainText("Cards: tick at least one");
  await expectAccessible(page, ["light"]);
  await rows.last().getByRole("checkbox").check();
  const name = await rows.last().getByRole("link").first().innerText();
  await page.getByRole("button", { name: "Close the ticked" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Close 1 card" })).toBeVisible();
  await expect(page.getByRole("main").locator("tbody tr")).toHaveCount(1);
  await expect(page.getByText("This cannot be undone.")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Reason").fill("Nobody needs it");
  await page.getByRole("button", { name: "Close 1 card" }).click();
  await expect(page.getByText("1 of 1 closed.")).toBeVisible();
  await expect(page.getByRole("row", { name }).getByText("Closed", { exact: true })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("row", { name }).getByRole("link").click();
  await expect(page.getByText("on request")).toBeVisible();
  await page.goto(`/${environment}/cards/unused?days=1`);
  await expect(page.getByRole("main").locator("tbody tr")).toHaveCount(before - 1);
});

test("support sees the unused cards and closes none", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/live/cards/unused?days=1");
  await expect(page.getByRole("heading", { level: 1, name: "Unused cards" })).toBeVisible();
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await expect(page.getByRole("button", { name: /Close/ })).toHaveCount(0);
});
