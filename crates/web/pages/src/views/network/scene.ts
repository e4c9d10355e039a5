import type { Session } from "../../api/types";
import { type Camera, closeUp, pan, reveal, towards, whole, zoom } from "./camera";
import { depths } from "./depth";
import { Dots } from "./dots";
import { drawCursor, drawGround, drawLit } from "./draw-scene";
import { BEFORE_LANES, LANE } from "./draw-structure";
import { connect, type Connections } from "./lanes";
import { LitBitmap } from "./lit-bitmap";
import { marginNames } from "./names";
import { css, type Color, type Palette } from "./palette";
import type { Lit } from "./paths";
import { pick, same, type Unit } from "./pick";
import { place, plan, type Plan, type Point, type Size } from "./plan";
import type { Line } from "./draw-margin";
import type { Tag } from "./tags";
import { Tiles } from "./tiles";

export type Layer = "ground" | "lit" | "cursor";

const LAYERS: Layer[] = ["ground", "lit", "cursor"];
const MOVE = 260;
/** So long after its last movement the camera rests. */
const REST = 110;
const REACH = 7;
/** In views that are not wider the buttons would hide the first rows. */
const NARROW = 520;

export interface Style {
  palette: Palette;
  text: number;
  family: string;
}

/** The picture of the network: what is shown, from where, and which of its three canvases must be drawn again in the next frame. */
export class Scene {
  readonly session: Session;
  readonly names: string[];
  readonly tiles: Tiles;
  readonly connections: Connections;
  readonly dots = new Dots();
  readonly litBitmap = new LitBitmap();
  size: Size = { width: 1, height: 1 };
  plan: Plan;
  camera: Camera;
  style: Style;
  /** Width of a lane of skip connections. */
  lane = LANE;
  colors: Color[][] = [];
  lit: Lit | null = null;
  cursor: Unit | null = null;
  /** The camera has moved a moment ago. */
  moving = false;
  /** The pictures beside lit units, where they were drawn last. */
  tags: Tag[] = [];
  /** The names in the margin, where they were drawn last. */
  lines: Line[] = [];
  /** Called when the camera has moved. */
  moved = () => {};

  #contexts: Record<Layer, CanvasRenderingContext2D>;
  #depth: number[];
  #stale = new Set<Layer>();
  #frame = 0;
  #rest = 0;
  #flight: { from: Camera; to: Camera; start: number } | null = null;

  constructor(session: Session, style: Style, canvases: Record<Layer, HTMLCanvasElement>) {
    this.session = session;
    this.style = style;
    this.#contexts = {
      ground: canvases.ground.getContext("2d")!,
      lit: canvases.lit.getContext("2d")!,
      cursor: canvases.cursor.getContext("2d")!,
    };
    this.names = marginNames(session.rows.map(({ value }) => value));
    this.tiles = new Tiles(session, () => this.#changed("ground", "lit"));
    this.#depth = depths(session.rows);
    this.connections = connect(session.rows, this.#depth);
    this.plan = this.#arrange();
    this.camera = whole(this.plan, this.size);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
  }

  resize(size: Size): void {
    const centre = this.isWhole() ? null : this.pick({ x: this.size.width / 2, y: this.size.height / 2 }, Infinity);
    const cell = this.camera.scale * (this.plan.blocks[0]?.pitch ?? 1);
    this.size = size;
    for (const layer of LAYERS) {
      const { canvas } = this.#contexts[layer];
      canvas.width = Math.round(size.width * devicePixelRatio);
      canvas.height = Math.round(size.height * devicePixelRatio);
    }
    this.plan = this.#arrange();
    this.#repaint();
    this.camera = whole(this.plan, size);
    if (centre) {
      const grow = cell / ((this.plan.blocks[0]?.pitch ?? 1) * this.camera.scale);
      this.camera = zoom(this.camera, grow, this.where(centre), this.plan, size);
      const at = this.where(centre);
      this.camera = pan(this.camera, size.width / 2 - at.x, size.height / 2 - at.y, this.plan, size);
    }
    this.#changed(...LAYERS);
    this.moved();
  }

  #arrange(): Plan {
    const { width } = this.size;
    const longest = Math.max(...this.names.map((name) => name.length)) + 3;
    const text = this.style.text;
    const left = Math.min(longest * text * 0.56 + 22, Math.max(96, width * 0.2));
    this.lane = Math.min(LANE, (width * 0.09) / Math.max(1, this.connections.places));
    const lanes = this.connections.places > 0 ? BEFORE_LANES + this.connections.places * this.lane : 0;
    const made = plan(this.session.rows, this.#depth, this.size, { left, right: 14 + lanes, top: width < NARROW ? 50 : 16, bottom: 18 });
    this.dots.arrange(made.blocks);
    return made;
  }

  restyle(style: Style): void {
    const sameText = style.text === this.style.text;
    this.style = style;
    if (!sameText) this.resize(this.size);
    this.#changed(...LAYERS);
  }

  paint(colors: Color[][]): void {
    this.colors = colors;
    this.#repaint();
    this.#changed("ground", "lit");
  }

  #repaint(): void {
    this.colors.forEach((colors, row) => this.dots.paint(row, colors));
  }

