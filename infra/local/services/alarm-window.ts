/** Which windows of time an evaluation looks at. */
export interface Window {
  /** Milliseconds since the epoch; `to` is excluded. */
  readonly from: number;
  readonly to: number;
}

const shortSlide = 10_000;
const longSlide = 60_000;

/** How often an alarm of that period (seconds) is evaluated, and by how much its windows slide, in milliseconds. */
export function slideOf(period: number): number {
  return period < 60 ? shortSlide : longSlide;
}

/**
 * The last `count` periods an evaluation at `time` can see, newest first. Only what ended before the ingestion
 * delay is there; windows of 60 s and more end at the last full minute and slide by the minute.
 */
export function windowsAt(time: number, period: number, count: number, ingestion: number): readonly Window[] {
  const slide = slideOf(period);
  const end = Math.floor((time - ingestion) / slide) * slide;
  return Array.from({ length: count }, (_, index) => {
    const to = end - index * period * 1000;
    return { from: to - period * 1000, to };
  });
}
