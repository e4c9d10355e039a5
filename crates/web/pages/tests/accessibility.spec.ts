import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { ROW, test } from "./inscape";

const PAGES = [
  `/live?row=${ROW}&unit=6&picture=chelsea.jpg`,
  `/live?row=${ROW}&unit=6&picture=chelsea.jpg&compare=1`,
  `/network?row=${ROW}&unit=6&picture=chelsea.jpg`,
  "/workbench?tool=optimize",
  "/workbench?tool=localize&picture=chelsea.jpg",
];
const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
];

for (const path of PAGES) {
  test(`no barrier at ${path}`, async ({ page, server }) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.goto(server.address + path);
        await expect(page.locator("main canvas").first()).toBeVisible();
        await page.waitForTimeout(700);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      }
    }
  });
}
