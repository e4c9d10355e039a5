import { readFileSync } from "node:fs";
import { expect } from "@playwright/test";
import { pixels, test } from "./inscape";

const step = /step (\d+) of 256/;

test("an image climbs, pauses, goes on by other numbers, and by one step", async ({ page, server }) => {
  await page.goto(`${server.address}/workbench?tool=optimize`);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const place = page.locator("main").getByText(step).first();
  const number = async () => Number(step.exec((await place.textContent())!)![1]);
  await expect.poll(number).toBeGreaterThan(10);
  const image = page.locator("main canvas").first();
  const early = await pixels(image);
  await expect.poll(() => pixels(image)).not.toBe(early);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForTimeout(600);
  const paused = await number();
  await page.waitForTimeout(400);
  expect(await number()).toBe(paused);
  const [raw] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Image, .npy" }).click()]);
  expect(readFileSync(await raw.path(), "latin1").slice(1, 6)).toBe("NUMPY");
  await page.getByRole("button", { name: "One step" }).click();
  await expect.poll(number).toBe(paused + 1);
  await page.getByRole("slider", { name: "Jitter" }).fill("0");
  await expect(page.locator(".command code").first()).toContainText("--recipe recipe.json");
  await page.keyboard.press(" ");
  await expect.poll(number).toBeGreaterThan(paused + 2);
});

test("what cannot be climbed is said", async ({ page, server }) => {
  await page.goto(`${server.address}/workbench?tool=optimize`);
  await page.getByRole("radio", { name: "Text" }).check();
  await page.locator("main input[type=text], main textarea").first().fill("class:nothing of the sort");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.locator("main .problem").first()).toContainText("nothing of the sort");
});

test("a mask follows its sliders", async ({ page, server }) => {
  await page.goto(`${server.address}/workbench?tool=localize&picture=coffee.jpg`);
  await expect(page.locator("main").getByText(/^Box/)).toBeVisible();
  const mask = page.locator("main canvas").first();
  const before = await pixels(mask);
  await page.getByLabel("Foreground").first().fill("0.6");
  await expect.poll(() => pixels(mask)).not.toBe(before);
  await expect(page.locator(".command code")).toContainText("--option foreground=0.6");
  const map = await page.getByRole("link", { name: "Map, .npy" }).getAttribute("href");
  const raw = await (await page.request.get(server.address + map)).body();
  expect(raw.subarray(0, 128).toString("latin1")).toMatch(/NUMPY.*'shape': \(\d+, \d+\)/s);
  await page.reload();
  await expect(page.locator(".command code")).toContainText("--option foreground=0.6");
});
