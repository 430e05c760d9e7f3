// A card's number: seen for a moment by whom it concerns, and gone afterwards.
import type { Page } from "@playwright/test";
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

const number = /^9999 99\d{2} \d{4} \d{4}$/;

/** Opens an active card whose number may be shown: in each project another one. Gives its address. */
async function openCard(page: Page): Promise<string> {
  await page.goto("/live/cards?status=active&type=multi");
  const links = page.getByRole("row").getByRole("link").and(page.locator("[href*='/cards/card_']"));
  const cards = await links.evaluateAll((all) => all.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
  if (!scriptsRun()) cards.reverse();
  for (const card of cards) {
    await page.goto(card);
    if ((await page.getByRole("link", { name: "Reveal number" }).count()) > 0) return card;
  }
  throw new Error("no active card shows its number");
}

test("a number is revealed with a reason, and a reload leads to the card", async ({ page }) => {
  await signIn(page, "admin");
  const card = await openCard(page);
  await page.getByRole("link", { name: "Reveal number" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Reveal number" }).click();
  await expect(page.getByRole("alert").first()).toContainText("Reason");
  await expectAccessible(page);
  await page.getByLabel("Reason").fill("story: guarantee for the hotel");
  await page.getByRole("button", { name: "Reveal number" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Number revealed" })).toBeVisible();
  await expect(page.getByText(number)).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy Number" })).toHaveCount(scriptsRun() ? 1 : 0);
  await expectAccessible(page);
  // A double click is given the same answer for two seconds; then the page is gone.
  await expect(async () => {
    await page.reload();
    expect(new URL(page.url()).pathname).toBe(card);
  }).toPass();
  await expect(page.getByText(number)).toHaveCount(0);
  await expect(page.getByText("story: guarantee for the hotel").first()).toBeVisible();
});

test("the number goes by itself, and the way back does not show it", async ({ page }) => {
  await signIn(page, "admin");
  const card = await openCard(page);
  // The minute of the answer is a second here; the browser does the rest.
  await page.route(/\/reveal$/, async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    const headers = { ...answer.headers() };
    const leave = headers["refresh"];
    if (leave) headers["refresh"] = leave.replace(/^60;/, "1;");
    await route.fulfill({ response: answer, headers });
  });
  await page.goto(`${card}/reveal`);
  await page.getByLabel("Reason").fill("story: for a moment");
  await page.getByRole("button", { name: "Reveal number" }).click();
  await expect(page.getByText(number)).toBeVisible();
  await page.waitForURL((url) => url.pathname === card);
  await expect(page.getByText(number)).toHaveCount(0);
  await page.goBack().catch(() => undefined);
  await expect(page.getByText(number)).toHaveCount(0);
});

test("support is not offered a number", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/live/cards?status=active");
  await page.getByRole("row").nth(1).getByRole("link").first().click();
  await page.waitForURL(/\/cards\/card_/);
  await expect(page.getByRole("link", { name: "Freeze" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Reveal number" })).toHaveCount(0);
  const card = new URL(page.url()).pathname;
  const answer = await page.goto(`${card}/reveal`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByText("permission to reveal card numbers")).toBeVisible();
});
