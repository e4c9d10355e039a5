import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import type { BundleArray } from "../../api/bundle";
import { Pixels, type Raster } from "../../parts/Pixels";
import type { Seen } from "./looking";

/** How much of the picture stays visible where the unit is silent. */
const DIM = 0.12;

type Props = { seen: Seen | null; canvas: RefObject<HTMLCanvasElement | null> };

/** The input, bright where the unit is active. */
export function OverlayView({ seen, canvas }: Props) {
  const { input, map } = seen?.bundle.arrays ?? {};
  const raster = useMemo(() => (input && map ? overlaid(input, map) : null), [input, map]);
  return <Pixels picture={raster} label="The input, bright where the unit is active" canvas={canvas} />;
}

function overlaid(input: BundleArray, map: BundleArray): Raster {
  const [height = 1, width = 1] = input.shape;
  const [mapHeight = 1, mapWidth = 1] = map.shape;
  const strengths = Float32Array.from(map.data, Math.abs);
  const most = strengths.reduce((largest, strength) => Math.max(largest, strength), 0) || 1;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = between(y, height, mapHeight);
    for (let x = 0; x < width; x++) {
      const [left, right, along] = between(x, width, mapWidth);
      const upper = strengths[top * mapWidth + left]! * (1 - along) + strengths[top * mapWidth + right]! * along;
      const lower = strengths[bottom * mapWidth + left]! * (1 - along) + strengths[bottom * mapWidth + right]! * along;
      const light = DIM + (1 - DIM) * ((upper * (1 - down) + lower * down) / most);
      const at = y * width + x;
      for (let channel = 0; channel < 3; channel++) pixels[at * 4 + channel] = input.data[at * 3 + channel]! * light;
      pixels[at * 4 + 3] = 255;
    }
  }
  return { width, height, pixels };
}

/** The two map positions next to a pixel and how far it is from the first. */
function between(pixel: number, pixels: number, positions: number): [number, number, number] {
  const at = Math.max(0, Math.min(positions - 1, ((pixel + 0.5) * positions) / pixels - 0.5));
  const before = Math.floor(at);
  return [before, Math.min(positions - 1, before + 1), at - before];
}
