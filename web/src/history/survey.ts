/** Goes through all segments of a round, one after the other, for what only the whole tells. */

import { NOT_OPEN } from '../canvas/palette';
import type { HeatLayer } from '../canvas/scene';
import type { ChapterPlace, History } from './history';
import { MARK_EVENTS, type RoundEntry } from './manifest';
import type { Shape } from './keyframe';
import { columnOf, rowOf } from './segment';
import type { Interest } from './tally';

/** The value of a cell that stands out, and of one that does not (canvas/scene.ts, HeatLayer). */
const SHOWN = 255;
const NOT_SHOWN = 0;

/** How far a survey has come. */
export interface Progress {
  readonly done: number;
  readonly of: number;
}

/** Events that count, between two marks each. */
export interface CountedStretch {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** Cells where nobody had placed, and how many. */
export interface Virgins {
  readonly count: number;
  readonly layer: HeatLayer;
}

/** One question about one round, answered bit by bit. */
export class Survey {
  /** Stretches so far, in order. */
  readonly stretches: CountedStretch[] = [];
  /** Events from the round's opening to the first placement on each cell; 0 for none so far. */
  private readonly firsts: Uint32Array;
  private readonly history: History;
  private readonly round: RoundEntry;
  private readonly interest: Interest;
  private readonly wantsFirsts: boolean;
  private isStopped = false;

  constructor(history: History, round: RoundEntry, interest: Interest, wantsFirsts: boolean) {
    this.history = history;
    this.round = round;
    this.interest = interest;
    this.wantsFirsts = wantsFirsts;
    this.firsts = new Uint32Array(wantsFirsts ? round.width * round.height : 0);
  }

  /** Asks every segment; `told` hears of each. Ends early when stopped. */
  async run(told: (progress: Progress) => void): Promise<void> {
    const places = this.history.placesOf(this.round);
    for (const [index, place] of places.entries()) {
      if (this.isStopped) {
        return;
      }
      await this.ask(place);
      told({ done: index + 1, of: places.length });
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Shows the cells where nobody had placed by a version. */
  virginsAt(version: number, cells: Readonly<Uint8Array>, shape: Shape): Virgins {
    const { width, height } = shape;
    const { firsts, round } = this;
    const passed = version - round.opened.version;
    const values = new Uint8Array(width * height);
    let count = 0;
    for (let y = 0; y < Math.min(height, round.height); y += 1) {
      for (let x = 0; x < Math.min(width, round.width); x += 1) {
        const first = firsts[y * round.width + x] ?? 0;
        const isVirgin = (first === 0 || first > passed) && cells[y * width + x] !== NOT_OPEN;
        values[y * width + x] = isVirgin ? SHOWN : NOT_SHOWN;
        count += isVirgin ? 1 : 0;
      }
    }
    return { count, layer: { width, height, values } };
  }

  private async ask(place: ChapterPlace): Promise<void> {
    const { interest, wantsFirsts } = this;
    const { counts, placed, versions } = await this.history.tally(place, { interest, wantsFirsts });
    counts.forEach((count, mark) => {
      const first = place.first + mark * MARK_EVENTS;
      const last = Math.min(first + MARK_EVENTS - 1, place.last);
      this.stretches.push({ first, last, count });
    });
    const { width, height, opened } = this.round;
    placed.forEach((cell, index) => {
      const at = rowOf(cell) * width + columnOf(cell);
      if (columnOf(cell) < width && rowOf(cell) < height && this.firsts[at] === 0) {
        this.firsts[at] = (versions[index] ?? 0) - opened.version;
      }
    });
  }
}
