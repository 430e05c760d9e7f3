// Stopping everything: what it means is said first. The demo has one organisation, in whose environments the other stories
// buy, so none is stopped here: what comes after is held by the page tests.
import { expect, expectAccessible, signIn, test } from "./support.ts";

test("whoever would stop all spending is told what that means, and must say why", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/live");
  await page.getByRole("link", { name: "Stop all spending" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Stop all spending" })).toBeVisible();
  await expect(page.getByText(/is declined from the next one on\. Active agents: [\d,]+\. Active cards: [\d,]+\./)).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Stop all spending" }).click();
  await expect(page.getByRole("link", { name: /Reason must not be empty/ })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/live$/);
  await expect(page.getByText(/^All spending of/)).toHaveCount(0);
  await page.goto("/live/settings");
  await expect(page.getByRole("link", { name: "Stop all spending" })).toBeVisible();
});
