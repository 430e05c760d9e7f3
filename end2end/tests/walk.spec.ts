// Everything a person is offered works: each navigation link of each role, one by one.
import { withFewRows } from "./pages.ts";
import { expect, expectAccessible, roles, signIn, test, type Role } from "./support.ts";

test("the sign-in page is accessible", async ({ page }) => {
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expectAccessible(page);
});

// Who is offered least: every page of the owner is looked at elsewhere, and the others' are made of the same parts.
const lookedAt: Role[] = ["auditor"];

for (const role of roles) {
  test(`every navigation link works for the ${role}`, async ({ page }) => {
    test.setTimeout(180_000);
    await signIn(page, role);

    const links = page.getByRole("navigation").getByRole("link");
    const offered = await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    const addresses = [...new Set(offered.map((href) => href.replace(/#.*$/, "")))];
    expect(addresses.length, "links in the navigation").toBeGreaterThan(1);

    for (const address of addresses) {
      await test.step(address, async () => {
        const looked = lookedAt.includes(role);
        const answer = await page.goto(looked ? withFewRows(address) : address);
        expect.soft(answer?.status(), address).toBe(200);
        await expect.soft(page.getByRole("heading", { level: 1 }), `main heading of ${address}`).toHaveCount(1);
        if (looked) await expectAccessible(page, ["light"]);
      });
    }
  });
}
