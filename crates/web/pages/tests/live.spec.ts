import { expect, type Page } from "@playwright/test";
import { PICTURES, pixels, ROW, test } from "./inscape";

const at = (page: Page, key: string) => expect.poll(() => new URL(page.url()).searchParams.get(key));

async function open(page: Page, address: string, query = `row=${ROW}&unit=6&picture=chelsea.jpg`): Promise<void> {
  await page.goto(`${address}/live?${query}`);
  await expect(page.locator(".unit-pane, [aria-label*='unit 6']").first()).toBeVisible();
  await expect(page.getByText("Egyptian cat").first()).toBeVisible();
}

test("panes change with the picture and with the unit", async ({ page, server }) => {
  await open(page, server.address);
  const panes = [".input-pane canvas", ".grid canvas", ".back-pane canvas"].map((pane) => page.locator(pane).first());
  const before = await Promise.all(panes.map(pixels));
  await page.keyboard.press("e");
  await at(page, "picture").not.toBe("chelsea.jpg");
  for (const [i, pane] of panes.entries()) await expect.poll(() => pixels(pane)).not.toBe(before[i]);
  const back = await pixels(panes[2]!);
  await page.keyboard.press("l");
  await at(page, "unit").toBe("7");
  await expect.poll(() => pixels(panes[2]!)).not.toBe(back);
});

test("the keys of the DeepVis toolbox", async ({ page, server }) => {
  await open(page, server.address);
  for (const [key, name, value] of [
    ["ArrowRight", "unit", "7"],
    ["L", "unit", "10"],
    ["Shift+ArrowLeft", "unit", "7"],
    ["h", "unit", "7"],
  ] as const) {
    await page.keyboard.press(key);
    await at(page, name).toBe(value);
  }
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  for (const [key, name, value] of [
    ["d", "origin", `${ROW}:7`],
    ["b", "rule", "guided-backprop"],
    ["m", "filter", "grey"],
    ["n", "from", "map"],
    ["t", "gamma", "0.7"],
    ["T", "boost", "0.3"],
    ["8", "labels", "0"],
    ["0", "fit", "crop"],
    ["z", "zoom", "unit"],
    ["s", "tiles", "patterns"],
    ["u", "row", "/fire5/Relu_output_0"],
    ["a", "show", "slopes"],
    ["Escape", "gamma", null],
  ] as const) {
    await page.keyboard.press(key);
    await at(page, name).toBe(value);
  }
});

test("a frozen unit's slopes are shown at the rows below it", async ({ page, server }) => {
  await open(page, server.address);
  await page.keyboard.press("d");
  await page.keyboard.press("u");
  await expect(page.getByText(/Unit \d+/).first()).toBeVisible();
  const activations = await pixels(page.locator(".grid canvas").first());
  await page.keyboard.press("a");
  await expect.poll(() => pixels(page.locator(".grid canvas").first())).not.toBe(activations);
});

test("a link brings back what it was taken from", async ({ page, server }) => {
  await open(page, server.address, `row=${ROW}&unit=6&picture=chelsea.jpg&rule=gradient&filter=norm&boost=0.5`);
  const shown = await pixels(page.locator(".back-pane canvas").first());
  await page.reload();
  await expect.poll(() => pixels(page.locator(".back-pane canvas").first())).toBe(shown);
  await expect(page.getByLabel("Display filter (m)")).toHaveValue("norm");
});

test("own pictures, one that is none, and a comparison", async ({ page, server }) => {
  await open(page, server.address);
  await page.keyboard.press("O");
  const file = page.locator("dialog input[type=file]");
  await file.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await expect(page.locator("dialog .problem")).toContainText("no picture");
  await file.setInputFiles(`${PICTURES}/rocket.jpg`);
  await at(page, "picture").toMatch(/^own-/);
  await page.keyboard.press("v");
  await expect(page.locator(".live-second canvas")).toHaveCount(3);
  await page.locator(".live-second .back-pane select").first().selectOption("gradient");
  const side = (name: string) => pixels(page.locator(`.${name} .back-pane canvas`));
  await expect.poll(async () => (await side("live-first")) === (await side("live-second"))).toBe(false);
});

test("the webcam's frames reach every pane and can be held", async ({ page, server }) => {
  await open(page, server.address);
  await page.keyboard.press("c");
  await at(page, "camera").toBe("1");
  const input = page.locator(".input-pane canvas").first();
  let last = await pixels(input);
  for (let frame = 0; frame < 3; frame++) {
    await expect.poll(() => pixels(input)).not.toBe(last);
    last = await pixels(input);
  }
  await page.keyboard.press("f");
  await page.waitForTimeout(500);
  const held = await pixels(input);
  await page.waitForTimeout(500);
  expect(await pixels(input)).toBe(held);
});

test("pictures, numbers and the command can be taken along", async ({ page, server }) => {
  await open(page, server.address);
  await page.getByText("Save…").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".save-buttons button").first().click()]);
  expect(download.suggestedFilename()).toMatch(/\.png$/);
  for (const link of await page.locator(".save-links a").all()) {
    const answer = await page.request.get(server.address + (await link.getAttribute("href")));
    expect((await answer.body()).subarray(1, 6).toString()).toBe("NUMPY");
  }
  await expect(page.locator(".command code")).toContainText("inscape attribute chelsea.jpg --method deconvnet --target unit:");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.getByText("Save…").click();
  await expect(page.locator(".command code")).toContainText("from=map");
});

test("a unit's optimized image is made on demand", async ({ page, server }) => {
  await open(page, server.address);
  const image = page.locator(".unit-figure canvas").last();
  const empty = await pixels(image);
  await page.getByRole("button", { name: "Optimize" }).click();
  await expect.poll(() => pixels(image)).not.toBe(empty);
});

test("a picture of the evidence can be opened", async ({ page, server }) => {
  await open(page, server.address);
  const names = page.locator(".evidence-open button");
  await expect(names.first()).toBeVisible();
  const name = await names.first().textContent();
  await names.first().click();
  await at(page, "picture").toBe(name);
});
