// A card's life in limits: issued, held tighter, and a purchase declined by the new limit.
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

test("a card is issued, its limit lowered, and the next purchase declined by it", async ({ page }) => {
  test.setTimeout(120_000);
  const purpose = `Toner, scripts ${scriptsRun() ? "on" : "off"}`;
  await signIn(page, "developer");
  await page.goto("/dev/agents?status=active");
  await page.locator("table tbody a").first().click();
  await page.getByRole("link", { name: "Issue card" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Issue a card" })).toBeVisible();
  await expect(page.getByLabel("Agent", { exact: true })).not.toHaveValue("");
  await expectAccessible(page);

  // What one purchase may take must fit into a day: said where it is typed, and nothing typed is lost.
  await page.getByLabel("Purpose").fill(purpose);
  await page.getByLabel("Most in 24 hours").fill("80");
  await page.getByLabel("Policy").selectOption("none");
  await page.getByLabel("Most per purchase").fill("90");
  await page.getByRole("button", { name: "Issue card" }).click();
  await expect(page.getByRole("link", { name: /Most in 24 hours must be at least 90.00/ })).toBeVisible();
  await expect(page.getByLabel("Purpose")).toHaveValue(purpose);
  await expectAccessible(page);
  await page.getByLabel("Multi use").check();
  await page.getByLabel("Most per purchase").fill("50");
  await page.getByRole("button", { name: "Issue card" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Card / })).toBeVisible();
  await expect(page.getByText("Card issued.")).toBeVisible();
  await expect(page.getByText(purpose).first()).toBeVisible();

  // Old and new side by side, and no change without a reason.
  await page.getByRole("link", { name: "Change rules" }).click();
  await expect(page.getByRole("heading", { name: "In force now" })).toBeVisible();
  await expect(page.getByText("50.00 USD").first()).toBeVisible();
  await expect(page.getByLabel("Most per purchase")).toHaveValue("50.00");
  await expectAccessible(page);
  await page.getByLabel("Most per purchase").fill("40");
  await page.getByRole("button", { name: "Change rules" }).click();
  await expect(page.getByRole("link", { name: "Reason must not be empty" })).toBeVisible();
  await expect(page.getByLabel("Most per purchase")).toHaveValue("40");
  await page.getByLabel("Reason").fill("Toner became cheaper");
  await page.getByRole("button", { name: "Change rules" }).click();
  await expect(page.getByText(/Most per purchase from 50.00 USD to 40.00 USD/)).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Try a purchase" }).click();
  await page.getByLabel("Amount").fill("40.01");
  await page.getByRole("textbox", { name: "Merchant" }).fill("STAPLES*1234");
  await page.getByLabel("Category code").fill("5111");
  await page.getByRole("button", { name: "Post it" }).click();
  await expect(page.getByText("Posted to the sandbox: the purchase was declined.")).toBeVisible();
  await expect(page.getByText(/Max amount exceeded/).first()).toBeVisible();
});
