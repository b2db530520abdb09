/** Draws the canvas as a frame of a video: planes of brightness and colour, as codecs take them. */

import { pixelsOf, type FilmLayout } from './layout';

/** What a frame shows. */
export interface Shown {
  /** Palette indexes by rows. */
  readonly cells: Readonly<Uint8Array>;
  readonly width: number;
  readonly height: number;
  /** `#RRGGBB` in palette order. */
  readonly colors: readonly string[];
}

/** What is around the canvas, and its cells that are not open; the server's films have the same. */
const BACKGROUND = '#14161D';

const TABLE_SIZE = 256;

/** No palette has this index: the cell is not open. */
const CLOSED = 255;

/** A colour as ITU-R BT.709 codes it in 8 bits, with the narrow range: Y, Cb, Cr. */
export function codedColor(color: string): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return [
    Math.round(16 + 219 * luma),
    Math.round(128 + (224 * (blue - luma)) / 1.8556),
    Math.round(128 + (224 * (red - luma)) / 1.5748),
  ];
}

/** The size of a frame in bytes: one of brightness a pixel, one of each colour for 2 × 2. */
export function frameBytes({ width, height }: { width: number; height: number }): number {
  return (width * height * 3) / 2;
}

/** Draws frames of one layout into the same memory, again and again. */
export class FilmPicture {
  /** The planes Y, U and V (I420), without a gap. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly layout: FilmLayout;
  private readonly tables = [0, 1, 2].map(() => new Uint8Array(TABLE_SIZE));
  private colors: readonly string[] = [];
  /** Palette indexes by the cells of the region that lie on the canvas; the others are closed. */
  private readonly cells: Uint8Array;

  constructor(layout: FilmLayout) {
    this.layout = layout;
    this.bytes = new Uint8Array(frameBytes(layout));
    this.cells = new Uint8Array(this.columns * this.rows).fill(CLOSED);
    const { width, height } = layout;
    const [y, u, v] = codedColor(BACKGROUND);
    this.bytes.fill(y, 0, width * height);
    this.bytes.fill(u, width * height, (width * height * 5) / 4);
    this.bytes.fill(v, (width * height * 5) / 4);
  }

  private get columns(): number {
    return this.layout.region.right - this.layout.region.left;
  }

  private get rows(): number {
    return this.layout.region.bottom - this.layout.region.top;
  }

  /** Draws the canvas. */
  draw(shown: Shown): void {
    this.learn(shown.colors);
    this.cut(shown);
    const { width, height, scale } = this.layout;
    const [lumas, blues, reds] = this.tables as [Uint8Array, Uint8Array, Uint8Array];
    const pixels = width * height;
    this.plane(lumas, 0, width, scale.pixels, scale.cells, 1);
    if (scale.pixels % 2 === 0) {
      this.plane(blues, pixels, width / 2, scale.pixels / 2, 1, 2);
      this.plane(reds, (pixels * 5) / 4, width / 2, scale.pixels / 2, 1, 2);
    } else {
      this.halves(blues, pixels);
      this.halves(reds, (pixels * 5) / 4);
    }
  }

  private learn(colors: readonly string[]): void {
    if (colors === this.colors) {
      return;
    }
    this.colors = colors;
    for (let index = 0; index < TABLE_SIZE; index += 1) {
      const coded = codedColor(colors[index] ?? BACKGROUND);
      this.tables.forEach((table, at) => { table[index] = coded[at] ?? 0; });
    }
  }

  private cut({ cells, width, height }: Shown): void {
    const { left, top, right } = this.layout.region;
    const { columns, rows } = this;
    const end = Math.min(right, width);
    for (let row = 0; row < rows; row += 1) {
      const line = this.cells.subarray(row * columns, (row + 1) * columns).fill(CLOSED);
      if (top + row < height && left < end) {
        line.set(cells.subarray((top + row) * width + left, (top + row) * width + end));
      }
    }
  }

  /** Draws a plane of `stride` columns: each cell as a square, or each pixel as a mean of cells. */
  private plane(
    table: Uint8Array, from: number, stride: number, side: number, reduction: number, part: 1 | 2,
  ): void {
    const { bytes, columns, rows, cells } = this;
    const { left, top } = this.layout;
    const origin = from + (top / part) * stride + left / part;
    const across = Math.ceil(columns / reduction);
    for (let row = 0; row * reduction < rows; row += 1) {
      const line = origin + row * side * stride;
      for (let column = 0; column < across; column += 1) {
        const value = reduction === 1
          ? (table[cells[row * columns + column] ?? CLOSED] ?? 0)
          : this.mean(table, column * reduction, row * reduction, reduction);
        if (side === 1) {
          bytes[line + column] = value;
        } else {
          bytes.fill(value, line + column * side, line + (column + 1) * side);
        }
      }
      for (let copy = 1; copy < side; copy += 1) {
        bytes.copyWithin(line + copy * stride, line, line + across * side);
      }
    }
  }

  /** The mean over a square of cells, of those in the region. */
  private mean(table: Uint8Array, left: number, top: number, side: number): number {
    const { columns, rows, cells } = this;
    const right = Math.min(left + side, columns);
    const bottom = Math.min(top + side, rows);
    let sum = 0;
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        sum += table[cells[row * columns + column] ?? CLOSED] ?? 0;
      }
    }
    return Math.round(sum / ((right - left) * (bottom - top)));
  }

  /** Draws a plane of colour where two pixels by two need not be of one cell: their mean. */
  private halves(table: Uint8Array, from: number): void {
    const { bytes, columns, rows } = this;
    const { left, top, width, scale } = this.layout;
    const across = pixelsOf(columns, scale);
    const down = pixelsOf(rows, scale);
    const outside = codedColor(BACKGROUND)[from === width * this.layout.height ? 1 : 2];
    const at = (x: number, y: number): number => {
      if (x >= across || y >= down) {
        return outside;
      }
      const column = Math.floor(x / scale.pixels) * scale.cells;
      const row = Math.floor(y / scale.pixels) * scale.cells;
      return scale.cells === 1
        ? (table[this.cells[row * columns + column] ?? CLOSED] ?? 0)
        : this.mean(table, column, row, scale.cells);
    };
    for (let y = 0; y < down; y += 2) {
      const line = from + ((top + y) / 2) * (width / 2) + left / 2;
      for (let x = 0; x < across; x += 2) {
        const sum = at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1);
        bytes[line + x / 2] = Math.round(sum / 4);
      }
    }
  }
}
