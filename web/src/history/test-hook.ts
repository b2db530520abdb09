/**
 * What browser tests may read of the history's page: `window.__pixelwarsHistory`, under the same
 * conditions as `src/test-hook.ts`.
 */

import type { Cells } from '../canvas/cells';
import type { Point } from '../canvas/viewport';

/** The reading side of the page. */
export interface HistoryHook {
  /** Version shown. */
  version(): number;
  /** The newest known version. */
  newest(): number;
  /** Whether another moment is still loading. */
  isWaiting(): boolean;
  cells(): Cells | null;
  /** Position of a cell's middle on the page, CSS pixels. */
  clientPositionOf(cell: Point): Point | null;
  /** Frames so far that touched the picture. */
  framesDrawn(): number;
}

declare global {
  interface Window {
    __pixelwarsHistory?: HistoryHook;
  }
}

/** Installs the hook if this page is under test. */
export function installHistoryHook(hook: HistoryHook): void {
  if (import.meta.env.DEV || window.__pixelwarsTest === true) {
    window.__pixelwarsHistory = hook;
  }
}
