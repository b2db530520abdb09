/** Keeps a canvas's heat while it is shown: from the log's last minutes on, by every change. */

import type { HeatLayer } from '../canvas/scene';
import type { Delta } from '../live/delta';
import { Heat, HEAT_STEP_MS } from './heat';
import type { RecentPlacements } from './recent-events';

/** The picture follows changes this often; a larger canvas takes longer to upload. */
const SHOW_MS = 250;
const SHOW_LARGE_MS = 1_000;
const LARGE_CELLS = 2048 * 2048;

/** What the heat of a canvas is made from. */
export interface HeatSource {
  readonly width: number;
  readonly height: number;
  readonly round: number;
  /** Calls the listener with every change of the canvas until the answer is called. */
  onChanges(listener: (delta: Delta | null) => void): () => void;
  recent(): Promise<RecentPlacements>;
}

/** Shows the heat until it is stopped. */
export class HeatFeed {
  private readonly heat: Heat;
  private readonly show: (layer: HeatLayer) => void;
  private readonly showEveryMs: number;
  private readonly stopListening: () => void;
  private readonly steps: ReturnType<typeof setInterval>;
  private showTimer: ReturnType<typeof setTimeout> | null = null;
  private chunkTimer: ReturnType<typeof setTimeout> | null = null;
  private isStopped = false;

  /** Begins at once; `show` gets a new layer whenever the picture changed. */
  constructor(source: HeatSource, show: (layer: HeatLayer) => void) {
    this.heat = new Heat(source.width, source.height);
    this.show = show;
    const isLarge = source.width * source.height > LARGE_CELLS;
    this.showEveryMs = isLarge ? SHOW_LARGE_MS : SHOW_MS;
    this.stopListening = source.onChanges((delta) => {
      if (delta !== null) {
        this.heat.placed(delta.indexes);
        this.showSoon();
      }
    });
    this.steps = setInterval(() => {
      this.heat.beginStep();
      this.cool();
    }, HEAT_STEP_MS);
    show(this.heat.layer);
    void this.seed(source);
  }

  /** Ends everything; the last layer may still be shown. */
  stop(): void {
    this.isStopped = true;
    this.stopListening();
    clearInterval(this.steps);
    clearTimeout(this.showTimer ?? undefined);
    clearTimeout(this.chunkTimer ?? undefined);
  }

  private async seed(source: HeatSource): Promise<void> {
    try {
      const { now, placements } = await source.recent();
      for (const { round, x, y, at } of placements) {
        if (round === source.round && x < source.width && y < source.height) {
          this.heat.placed([y * source.width + x], now - at);
        }
      }
      this.showSoon();
    } catch {
      // Without the past the heat begins now.
    }
  }

  /** One part now, the rest when the page had time for other things. */
  private cool(): void {
    if (this.heat.coolOn()) {
      this.showSoon();
    } else {
      this.chunkTimer = setTimeout(() => { this.cool(); }, 0);
    }
  }

  private showSoon(): void {
    if (!this.isStopped) {
      this.showTimer ??= setTimeout(() => {
        this.showTimer = null;
        this.show(this.heat.layer);
      }, this.showEveryMs);
    }
  }
}
