// Policies: from a starter to a card that is held by it, and back from a mistake.
import { expect, expectAccessible, signIn, test } from "./support.ts";

test("a policy is begun from a starter, mended, made the policy of an agent, and read where it counts", async ({ page }, info) => {
  test.setTimeout(120_000);
  // Both projects share one demo: each makes a policy of its own.
  const name = `Small ${info.project.name}`;
  await signIn(page, "owner");
  await page.goto("/dev/policies");
  await expectAccessible(page);
  await page.getByRole("link", { name: "New policy" }).first().click();
  await page.getByRole("link", { name: "One purchase under 50" }).click();
  await expect(page.getByLabel("Most per purchase")).toHaveValue("50.00");
  await expectAccessible(page);

  // What cannot be taken is said where it was typed, and nothing typed is lost.
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Most in 24 hours").fill("20");
  await page.getByLabel("Only these categories").fill("5111, 59x3");
  await page.getByRole("button", { name: "Create policy" }).click();
  await expect(page.getByRole("heading", { name: "There is a problem" })).toBeVisible();
  await expect(page.getByRole("link", { name: /Most in 24 hours must be at least 50.00/ })).toBeVisible();
  await expect(page.getByLabel("Only these categories")).toHaveValue("5111, 59x3");
  await expectAccessible(page);
  await page.getByLabel("Most in 24 hours").fill("80");
  await page.getByLabel("Only these categories").fill("5111");
  await page.getByRole("button", { name: "Create policy" }).click();

  await expect(page.getByRole("heading", { name })).toBeVisible();
  await expect(page.getByText("5111 Stationery and printing paper")).toBeVisible();
  await expect(page.getByText("No card inherits it.")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await page.getByLabel("Most in 24 hours").fill("60.00");
  await page.getByLabel("Reason").fill("story: smaller baskets");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText(/Most in 24 hours from 80.00 USD to 60.00 USD/)).toBeVisible();

  await page.goto("/dev/agents");
  await page.locator("table tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Rules for all its cards" })).toBeVisible();
  await page.getByRole("link", { name: "Policy of new cards" }).click();
  await page.getByLabel("Policy").selectOption({ label: name });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/New cards inherit the policy/)).toBeVisible();
  await expectAccessible(page);

  await page.goto("/dev/cards");
  await page.locator("table tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Rules that count" })).toBeVisible();
  await expect(page.getByRole("cell", { name: /of the declared amount/ })).toBeVisible();
  await expectAccessible(page);
});

test("support reads policies and changes none", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/live/policies");
  await expect(page.getByRole("link", { name: "New policy" })).toHaveCount(0);
  const answer = await page.goto("/live/policies/new");
  expect(answer?.status()).toBe(403);
  await expectAccessible(page);
});
