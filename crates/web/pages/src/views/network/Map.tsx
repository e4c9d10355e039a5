import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useStore, type Store } from "../../api/store";
import type { Session } from "../../api/types";
import type { Activity } from "./answers";
import type { Camera } from "./camera";
import { follow } from "./gestures";
import { paletteAge, readPalette } from "./palette";
import type { Lit } from "./paths";
import type { Unit } from "./pick";
import type { Size } from "./plan";
import { Scene, type Style } from "./scene";
import { shades } from "./shades";

/** The unit under the mouse or the keyboard's cursor, and where it is in the map. */
export interface Pointed {
  unit: Unit;
  x: number;
  y: number;
  by: "mouse" | "keys";
}

interface Props {
  session: Session;
  activity: Activity | null;
  lit: Lit | null;
  pointed: Store<Pointed | null>;
  scene: RefObject<Scene | null>;
  about: string;
  onChoose: (unit: Unit | null) => void;
}

/** The canvases. Everything that happens on them without the rest of the page goes past Preact, straight to the scene. */
export function NetworkMap({ session, activity, lit, pointed, scene, about, onChoose }: Props) {
  const ground = useRef<HTMLCanvasElement>(null);
  const paths = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLCanvasElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const age = useStore(paletteAge);
  const left = useRef<{ camera: Camera; size: Size } | null>(null);
  const choose = useRef(onChoose);
  choose.current = onChoose;

  useEffect(() => {
    const element = host.current!;
    const made = new Scene(session, styleOf(element), { ground: ground.current!, lit: paths.current!, cursor: cursor.current! });
    scene.current = made;
    const point = (unit: Unit | null) => {
      made.point(unit);
      pointed.set(unit && { unit, ...made.where(unit), by: "mouse" });
    };
    made.moved = () => {
      element.classList.toggle("zoomed", !made.isWhole());
      const now = pointed.value;
      if (now) pointed.set({ ...now, ...made.where(now.unit) });
    };
    const end = follow(element, {
      hover: (at) => {
        point(at && made.pick(at));
        element.classList.toggle("over-row", at !== null && made.rowInMargin(at) !== null);
      },
      press: (at) => {
        const row = made.rowInMargin(at);
        if (row !== null) return made.showRow(row);
        const unit = made.pick(at);
        if (unit) choose.current(unit);
      },
      drag: (x, y) => made.pan(x, y),
      zoom: (factor, at) => made.zoom(factor, at),
      lets: (factor) => factor < 1 && made.isWhole(),
    });
    const sizes = new ResizeObserver(() => {
      made.resize({ width: element.clientWidth, height: element.clientHeight });
      // After a reconnection the session is new; the view stays where it was.
      if (left.current) made.show(left.current.camera, left.current.size);
      left.current = null;
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      end();
      made.close();
      left.current = { camera: made.camera, size: made.size };
      scene.current = null;
      pointed.set(null);
    };
  }, [session]);

  useEffect(() => {
    const style = styleOf(host.current!);
    scene.current!.restyle(style);
    scene.current!.paint(session.rows.map((row, i) => shades(row.units, activity?.rows[i] ?? null, style.palette)));
  }, [session, activity, age]);

  useEffect(() => scene.current!.light(lit), [session, lit]);

  return (
    <div class="map" ref={host}>
      <canvas ref={ground} role="img" aria-label={about} />
      <canvas ref={paths} aria-hidden="true" />
      <canvas ref={cursor} aria-hidden="true" />
    </div>
  );
}

function styleOf(element: Element): Style {
  const { fontFamily } = getComputedStyle(element);
  const presenting = document.documentElement.hasAttribute("data-present");
  return { palette: readPalette(element), text: presenting ? 14 : 11, family: fontFamily };
}
