// People: invited, let in, given another role, kept out; and the owner who always stays.
import type { Browser, Page } from "@playwright/test";
import { expect, expectAccessible, scriptsRun, signIn, test } from "./support.ts";

const phrase = "violet harbour nineteen lanterns";

/** An address that no other run and no other project of this run uses. */
function unique(who: string): string {
  return `${who}.${scriptsRun() ? "on" : "off"}.${Date.now().toString(36)}@story.example`;
}

/** A browser of somebody else, with scripts as in this project. */
async function elsewhere(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: scriptsRun(), reducedMotion: "reduce" });
  return context.newPage();
}

async function fillIn(page: Page, entries: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(entries)) await page.getByLabel(label, { exact: true }).fill(text);
}

test("somebody is invited, joins, changes roles, is kept out and removed", async ({ page, browser }) => {
  const email = unique("grace");
  await signIn(page, "admin");
  await page.getByRole("link", { name: "Members", exact: true }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Invite a member" }).click();
  await expect(page.getByLabel("Owner", { exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("alert")).toContainText("Email must not be empty");
  await expectAccessible(page);
  await fillIn(page, { Email: email });
  await page.getByLabel("Support").check();
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Invitation made");
  const link = (await page.locator(".secret code").innerText()).trim();
  expect(link).toMatch(/\/invite\/[0-9a-f]{64}$/);
  await expectAccessible(page);

  const other = await elsewhere(browser);
  await other.goto(link);
  await expect(other.getByText("support", { exact: true })).toBeVisible();
  await expectAccessible(other);
  await fillIn(other, { "Your name": "Grace", Password: phrase, "Password again": "something else entirely" });
  await other.getByRole("button", { name: "Join" }).click();
  await expect(other.getByRole("alert")).toContainText("The two passwords are not the same");
  await expect(other.getByLabel("Your name")).toHaveValue("Grace");
  await fillIn(other, { Password: phrase, "Password again": phrase });
  await other.getByRole("button", { name: "Join" }).click();
  await expect(other.getByText("You are a member of")).toBeVisible();
  await other.getByRole("link", { name: "Go to sign-in" }).click();
  await fillIn(other, { Email: email, Password: phrase });
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(other.getByRole("navigation").first()).toBeVisible();
  await other.goto(link);
  await expect(other.getByText("This invitation was used.")).toBeVisible();

  await page.getByRole("link", { name: "Done: I have passed it on" }).click();
  await page.getByRole("row", { name: new RegExp(email) }).getByRole("link", { name: "Grace" }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Change role" }).click();
  await expectAccessible(page);
  await page.getByLabel("Auditor").check();
  await page.getByRole("button", { name: "Change role" }).click();
  await expect(page.getByRole("status")).toContainText("Role changed to auditor.");

  // Their next request is a stranger's.
  await other.goto("/live/monitoring");
  await expect(other).toHaveURL(/\/sign-in/);
  await fillIn(other, { Email: email, Password: phrase });
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(other).toHaveURL(/\/live\/monitoring$/);

  await page.getByRole("link", { name: "Disable" }).click();
  await expect(page.getByText("Their 1 open session ends at once.")).toBeVisible();
  await expectAccessible(page);
  await fillIn(page, { Reason: "the story is over" });
  await page.getByRole("button", { name: "Disable Grace" }).click();
  await expect(page.getByRole("status")).toContainText("Disabled.");
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in/);
  await fillIn(other, { Email: email, Password: phrase });
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(other.getByRole("alert")).toBeVisible();

  await page.getByRole("link", { name: "Remove" }).click();
  await fillIn(page, { Reason: "the story is over" });
  await page.getByRole("button", { name: "Remove Grace" }).click();
  await expect(page.getByRole("status")).toContainText("Removed.");
  await expect(page.getByText(email)).toHaveCount(0);
  await other.context().close();
});

test("the last owner stays, and a higher limit waits for a second person", async ({ page, browser }) => {
  await signIn(page, "owner");
  await page.getByRole("link", { name: "Members", exact: true }).click();
  await page.getByRole("row", { name: /You/ }).getByRole("link").first().click();
  await page.getByRole("link", { name: "Change role" }).click();
  await expect(page.getByText("While there is only one owner, nobody is asked.")).toBeVisible();
  await page.getByLabel("Admin", { exact: true }).check();
  await page.getByRole("button", { name: "Change role" }).click();
  await expect(page.getByRole("alert")).toContainText("is the only owner. Make another person an owner first");
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await expectAccessible(page);

  const agents = await elsewhere(browser);
  await signIn(agents, "finance");
  await agents.goto("/live/agents?status=active");
  // One with a limit: the first limit of an agent is no higher one.
  await agents.locator("tbody tr", { hasText: /\d of [\d,.]+/ }).first().locator("th a").click();
  const agent = agents.url();
  await agents.goto(`${agent}/limit`);
  await fillIn(agents, { "New limit": scriptsRun() ? "7654321.00" : "7654322.00", Reason: "a very large order" });
  await agents.getByRole("button", { name: "Change limit" }).click();
  const waits = agents.getByText("This waits for another owner or admin");
  const already = agents.getByText("waits for approval already");
  await expect(waits.or(already)).toBeVisible();
  await expectAccessible(agents);
  if (await waits.isVisible()) {
    await page.goto(new URL(agents.url()).pathname);
    await page.getByRole("link", { name: "Decide" }).click();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Reject" }).click();
    await expect(page.getByRole("status")).toContainText("Rejected. Nothing has changed.");
  }
  await agents.context().close();
});

test("times are shown in the zone that a person chose", async ({ page }) => {
  await signIn(page, "auditor");
  // With the number of notices behind it, where there are any.
  await page.getByRole("link", { name: /^You( \(\d+\))?$/ }).click();
  await expectAccessible(page);
  await page.getByLabel("Time zone").selectOption("Asia/Kathmandu");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status")).toContainText("Asia/Kathmandu");
  await page.goto("/live/audit");
  const stamp = page.locator("tbody time").first();
  const utc = new Date((await stamp.getAttribute("datetime")) ?? "");
  const shown = new Date(utc.getTime() + (5 * 60 + 45) * 60_000);
  const two = (n: number) => String(n).padStart(2, "0");
  await expect(stamp).toContainText(`${two(shown.getUTCHours())}:${two(shown.getUTCMinutes())}`);
  await expect(stamp).toHaveAttribute("title", / UTC$/);
  await page.goto("/live/profile");
  await page.getByLabel("Time zone").selectOption("");
  await page.getByRole("button", { name: "Save" }).click();
  await page.goto("/live/profile/notices");
  await expectAccessible(page);
});
