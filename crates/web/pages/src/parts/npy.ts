import type { BundleArray } from "../api/bundle";

/** An array of float32 as the bytes of a .npy file (NumPy's format 1.0, C order). */
export function npy({ shape, data }: BundleArray): Uint8Array<ArrayBuffer> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + words.length + 1) / 64) * 64 - 10;
  const head = `\x93NUMPY\x01\x00${String.fromCharCode(length & 255, length >> 8)}${words.padEnd(length - 1)}\n`;
  const bytes = new Uint8Array(head.length + data.byteLength);
  for (let at = 0; at < head.length; at++) bytes[at] = head.charCodeAt(at);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), head.length);
  return bytes;
}
