import { expect } from "@playwright/test";
import { PICTURES, pixels, ROW, Server, test } from "./inscape";

test("a page outlives its server and keeps its place and its own picture", async ({ page, server }) => {
  const own = new Server(server.folder, [], 18790);
  await own.start();
  await page.goto(`${own.address}/live?row=${ROW}&unit=6`);
  await expect(page.getByText("Top 5 classes")).toBeVisible();
  await page.keyboard.press("O");
  await page.locator("dialog input[type=file]").setInputFiles(`${PICTURES}/rocket.jpg`);
  await expect.poll(() => new URL(page.url()).searchParams.get("picture")).toMatch(/^own-/);
  await expect(page.getByText(/^\d+ ms/).first()).toBeVisible();
  await own.kill();
  await page.keyboard.press("l");
  await expect(page.getByText(/reconnecting/i).first()).toBeVisible();
  await own.start();
  await expect(page.getByText(/reconnecting/i).first()).toBeHidden();
  expect(new URL(page.url()).searchParams.get("unit")).toBe("7");
  const back = page.locator(".back-pane canvas").first();
  const before = await pixels(back);
  await page.keyboard.press("l");
  await expect.poll(() => pixels(back)).not.toBe(before);
  await expect(page.locator(".problem")).toHaveCount(0);
  await own.kill();
});

test("two clients see their own pictures alone", async ({ browser, server }) => {
  const pages = await Promise.all([browser.newContext(), browser.newContext()].map(async (context) => (await context).newPage()));
  const [alice, bob] = pages as [(typeof pages)[0], (typeof pages)[0]];
  for (const page of pages) await page!.goto(`${server.address}/live?row=${ROW}&unit=6`);
  await expect(alice.getByText("Top 5 classes")).toBeVisible();
  await alice.keyboard.press("O");
  await alice.locator("dialog input[type=file]").setInputFiles(`${PICTURES}/rocket.jpg`);
  await expect.poll(() => new URL(alice.url()).searchParams.get("picture")).toMatch(/^own-/);
  const id = new URL(alice.url()).searchParams.get("picture");
  expect((await alice.request.get(`${server.address}/api/look?picture=${id}`)).status()).toBe(200);
  expect((await bob.request.get(`${server.address}/api/look?picture=${id}`)).status()).toBe(404);
  for (const page of pages) await page!.context().close();
});

test("a classroom's link lets in, and nothing else does", async ({ page, server }) => {
  const room = new Server(server.folder, ["--classroom"], 18795);
  await room.start();
  await page.goto(`${room.address}/live?row=${ROW}&unit=6`);
  await expect(page.getByText(/link/i).first()).toBeVisible();
  await page.goto(room.link);
  await expect(page).not.toHaveURL(/token/);
  await expect(page.getByText("Top 5 classes")).toBeVisible();
  await room.kill();
});
