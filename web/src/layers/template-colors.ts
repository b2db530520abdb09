/** From a picture's pixels to cells: one colour for each cell, then the palette's nearest. */

import { TEMPLATE_NONE } from '../canvas/scene';

/** Pixels by rows, red, green, blue and opacity of each, one byte each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** A pixel at least this opaque is part of the picture. */
const OPAQUE_FROM = 128;

/** Pixels of one cell's block that are looked at, at most: evenly spread over larger blocks. */
export const MAX_SAMPLES = 4_096;

/** No colour: what a cell without an opaque pixel has. */
const NO_COLOR = -1;

/**
 * One colour (`0xRRGGBB`, or -1 for none) for each of `columns` x `rows` cells: the most common
 * opaque one of the pixels that the cell covers, as templates may be drawn with symbols or dots.
 */
export function cellColors(pixels: Pixels, columns: number, rows: number): Int32Array {
  const colors = new Int32Array(columns * rows);
  const across = bounds(pixels.width, columns);
  const down = bounds(pixels.height, rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      colors[row * columns + column] = commonColor(
        pixels,
        across[column] ?? 0, across[column + 1] ?? 0,
        down[row] ?? 0, down[row + 1] ?? 0,
      );
    }
  }
  return colors;
}

/** The palette's index for each colour: the same one, or the nearest to the eye. */
export function toPalette(colors: Int32Array, palette: readonly string[]): Uint8Array {
  const known = new Map<number, number>([[NO_COLOR, TEMPLATE_NONE]]);
  palette.forEach((color, index) => {
    const value = Number.parseInt(color.slice(1), 16);
    if (!known.has(value)) {
      known.set(value, index);
    }
  });
  const labs = palette.map((color) => oklab(Number.parseInt(color.slice(1), 16)));
  return Uint8Array.from(colors, (color) => {
    let index = known.get(color);
    if (index === undefined) {
      index = nearest(oklab(color), labs);
      known.set(color, index);
    }
    return index;
  });
}

/** Where the cells begin and end among `pixels`; every cell has at least one. */
function bounds(pixels: number, cells: number): number[] {
  const at = (cell: number): number => Math.floor((cell * pixels) / cells);
  return Array.from({ length: cells + 1 }, (_, cell) =>
    cell === cells ? pixels : Math.min(at(cell), pixels - 1),
  );
}

function commonColor(
  { width, data }: Pixels,
  left: number,
  right: number,
  top: number,
  bottom: number,
): number {
  const counts = new Map<number, number>();
  const [across, down] = [Math.max(right - left, 1), Math.max(bottom - top, 1)];
  const [stepX, stepY] = steps(across, down);
  let best = NO_COLOR;
  let most = 0;
  for (let y = top; y < top + down; y += stepY) {
    for (let x = left; x < left + across; x += stepX) {
      const at = (y * width + x) * 4;
      if ((data[at + 3] ?? 0) >= OPAQUE_FROM) {
        const color = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
        const count = (counts.get(color) ?? 0) + 1;
        counts.set(color, count);
        if (count > most) {
          most = count;
          best = color;
        }
      }
    }
  }
  return best;
}

/** How far apart the pixels of a block are that are looked at; 1 in all but huge blocks. */
function steps(across: number, down: number): readonly [number, number] {
  const stepX = Math.ceil(Math.max(across / Math.sqrt(MAX_SAMPLES), 1));
  const seen = Math.ceil(across / stepX);
  return [stepX, Math.ceil(Math.max((down * seen) / MAX_SAMPLES, 1))];
}

type Lab = readonly [number, number, number];

function nearest(to: Lab, labs: readonly Lab[]): number {
  let best = TEMPLATE_NONE;
  let least = Infinity;
  labs.forEach((lab, index) => {
    const distance = (lab[0] - to[0]) ** 2 + (lab[1] - to[1]) ** 2 + (lab[2] - to[2]) ** 2;
    if (distance < least) {
      least = distance;
      best = index;
    }
  });
  return best;
}

/** Björn Ottosson's OKLab, in which distance is how different two colours look. */
function oklab(color: number): Lab {
  const [red = 0, green = 0, blue = 0] = [color >> 16, (color >> 8) & 0xff, color & 0xff].map(
    (channel) => {
      const value = channel / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    },
  );
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
