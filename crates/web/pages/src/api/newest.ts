import { ApiError } from "./client";

type Reports<Wish, Answer> = {
  done: (answer: Answer, wish: Wish) => void;
  failed: (error: Error, wish: Wish) => void;
  busy?: (busy: boolean) => void;
};

const PATIENCE = 6;
const PAUSE = 350;

/**
 * One request in flight; of the wishes that come meanwhile only the newest is kept. A wish that the server had no room for
 * (409, 429) is tried again as long as there is none newer.
 */
export class Newest<Wish, Answer> {
  #work: (wish: Wish, signal: AbortSignal) => Promise<Answer>;
  #reports: Reports<Wish, Answer>;
  #waiting: { wish: Wish } | null = null;
  #busy = false;
  #closing = new AbortController();

  constructor(work: (wish: Wish, signal: AbortSignal) => Promise<Answer>, reports: Reports<Wish, Answer>) {
    this.#work = work;
    this.#reports = reports;
  }

  get busy(): boolean {
    return this.#busy;
  }

  want(wish: Wish): void {
    this.#waiting = { wish };
    if (!this.#busy) void this.#run();
  }

  close(): void {
    this.#waiting = null;
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    this.#reports.busy?.(true);
    while (this.#waiting && !this.#closing.signal.aborted) {
      const { wish } = this.#waiting;
      this.#waiting = null;
      await this.#grant(wish);
    }
    this.#busy = false;
    if (!this.#closing.signal.aborted) this.#reports.busy?.(false);
  }

  async #grant(wish: Wish): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#work(wish, this.#closing.signal);
        if (!this.#closing.signal.aborted) this.#reports.done(answer, wish);
        return;
      } catch (error) {
        if (this.#closing.signal.aborted || (this.#waiting && crowded(error))) return;
        if (attempt >= PATIENCE || !crowded(error)) {
          this.#reports.failed(error instanceof Error ? error : new Error(String(error)), wish);
          return;
        }
        await new Promise((wake) => setTimeout(wake, PAUSE * attempt));
        if (this.#waiting || this.#closing.signal.aborted) return;
      }
    }
  }
}

const crowded = (error: unknown) => error instanceof ApiError && (error.status === 409 || error.status === 429);
