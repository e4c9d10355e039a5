import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Locator, test as base } from "@playwright/test";

const PROGRAM = resolve(process.env.INSCAPE ?? "../../../target/release/inscape");
export const PICTURES = resolve("../../cli/assets/pictures");

/** A running `inscape serve`. */
export class Server {
  link = "";
  #child: ChildProcess | null = null;

  constructor(
    readonly folder: string,
    readonly options: string[] = [],
    readonly port = 18780,
  ) {}

  async start(): Promise<void> {
    const child = spawn(PROGRAM, ["serve", "--port", String(this.port), ...this.options], { cwd: this.folder });
    this.#child = child;
    this.link = await new Promise((found, failed) => {
      let said = "";
      child.stdout.on("data", (text) => found(String(text).split("\n")[0]!));
      child.stderr.on("data", (text) => (said += text));
      child.on("exit", (code) => failed(new Error(`inscape serve ended with ${code}: ${said}`)));
    });
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  get address(): string {
    return new URL(this.link).origin;
  }

  /** Memory in use, in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#child!.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  }
}

/** Tests with a server that has an atlas of two rows, made of the bundled pictures. */
export const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "inscape-"));
      const rows = ["--layers", "fire3/Relu,fire5/Relu_1", "--top", "2", "--tile", "32"];
      execFileSync(PROGRAM, ["atlas", "--quiet", "--images", PICTURES, ...rows], { cwd: folder });
      const server = new Server(folder);
      await server.start();
      await use(server);
      await server.kill();
      rmSync(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
});

/** The pixels of a canvas, as one word. */
export const pixels = (canvas: Locator): Promise<string> =>
  canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());

/** A row of the bundled network by a part of its name. */
export const ROW = "/fire5/Relu_1_output_0";
