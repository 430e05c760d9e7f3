// Small screens, the keyboard, the two themes, paper, and entries that are not lost.
import { credentials, expect, expectAccessible, signIn, scriptsRun, test } from "./support.ts";
import { everyPage, inPart } from "./pages.ts";
import type { Page } from "@playwright/test";

// In parts, side by side: axe takes seconds for a page.
const PARTS = 3;
for (let part = 0; part < PARTS; part++) {
  test(`every page is accessible, and scrolls sideways on no screen of 320 pixels: part ${part + 1} of ${PARTS}`, async ({ page }) => {
    test.skip(!scriptsRun(), "axe is a script, and the documents and styles are the same");
    test.setTimeout(240_000);
    const fits = async (path: string) => {
      await page.setViewportSize({ width: 320, height: 640 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect.soft(width, path).toBeLessThanOrEqual(320);
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    await signIn(page, "owner");
    let looked = 0;
    const all = await everyPage(page, async (path) => {
      if (inPart(path, PARTS) !== part) return;
      looked++;
      // The stories look at the colours of the dark.
      await expectAccessible(page, ["light"]);
      await fits(path);
    });
    expect(all.length).toBeGreaterThan(55);
    expect(looked).toBeGreaterThan(10);
    if (part > 0) return;
    for (const path of ["/live/nothing-here", "/dev", "/sign-out", "/theme"]) {
      await page.goto(path);
      await fits(path);
    }
  });
}

test("the keyboard reaches everything, and what has the focus is in sight", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "owner");
  await page.setViewportSize({ width: 1280, height: 600 });
  for (const path of ["/dev/purchases", "/live/keys/new", "/live/monitoring"]) {
    await page.goto(path);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.locator("#main")).toBeFocused();
    const seen = new Set<string>();
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const box = element.getBoundingClientRect();
        // Hidden is what cannot be seen anywhere: a table taller than the screen is not, though the band covers its head.
        const seen = [0.1, 0.5, 0.9].some((share) => {
          const x = box.left + Math.min(box.width, 8) / 2;
          const y = Math.min(Math.max(box.top + box.height * share, 0), innerHeight - 1);
          const top = document.elementFromPoint(x, y);
          return top !== null && (element.contains(top) || top.contains(element));
        });
        const style = getComputedStyle(element);
        return {
          what: element.outerHTML.slice(0, 120),
          inMain: element.closest("main") !== null,
          covered: !seen,
          outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        };
      });
      if (!focus || !focus.inMain) break;
      seen.add(focus.what);
      expect.soft(focus.covered, `${path}: hidden behind something: ${focus.what}`).toBe(false);
      expect.soft(focus.outline, `${path}: no outline: ${focus.what}`).toBe(true);
    }
    expect(seen.size, path).toBeGreaterThan(3);
  }
});

test("the theme is chosen with one button and kept", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/live/keys");
  const background = () => page.evaluate(() => getComputedStyle(document.querySelector("main")!).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Dark", exact: true }).click();
  await expect(page).toHaveURL(/\/live\/keys$/);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.goto("/live/agents");
  expect(await background()).toBe(dark);
  await expect(page.getByRole("button", { name: "Dark", exact: true })).toHaveAttribute("aria-pressed", "true");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("button", { name: "Light", exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  expect(await background()).toBe(light);
  await page.getByRole("button", { name: "System", exact: true }).click();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme");
  expect(await background()).toBe(dark);
});

test("compact tables are lower, and what can be pressed is 24 pixels high", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "support");
  const paths = ["/live/purchases", "/live/keys", "/live/attestations", "/live/monitoring", "/account"];
  // By their text: agents go on buying, so that rows of a list move down between two looks.
  const height = async () =>
    new Map(
      await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("main tbody tr, .facts > div")]
          .map((row) => [row.innerText, row.getBoundingClientRect().height] as const)
          .filter(([, height]) => height > 0),
      ),
    );
  const before = new Map<string, Map<string, number>>();
  for (const path of paths) {
    await page.goto(path);
    before.set(path, await height());
  }
  await page.goto("/live/purchases");
  await page.getByRole("button", { name: "Compact", exact: true }).click();
  await expect(page).toHaveURL(/\/live\/purchases$/);
  await expect(page.locator("html")).toHaveAttribute("data-density", "compact");
  for (const path of paths) {
    await page.goto(path);
    await expect(page.getByRole("button", { name: "Compact", exact: true })).toHaveAttribute("aria-pressed", "true");
    const [roomy, dense] = [before.get(path)!, await height()];
    const both = [...dense].filter(([text]) => roomy.has(text));
    expect(both.length, path).toBeGreaterThan(dense.size / 2);
    // Together: a longer word in a new row may make one of the others wrap.
    const sum = (heights: number[]) => heights.reduce((all, one) => all + one, 0);
    const was = sum(both.map(([text]) => roomy.get(text)!));
    expect.soft(sum(both.map(([, height]) => height)), path).toBeLessThan(was);
    expect.soft(await tooSmall(page), path).toEqual([]);
    if (scriptsRun()) await expectAccessible(page, ["light"]);
  }
  await page.getByRole("button", { name: "Comfortable", exact: true }).click();
  await expect(page.locator("html")).not.toHaveAttribute("data-density");
  expect(await height()).toEqual(before.get("/account"));
});

