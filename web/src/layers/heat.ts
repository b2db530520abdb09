/** How recently each cell was placed, fading to nothing. */

import type { HeatLayer } from '../canvas/scene';

/** A placement is seen for this long, in milliseconds. */
export const HEAT_LIFE_MS = 10 * 60_000;

/** The value of a cell placed just now. */
const HOTTEST = 255;

/** Every step takes this much from each value. */
const COOLING = 6;

/** Milliseconds between two steps, so that the hottest cell is cold after its life. */
export const HEAT_STEP_MS = (HEAT_LIFE_MS * COOLING) / HOTTEST;

/** Above this many cells one value stands for 2 x 2 of them. */
const MAX_FULL_CELLS = 4096 * 4096;

/** Words of four cells that are cooled at once: about a millisecond on a slow phone. */
const CHUNK_WORDS = 128 * 1024;

/** A canvas's heat. */
export class Heat {
  readonly width: number;
  readonly height: number;
  private readonly canvasWidth: number;
  /** Cells along one side that a value stands for. */
  private readonly side: 1 | 2;
  private readonly values: Uint8Array;
  /** The same memory, four values a word, for skipping what is cold. */
  private readonly words: Uint32Array;
  /** The next word to cool, or `null` between two steps. */
  private cooling: number | null = null;
  private isWarm = false;

  /** The heat of a canvas of this size in cells, all cold. */
  constructor(width: number, height: number) {
    this.side = width * height > MAX_FULL_CELLS ? 2 : 1;
    this.canvasWidth = width;
    this.width = Math.ceil(width / this.side);
    this.height = Math.ceil(height / this.side);
    const memory = new ArrayBuffer(Math.ceil((this.width * this.height) / 4) * 4);
    this.values = new Uint8Array(memory, 0, this.width * this.height);
    this.words = new Uint32Array(memory);
  }

  /** A new layer object that shows the present values. */
  get layer(): HeatLayer {
    return { width: this.width, height: this.height, values: this.values };
  }

  /** Whether a step of cooling is not yet done. */
  get isCooling(): boolean {
    return this.cooling !== null;
  }

  /** The heat of a cell, 0 to 255. */
  at(x: number, y: number): number {
    const column = Math.floor(x / this.side);
    return this.values[Math.floor(y / this.side) * this.width + column] ?? 0;
  }

  /** Cells, by their index on the canvas, were placed `ageMs` ago. */
  placed(indexes: ArrayLike<number>, ageMs = 0): void {
    const value = Math.round(HOTTEST * Math.min(Math.max(1 - ageMs / HEAT_LIFE_MS, 0), 1));
    for (let at = 0; at < indexes.length; at += 1) {
      const index = indexes[at] ?? 0;
      const x = index % this.canvasWidth;
      const y = (index - x) / this.canvasWidth;
      const target = this.side === 1 ? index : (y >> 1) * this.width + (x >> 1);
      if ((this.values[target] ?? HOTTEST) < value) {
        this.values[target] = value;
        this.isWarm = true;
      }
    }
  }

  /** Begins a step of cooling; `coolOn` does it. Nothing is begun while all is cold. */
  beginStep(): void {
    if (this.isWarm) {
      this.cooling ??= 0;
      if (this.cooling === 0) {
        this.isWarm = false;
      }
    }
  }

  /** Does a part of the step that takes a millisecond or two; tells whether the step is done. */
  coolOn(): boolean {
    const from = this.cooling;
    if (from === null) {
      return true;
    }
    const to = Math.min(from + CHUNK_WORDS, this.words.length);
    for (let word = from; word < to; word += 1) {
      if (this.words[word] !== 0) {
        this.coolWord(word * 4);
      }
    }
    this.cooling = to === this.words.length ? null : to;
    return this.cooling === null;
  }

  private coolWord(first: number): void {
    for (let at = first; at < Math.min(first + 4, this.values.length); at += 1) {
      const value = Math.max((this.values[at] ?? 0) - COOLING, 0);
      this.values[at] = value;
      this.isWarm ||= value > 0;
    }
  }
}
