import { expect } from "@playwright/test";
import { pixels, ROW, test } from "./inscape";

test("choosing a unit lights its paths, by weight and by contribution", async ({ page, server }) => {
  await page.goto(`${server.address}/network?picture=chelsea.jpg`);
  const map = page.locator("main canvas").first();
  await expect(map).toBeVisible();
  await page.getByRole("combobox", { name: "Row" }).selectOption({ label: "fire5/Relu_1 (128)" });
  await expect(page.getByRole("heading", { name: "unit 0" })).toBeVisible();
  await page.getByRole("spinbutton", { name: "Unit" }).fill("3");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "unit 3" })).toBeVisible();
  await expect(page.getByText(/\d+ lit/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "To", exact: true })).toBeVisible({ timeout: 45_000 });
  const lit = await Promise.all((await page.locator("main canvas").all()).map(pixels));
  await page.getByRole("combobox", { name: "Paths by" }).selectOption("contribution");
  await expect
    .poll(async () => JSON.stringify(await Promise.all((await page.locator("main canvas").all()).map(pixels))))
    .not.toBe(JSON.stringify(lit));
  await expect.poll(() => new URL(page.url()).searchParams.get("by")).toBe("contribution");
  await expect(page.getByText("Strongest on chelsea.jpg")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "unit 3" })).toBeVisible();
});

test("units are walked by keys, and an input leads on", async ({ page, server }) => {
  await page.goto(`${server.address}/network?row=${ROW}&unit=3`);
  await expect(page.getByRole("heading", { name: "unit 3" })).toBeVisible();
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "unit 4" })).toBeVisible();
  // the list of the unit before stays until the answer is here
  await page.waitForTimeout(500);
  const first = page.locator("aside li button, [aria-label='Chosen unit'] li button").first();
  const name = /unit \d+/.exec((await first.textContent())!)![0];
  await first.click();
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
  await page.getByRole("link", { name: "On the live page" }).click();
  await expect(page).toHaveURL(/\/live\?.*row=%2Ffire5%2FRelu_output_0|\/live\?.*row=\/fire5\/Relu_output_0/);
});

test("what is lit can be taken along", async ({ page, server }) => {
  await page.goto(`${server.address}/network?row=${ROW}&unit=3`);
  await expect(page.getByText(/\d+ lit/)).toBeVisible();
  for (const [name, ending] of [["Save PNG", ".png"], ["Save paths (JSON)", ".json"]] as const) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    expect(download.suggestedFilename().endsWith(ending)).toBe(true);
  }
});
