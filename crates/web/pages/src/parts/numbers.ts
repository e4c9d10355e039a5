/** Three digits that matter, no more; very small and very large numbers with an exponent. */
export function precise(number: number): string {
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e6) return number.toExponential(1);
  if (size >= 100) return number.toFixed(0);
  return number.toPrecision(3);
}

export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
}

export const milliseconds = (time: number) => `${time < 10 ? time.toFixed(1) : time.toFixed(0)} ms`;
