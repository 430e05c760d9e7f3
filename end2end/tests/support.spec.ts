// Support staff: what did the agent say before it read the credentials, and is that what it bought?
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

test("a mismatched intent is followed to its purchase, and the card is frozen", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/live/intents?status=mismatched");
  const row = page.getByRole("row").nth(1);
  await expect(row).toContainText("Mismatched");
  await row.getByRole("link").first().click();
  await expect(page.getByText("What was declared")).toBeVisible();
  await expect(page.getByText(/[+−±][\d,.]+ USD \([+−±]?[\d.]+ %\)|merchant was/).first()).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Look at the purchase" }).click();
  await expect(page.getByText("The decision")).toBeVisible();
  await expect(page.getByRole("row", { name: /Covered by the balance/ })).toBeVisible();
  await expectAccessible(page);

  // Support may freeze, and may not unfreeze.
  await page.goto("/live/cards?status=active&type=multi");
  // The same story may run in the other project at this moment: each has a card of its own.
  await page.getByRole("row").nth(scriptsRun() ? -1 : -2).getByRole("link").first().click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Freeze" }).click();
  await page.getByLabel("Reason").fill("story: bought what it had not declared");
  await page.getByRole("button", { name: "Freeze card" }).click();
  await expect(page.getByRole("status")).toContainText("Card frozen");
  await expect(page.getByRole("link", { name: "Unfreeze" })).toHaveCount(0);
});

test("attestations tell attested reads from stale ones and from those that led nowhere", async ({ page }) => {
  await signIn(page, "support");
  for (const status of ["attested", "stale", "none"]) {
    await page.goto("/live/attestations");
    await page.getByLabel("Purchase that followed").selectOption(status);
    await page.getByRole("button", { name: "Apply" }).click();
    await expect(page.getByRole("row").nth(1)).toContainText(
      status === "none" ? "No purchase" : status === "stale" ? "Stale" : "Attested",
    );
  }
  await page.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(page.getByText("What was said", { exact: true })).toBeVisible();
  await expectAccessible(page);
});
