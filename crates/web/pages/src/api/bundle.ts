type Numbers = Uint8Array | Int16Array | Float32Array;

/** Shape and stored numbers; a number means stored × scale. */
export type BundleArray = { shape: number[]; scale: number; data: Numbers };

export type Bundle<Meta> = { meta: Meta; arrays: Record<string, BundleArray> };

type Header = { arrays: { name: string; type: "u8" | "i16" | "f32"; shape: number[]; scale?: number }[] };

const KINDS = { u8: Uint8Array, i16: Int16Array, f32: Float32Array };

const padded = (length: number) => Math.ceil(length / 8) * 8;

export function decodeBundle<Meta>(buffer: ArrayBuffer): Bundle<Meta> {
  const length = new DataView(buffer).getUint32(0, true);
  const meta = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Meta & Header;
  const arrays: Record<string, BundleArray> = {};
  let offset = padded(4 + length);
  for (const { name, type, shape, scale } of meta.arrays) {
    const Kind = KINDS[type];
    const count = shape.reduce((product, size) => product * size, 1);
    arrays[name] = { shape, scale: scale ?? 1, data: new Kind(buffer, offset, count) };
    offset = padded(offset + count * Kind.BYTES_PER_ELEMENT);
  }
  return { meta, arrays };
}
