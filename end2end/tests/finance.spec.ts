// Finance: spend against limits, and every number leads to exactly the rows it counts.
import { expect, expectAccessible, signIn, test } from "./support.ts";
import type { Page } from "@playwright/test";

/** Rows of the list on this page and all that follow. */
async function countRows(page: Page): Promise<number> {
  let rows = 0;
  for (;;) {
    const table = page.locator("table tbody tr");
    rows += await table.count();
    const older = page.getByRole("link", { name: "Older" });
    if ((await older.count()) === 0) return rows;
    await older.click();
  }
}

test("the numbers of the decline panel are the rows behind them", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "finance");
  await page.goto("/live/monitoring?range=7d");
  await expectAccessible(page);
  const panel = page.locator("section, article, div").filter({ has: page.getByRole("heading", { name: "Decline rate" }) }).last();
  for (const label of ["declined", "decided"]) {
    await page.goto("/live/monitoring?range=7d");
    const stat = panel.locator(".stat").filter({ has: page.getByRole("link", { name: label, exact: true }) });
    const said = Number((await stat.locator(".stat-value").innerText()).replaceAll(",", ""));
    expect(said).toBeGreaterThan(0);
    await stat.getByRole("link", { name: label, exact: true }).click();
    expect(await countRows(page)).toBe(said);
  }
});

test("a purchase is found by filter and its decision understood", async ({ page }) => {
  await signIn(page, "finance");
  await page.goto("/live/purchases");
  await expectAccessible(page);
  await page.getByLabel("Status").selectOption("declined");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("link", { name: /Remove filter Status: declined/ })).toBeVisible();
  const row = page.getByRole("row").nth(1);
  await expect(row).toContainText("Declined");
  await row.getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: /^Declined: / })).toBeVisible();
  await expect(page.getByText("decided", { exact: true })).toHaveCount(1);
  await expectAccessible(page);
});

test("spend against limit is there as text, and finance may change a limit but not register", async ({ page }) => {
  await signIn(page, "finance");
  await page.goto("/live/agents");
  await expect(page.getByText(/[\d,.]+ of [\d,.]+ USD/).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Register agent" })).toHaveCount(0);
  const answer = await page.goto("/live/agents/new");
  expect(answer?.status()).toBe(403);
  await expectAccessible(page);
});

test("a held purchase is rejected by a person, who saw the facts before the agent's words", async ({ page }) => {
  await signIn(page, "finance");
  await page.goto("/live");
  await page.getByRole("link", { name: /^Held purchases \(\d+\)$/ }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Decide" }).first().click();
  await expectAccessible(page);
  const words = await page.locator("main").innerText();
  const order = ["How much", "To whom, as received", "Limit left", "Unverified", "Reason"].map((text) => words.indexOf(text));
  expect(order.every((at, n) => at > (order[n - 1] ?? -1)), words).toBe(true);
  await page.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByText(/must say why/).first()).toBeVisible();
  await page.getByLabel("Reason").fill("story: not in the budget");
  await page.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByRole("status").first()).toContainText("Rejected");
});
