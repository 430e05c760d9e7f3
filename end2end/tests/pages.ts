// Every page that links lead to, one of each kind.
import type { Page } from "@playwright/test";

/** The address without what differs from one page of its kind to the next. */
function kind(path: string): string {
  const parts = path.split("?")[0]!.split("/");
  return parts.map((part) => (decodeURIComponent(part).includes("_") ? "{id}" : part)).join("/");
}

/** Which of so many parts looks at this kind of page: the same one, whatever the order in which pages are found. */
export function inPart(path: string, parts: number): number {
  return [...kind(path)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7) % parts;
}

/** The address with the shortest page of its list: further rows are like those before them, and axe looks at each. */
export function withFewRows(address: string): string {
  return address + (address.includes("?") ? "&" : "?") + "rows=25";
}

/** Follows the links of the live environment and of the own account from the overview on, and looks at each page once. */
export async function everyPage(page: Page, look: (path: string) => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  const kinds = new Set<string>();
  const waiting = ["/live", "/account", "/settings/security"];
  while (waiting.length > 0) {
    const path = waiting.shift()!;
    if (kinds.has(kind(path))) continue;
    kinds.add(kind(path));
    const answer = await page.goto(withFewRows(path));
    // A form whose subject is in another state leads elsewhere; that page has its own turn.
    if (!answer || answer.status() !== 200 || kind(new URL(answer.url()).pathname) !== kind(path)) continue;
    found.push(path);
    const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map((link) => link.getAttribute("href")!));
    waiting.push(...links.filter((href) => /^\/(live|account|settings)(\/|$)/.test(href)));
    await look(path);
  }
  return found;
}
