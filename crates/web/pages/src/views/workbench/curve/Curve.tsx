import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { around, axis } from "./axis";
import { nearest, path, summary, type Series } from "./series";
import "./curve.css";

const MARGIN = { left: 52, right: 12, top: 10, bottom: 34 };

/** One series over the steps, with axes, a readout at the pointer, and the same readout by arrow keys. */
export function Curve({ series, steps }: { series: Series; steps: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 320, height: 180 });
  const [at, setAt] = useState<number | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const plot = {
    width: Math.max(40, size.width - MARGIN.left - MARGIN.right),
    height: Math.max(40, size.height - MARGIN.top - MARGIN.bottom),
  };
  const last = series.steps.at(-1) ?? 0;
  const across = axis(0, Math.max(1, steps, last), Math.max(2, plot.width / 64));
  const up = series.range
    ? axis(series.range[0], series.range[1], plot.height / 36)
    : around(series.values, plot.height / 36);
  const x = (step: number) => MARGIN.left + ((step - across.low) / (across.high - across.low)) * plot.width;
  const y = (value: number) => MARGIN.top + (1 - (value - up.low) / (up.high - up.low)) * plot.height;
  const bottom = MARGIN.top + plot.height;
  const some = series.steps.length > 0;
  const shown = some ? nearest(series.steps, at ?? last) : -1;
  const step = series.steps[shown] ?? 0;
  const value = series.values[shown] ?? 0;
  const words = some ? `${series.write(value)}${series.unit && ` ${series.unit}`}` : "–";

  const point = (event: PointerEvent) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    setAt(Math.round(across.low + ((event.clientX - left - MARGIN.left) / plot.width) * (across.high - across.low)));
  };

  return (
    <figure class="curve">
      <figcaption class="curve-readout">
        <span class="curve-name">{series.name}</span>
        <span>
          <b>{words}</b> {some && <span class="curve-step">at step {step}</span>}
        </span>
      </figcaption>
      <div class="curve-plot" ref={box} onPointerMove={point} onPointerDown={point} onPointerLeave={() => setAt(null)}>
        <svg role="img" aria-label={summary(series)} width={size.width} height={size.height}>
          <g class="curve-grid">
            {up.ticks.map((tick) => (
              <line key={tick} class={tick === 0 ? "curve-zero" : ""} x1={MARGIN.left} x2={MARGIN.left + plot.width} y1={y(tick)} y2={y(tick)} />
            ))}
          </g>
          <g class="curve-numbers">
            {up.ticks.map((tick) => (
              <text key={tick} x={MARGIN.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">
                {up.write(tick)}
              </text>
            ))}
            {across.ticks.map((tick) => (
              <text key={tick} x={x(tick)} y={bottom + 16} text-anchor="middle">
                {across.write(tick)}
              </text>
            ))}
            <text x={MARGIN.left + plot.width} y={bottom + 31} text-anchor="end">
              step
            </text>
            {series.unit && (
              <text x={MARGIN.left} y={bottom + 31}>
                {series.name} in {series.unit}
              </text>
            )}
          </g>
          <line class="curve-base" x1={MARGIN.left} x2={MARGIN.left + plot.width} y1={bottom} y2={bottom} />
          <path class="curve-line" d={path(series, x, y)} />
          {some && at !== null && <line class="curve-cursor" x1={x(step)} x2={x(step)} y1={MARGIN.top} y2={bottom} />}
          {some && <circle class="curve-dot" cx={x(step)} cy={y(value)} r="4" />}
        </svg>
        {some && (
          <input
            class="curve-scrub"
            type="range"
            aria-label={`Read the ${series.name} at a step`}
            aria-valuetext={`step ${step}: ${words}`}
            min={series.steps[0]}
            max={last}
            value={at ?? last}
            onInput={(event) => setAt(event.currentTarget.valueAsNumber)}
            onBlur={() => setAt(null)}
          />
        )}
      </div>
    </figure>
  );
}
