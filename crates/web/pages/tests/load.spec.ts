import { expect } from "@playwright/test";
import { test } from "./inscape";

const CLIENTS = 50;
const LOOKS = 12;

test("fifty clients all get their answers, in bounded memory", async ({ server }) => {
  const before = server.memory();
  const rows = [0, 6, 12, 18, 25];
  const client = async (number: number): Promise<number> => {
    const first = await fetch(`${server.address}/api/session`);
    const cookie = first.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
    let good = 0;
    for (let look = 0; look < LOOKS; look++) {
      const row = rows[(number + look) % rows.length];
      const query = `picture=${look % 2 ? "chelsea.jpg" : "rocket.jpg"}&row=${row}&unit=${(number + look) % 16}&rule=deconvnet`;
      const answer = await fetch(`${server.address}/api/look?${query}`, { headers: { cookie } });
      const bytes = (await answer.arrayBuffer()).byteLength;
      if (answer.status === 200 && bytes > 100_000) good += 1;
    }
    return good;
  };
  const good = await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  expect(good).toEqual(Array(CLIENTS).fill(LOOKS));
  expect(server.memory() - before).toBeLessThan(200);
});