/**
 * What can be pressed and is less than 24 pixels: high, in rows always; else where a circle of 24 pixels
 * around it touches another one (WCAG 2.5.8). Left out are what is not there, links within a sentence, boxes whose label
 * is pressed, and the skip link.
 */
async function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary, textarea")]
      .filter((target) => !target.matches(".skip, [type=checkbox], [type=radio]") && !target.closest("p"))
      .map((target) => ({ target, box: target.getBoundingClientRect() }))
      .filter(({ target, box }) => box.width > 0 && target.checkVisibility({ visibilityProperty: true }));
    const small = all.filter(({ box }) => box.height < 23.9 || box.width < 23.9);
    const centre = (box: DOMRect) => ({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
    const touches = (one: DOMRect, other: DOMRect) => {
      const { x, y } = centre(one);
      const nearest = { x: Math.min(Math.max(x, other.left), other.right), y: Math.min(Math.max(y, other.top), other.bottom) };
      return Math.hypot(x - nearest.x, y - nearest.y) < 11.9;
    };
    const close = ({ target, box }: (typeof all)[number]) =>
      (target.closest("tbody") !== null && box.height < 23.9) || all.some((other) => other.target !== target && touches(box, other.box));
    return small.filter(close).map(({ target, box }) => `${box.width} by ${box.height}: ${target.outerHTML.slice(0, 120)}`);
  });
}

test("on paper there is the content and nothing to press", async ({ page }) => {
  await signIn(page, "finance");
  await page.emulateMedia({ media: "print" });
  // A sheet of A4 at 96 dots an inch.
  await page.setViewportSize({ width: 794, height: 1123 });
  for (const path of ["/live/purchases", "/live/monitoring", "/live/audit", "/live/keys", "/dev"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(794);
    await expect(page.getByRole("button").filter({ visible: true })).toHaveCount(0);
    await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
    const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(scheme, path).toBe("light");
  }
});

test("a refused form says so in its title, on top with links, and by each field", async ({ page }) => {
  await signIn(page, "admin");
  await page.goto("/live/keys/new");
  await page.getByLabel("Name").fill("kept");
  await page.getByRole("radio", { name: "Never" }).check();
  await page.locator("main form[method=post] button[type=submit]").first().click();
  await expect(page).toHaveTitle(/^Error: /);
  const summary = page.getByRole("alert");
  await expect(summary).toBeFocused();
  const link = summary.getByRole("link", { name: /never ends/ });
  await link.click();
  const field = page.getByLabel("Why it never ends");
  await expect(field).toBeInViewport();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(new RegExp((await link.textContent())!.trim()));
  await expect(page.getByLabel("Name")).toHaveValue("kept");
});

test("leaving a form with entries asks first, sending it does not", async ({ page }) => {
  test.skip(!scriptsRun(), "without scripts a browser asks nothing");
  await signIn(page, "admin");
  await page.goto("/live/keys/new");
  const asked: string[] = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.dismiss();
  });
  await page.getByLabel("Name").fill("half a name");
  await page.getByRole("link", { name: "Monitoring" }).click();
  await expect.poll(() => asked).toEqual(["beforeunload"]);
  await expect(page).toHaveURL(/\/live\/keys\/new$/);
  await expect(page.getByLabel("Name")).toHaveValue("half a name");
  await page.getByLabel("Name").fill("");
  await page.locator("main form[method=post] button[type=submit]").first().click();
  await expect(page.getByRole("alert")).toBeVisible();
  expect(asked).toEqual(["beforeunload"]);
});

test("a session that ends while somebody types costs no entry", async ({ page, context }) => {
  await signIn(page, "admin");
  await page.goto("/live/keys/new");
  await page.getByLabel("Name").fill("typed before lunch");
  // As after a long lunch: the session is over, the browser is the same.
  const cookies = await context.cookies();
  const session = cookies.find((cookie) => cookie.name.endsWith("ledgeros_session"));
  expect(session).toBeDefined();
  await context.clearCookies({ name: session!.name });
  await page.locator("main form[method=post] button[type=submit]").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await fillIn(page);
  await expect(page).toHaveURL(/\/live\/keys\/new$/);
  await expect(page.getByRole("alert")).toContainText("You were signed out before this form was sent");
  await expect(page.getByLabel("Name")).toHaveValue("typed before lunch");
});

async function fillIn(page: Page): Promise<void> {
  const admin = credentials().people.find((person) => person.role === "admin")!;
  await page.getByLabel("Email", { exact: true }).fill(admin.email);
  await page.getByLabel("Password", { exact: true }).fill(admin.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}
