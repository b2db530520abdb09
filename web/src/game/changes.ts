/** Tells of changed cells to those who follow them one by one. */

import { type Delta, differenceOf } from '../live/delta';

/** Is told which cells of the truth changed; `null` when the canvas is another one. */
export type ChangeListener = (delta: Delta | null) => void;

/** Those who listen to one game's canvas. */
export class Changes {
  private readonly listeners = new Set<ChangeListener>();

  /** Calls `listener` with every change; the answer stops that. */
  listen(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /** Tells of a change. */
  tell(delta: Delta | null): void {
    this.listeners.forEach((listener) => { listener(delta); });
  }

  /** What one state will change in another; not looked for while nobody listens. */
  between(before: Uint8Array, after: Uint8Array): Delta | null {
    return this.listeners.size === 0 ? null : differenceOf(before, after);
  }
}
