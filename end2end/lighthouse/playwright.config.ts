import shared from "../playwright.config.ts";
import { defineConfig } from "@playwright/test";

/** One page at a time: what runs beside it would be measured with it. */
export default defineConfig({
  ...shared,
  testDir: ".",
  outputDir: "../test-results/lighthouse",
  globalSetup: "../demo.ts",
  workers: 1,
  fullyParallel: false,
  timeout: 300_000,
  projects: [{ name: "lighthouse", use: { ...shared.use, ...shared.projects?.[0]?.use } }],
});
