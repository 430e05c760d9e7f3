// Trying a purchase: asked about, made in the sandbox, and set beside today's rules; and an agent whose purpose fits any.
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

test("a purchase is tried, posted, and looked at again by today's rules", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "developer");
  await page.goto("/dev/cards?status=active&type=multi");
  await page.locator("table tbody a").first().click();
  await page.getByRole("link", { name: "Try a purchase" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Try a purchase" })).toBeVisible();
  await expectAccessible(page);

  // What cannot be taken is said where it was typed, and nothing typed is lost.
  await page.getByLabel("Amount").fill("12.34");
  await page.getByRole("textbox", { name: "Merchant" }).fill("STAPLES*1234");
  await page.getByLabel("Category code").fill("59x3");
  await page.getByRole("button", { name: "Post it" }).click();
  await expect(page.getByRole("link", { name: /Category code must be/ })).toBeVisible();
  await expect(page.getByLabel("Amount")).toHaveValue("12.34");
  await expectAccessible(page);

  // Enter asks and buys nothing.
  await page.getByLabel("Category code").fill("5943");
  await page.getByLabel("Category code").press("Enter");
  await expect(page.getByRole("heading", { name: /^Would be (approved|declined)/ })).toBeVisible();
  await expect(page.getByRole("rowheader", { name: "Covered by the balance" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Merchant" })).toHaveValue("STAPLES*1234");
  await expectAccessible(page);

  await page.getByRole("button", { name: "Post it" }).click();
  await expect(page.getByText(/Posted to the sandbox: the purchase was (approved|declined)\./)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "12.34 USD at STAPLES*1234" })).toBeVisible();
  await page.getByRole("link", { name: "Beside today's rules" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Then and today" })).toBeVisible();
  await expect(page.getByText("No rule has another verdict or another limit today.")).toBeVisible();
  await expectAccessible(page);
});

test("whoever registers an agent for anything is asked whether that is meant", async ({ page }) => {
  await signIn(page, "owner");
  await page.goto("/dev/agents/new");
  const name = `anything-${scriptsRun() ? "on" : "off"}`;
  await page.getByLabel("Spends for").selectOption({ index: 1 });
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Purpose").fill("Anything the team needs");
  await page.getByLabel("Limit", { exact: true }).fill("100");
  await page.getByRole("button", { name: "Register agent" }).click();
  await expect(page.getByRole("link", { name: /The purpose says .anything./ })).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Register anyway" }).click();
  await expect(page.getByText("Shown only now")).toBeVisible();
  await page.getByRole("link", { name: "Done: I have stored it" }).click();
  await expect(page.getByText("Broad purpose")).toBeVisible();
  await expectAccessible(page);
});
