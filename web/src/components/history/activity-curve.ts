/** Draws how busy the canvas was along the bar of the history. */

/** Share of the height that the busiest column takes. */
const FULL = 0.92;

/** A column with any event at all is seen, in CSS pixels. */
const LEAST_PX = 1;

/** Fills `element` with one column for each value; the root of a value is its height. */
export function drawActivity(element: HTMLCanvasElement, values: ArrayLike<number>): void {
  const context = element.getContext('2d');
  if (context === null) {
    return;
  }
  const { width, height } = element;
  const most = Math.sqrt(Math.max(1e-9, ...Array.from(values)));
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(element).color;
  const column = width / values.length;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (value > 0) {
      const tall = Math.max((Math.sqrt(value) / most) * height * FULL, LEAST_PX * devicePixelRatio);
      const left = Math.round(index * column);
      const right = Math.max(Math.round((index + 1) * column), left + 1);
      context.fillRect(left, height - tall, right - left, tall);
    }
  }
}
