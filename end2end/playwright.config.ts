import { defineConfig, type PlaywrightTestConfig } from "@playwright/test";

/** The system's Chromium: nothing is downloaded, and it is the browser that people have. */
const chromium = process.env["CHROMIUM"] || "/usr/bin/chromium";

const shared: PlaywrightTestConfig["use"] = {
  browserName: "chromium",
  launchOptions: {
    executablePath: chromium,
    // Runs as root in containers with a small /dev/shm, and talks to nobody but the server under test.
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
      "--no-first-run",
    ],
  },
  // Colours are measured at rest, not half-way through a transition.
  contextOptions: { reducedMotion: "reduce" },
  locale: "en-GB",
  timezoneId: "UTC",
  viewport: { width: 1280, height: 900 },
  screenshot: "only-on-failure",
  // A trace of every step costs a third of the time: TRACE=1 keeps those of stories that fail.
  trace: process.env["TRACE"] ? "retain-on-failure" : "off",
};

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  globalSetup: "./demo.ts",
  reporter: "list",
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env["CI"],
  // A story that passes at the second try is a defect of the product or of the story.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  projects: [
    { name: "scripts on", use: { ...shared } },
    { name: "scripts off", use: { ...shared, javaScriptEnabled: false } },
  ],
});
