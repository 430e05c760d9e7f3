// What happened, and who did it: a call is found by its id, a change by its words, and both logs leave as files.
import { readFileSync } from "node:fs";
import { credentials, expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

test("a refused call is found by its request id in one step, and narrowed from its page", async ({ page, request }) => {
  const refused = await request.get(`${credentials().url}/v1/cards/card_00000000000000000000000000000`, {
    headers: { "Api-Key": credentials().apiKeys.dev, "User-Agent": `story ${scriptsRun()} <b>` },
  });
  expect(refused.status()).toBe(404);
  const id = refused.headers()["x-request-id"] ?? "";

  await signIn(page, "support");
  // The log is written in batches: a moment later at most.
  await expect(async () => {
    await page.goto("/dev/requests");
    await page.getByLabel("Request id").fill(id);
    await page.getByRole("button", { name: "Apply" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("GET /v1/cards/{id}", { timeout: 500 });
  }).toPass();
  await expect(page.getByText("card_not_found").first()).toBeVisible();
  await expect(page.getByText(`story ${scriptsRun()} <b>`)).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "card_not_found" }).click();
  await expect(page.getByRole("link", { name: /Remove filter Error: card_not_found/ })).toBeVisible();
  await expect(page.getByRole("row").nth(1)).toContainText("404");
  await expectAccessible(page);
  await page.getByLabel("Result").selectOption("5xx");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("No requests match")).toBeVisible();
  await page.getByRole("link", { name: /Remove filter Result/ }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("404");
});

test("the audit log is searched by words and leaves with its filter as a file", async ({ page }) => {
  await signIn(page, "finance");
  await page.goto("/live/audit");
  await page.getByLabel("Words").fill("suspended");
  await page.getByLabel("Action").selectOption("agent.suspended");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("Agent suspended");
  await expectAccessible(page);
  const shown = (await page.getByRole("row").count()) - 1;

  await page.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Agent suspended");
  await expectAccessible(page);
  await page.goBack();

  await page.getByRole("link", { name: "Export" }).click();
  await expect(page.getByText("Every row that passes these filters:")).toBeVisible();
  await expectAccessible(page);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("ledgeros-audit-log.csv");
  const text = readFileSync(await file.path(), "utf8");
  expect(text.trimEnd().split("\r\n").length - 1).toBe(shown);
  expect(text).toContain("agent.suspended");

  // The page is still there, and so is another form of the same.
  await page.getByLabel("JSON lines").check();
  const [lines] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  const rows = readFileSync(await lines.path(), "utf8").trimEnd().split("\n");
  const actions = rows.map((row) => (JSON.parse(row) as { action: string }).action);
  expect(actions).toEqual(Array(shown).fill("agent.suspended"));

  await page.goto("/live/audit?subject=audit");
  await expect(page.getByRole("row", { name: /Export ended/ }).first()).toContainText(`rows: ${shown}`);
});

test("the jump box takes an id from any page, and says what it does not know", async ({ page }) => {
  await signIn(page, "auditor");
  await page.goto("/live/cards");
  const card = page.getByRole("row").nth(1).getByRole("link").first();
  const href = (await card.getAttribute("href")) ?? "";
  const id = href.split("/").at(-1) ?? "";
  await page.goto("/live/monitoring");
  await page.getByLabel("Jump to an id, last four digits or merchant").fill(` ${id} `);
  await page.getByRole("button", { name: "Jump" }).click();
  await expect(page).toHaveURL(new RegExp(`${href}$`));

  await page.getByLabel("Jump to an id, last four digits or merchant").fill("<i>nothing</i>");
  await page.getByLabel("Jump to an id, last four digits or merchant").press("Enter");
  await expect(page.getByText("Nothing goes by that name")).toBeVisible();
  await expect(page.locator(".terms")).toHaveText("<i>nothing</i>");
  await expectAccessible(page);
});