  light(lit: Lit | null): void {
    this.lit = lit;
    this.#changed(...LAYERS);
  }

  point(cursor: Unit | null): void {
    if (same(cursor, this.cursor)) return;
    const rowChanged = cursor?.row !== this.cursor?.row;
    this.cursor = cursor;
    this.redraw("cursor", ...(rowChanged ? (["lit"] as const) : []));
  }

  isWhole(): boolean {
    return this.camera.scale <= whole(this.plan, this.size).scale * 1.001;
  }

  zoom(factor: number, at: Point = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    this.#look(zoom(this.camera, factor, at, this.plan, this.size));
  }

  pan(x: number, y: number): void {
    this.#look(pan(this.camera, x, y, this.plan, this.size));
  }

  /** Takes over the camera of a view of the same size. */
  show(camera: Camera, size: Size): void {
    if (size.width === this.size.width && size.height === this.size.height) this.#look(camera);
  }

  showWhole(): void {
    this.#fly(whole(this.plan, this.size));
  }

  showRow(row: number): void {
    this.#fly(closeUp(this.plan.blocks[row]!, this.plan, this.size));
  }

  reveal(unit: Unit): void {
    const to = reveal(this.camera, place(this.plan.blocks[unit.row]!, unit.unit), this.plan, this.size);
    if (to !== this.camera) this.#fly(to);
  }

  /** What lies under a point of the view: a picture beside a lit unit, or the nearest dot. */
  pick(at: Point, reach = REACH): Unit | null {
    const tag = this.tags.find(
      ({ left, top, width, height }) => at.x >= left && at.x <= left + width && at.y >= top && at.y <= top + height,
    );
    if (tag) return { row: tag.unit.row, unit: tag.unit.unit };
    const { scale, left, top } = this.camera;
    return pick(this.plan, (at.x - left) / scale, (at.y - top) / scale, reach / scale);
  }

  /** The row whose name stands in the margin at this point. */
  rowInMargin(at: Point): number | null {
    return this.lines.find(({ y }) => at.x < this.plan.margins.left && Math.abs(at.y - y) < this.style.text * 0.6)?.row ?? null;
  }

  where(unit: Unit): Point {
    const { x, y } = place(this.plan.blocks[unit.row]!, unit.unit);
    return { x: x * this.camera.scale + this.camera.left, y: y * this.camera.scale + this.camera.top };
  }

  /** What is seen, on one canvas. */
  picture(): HTMLCanvasElement {
    const { ground } = this.#contexts;
    const canvas = document.createElement("canvas");
    canvas.width = ground.canvas.width;
    canvas.height = ground.canvas.height;
    const context = canvas.getContext("2d")!;
    context.fillStyle = css(this.style.palette.ground);
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const layer of LAYERS) context.drawImage(this.#contexts[layer].canvas, 0, 0);
    return canvas;
  }

  redraw(...layers: Layer[]): void {
    for (const layer of layers) this.#stale.add(layer);
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  /** More than the camera is different: the paths, too, must be drawn again. */
  #changed(...layers: Layer[]): void {
    this.litBitmap.forget();
    this.redraw(...layers);
  }

  #look(camera: Camera): void {
    this.#flight = null;
    this.#see(camera);
    this.redraw(...LAYERS);
  }

  #see(camera: Camera): void {
    this.camera = camera;
    this.moving = true;
    clearTimeout(this.#rest);
    this.#rest = window.setTimeout(() => {
      this.moving = false;
      this.redraw("lit");
    }, REST);
    this.moved();
  }

  #fly(to: Camera): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#look(to);
    this.#flight = { from: this.camera, to, start: performance.now() };
    this.redraw(...LAYERS);
  }

  #draw(now: number): void {
    this.#frame = 0;
    if (this.#flight) this.#advance(this.#flight, now);
    const stale = this.#stale;
    this.#stale = new Set();
    for (const layer of stale) {
      const context = this.#contexts[layer];
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      context.clearRect(0, 0, this.size.width, this.size.height);
      if (layer === "ground") drawGround(context, this);
      else if (layer === "lit") Object.assign(this, drawLit(context, this));
      else drawCursor(context, this);
    }
    if (this.#flight) this.redraw(...LAYERS);
  }

  #advance({ from, to, start }: { from: Camera; to: Camera; start: number }, now: number): void {
    const share = Math.min(1, Math.max(0, (now - start) / MOVE));
    this.#see(share === 1 ? to : towards(from, to, share * share * (3 - 2 * share)));
    if (share === 1) this.#flight = null;
    for (const layer of LAYERS) this.#stale.add(layer);
  }
}
