import { type Bundle, decodeBundle } from "./bundle";
import type { Optimized, OptimizeSettings } from "./types";

export type Start = { objective: string; recipe: string; seed: number; steps: number; changes: OptimizeSettings; paused?: boolean };

type Wish = { do: "pause" | "resume" | "step" } | { do: "change"; changes: OptimizeSettings } | ({ do: "start" } & Start);

export type Listener = {
  frame: (bundle: Bundle<Optimized>) => void;
  refused: (message: string) => void;
  lost: () => void;
};

/** One optimization on the server: it lives as long as this socket is open. */
export class Optimization {
  #socket: WebSocket;
  #waiting: Wish[] = [];
  #closed = false;

  constructor(listener: Listener) {
    const address = new URL("/api/optimize", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(address);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      for (const wish of this.#waiting) this.#socket.send(JSON.stringify(wish));
      this.#waiting = [];
    };
    this.#socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (this.#closed) return;
      if (typeof data === "string") {
        listener.refused((JSON.parse(data) as { error: string }).error);
        return;
      }
      listener.frame(decodeBundle<Optimized>(data));
    };
    this.#socket.onclose = () => {
      if (!this.#closed) listener.lost();
    };
  }

  send(wish: Wish): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(wish));
    else this.#waiting.push(wish);
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }
}
