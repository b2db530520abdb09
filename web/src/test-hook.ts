/**
 * What browser tests may read of the page, and nothing else may: `window.__pixelwars`.
 *
 * It exists in `npm run dev`, and in a built page when `window.__pixelwarsTest` was set to `true`
 * before the page's scripts ran (Playwright: `addInitScript`). It only reads; a test acts as
 * a person would, by pointer and keyboard.
 */

import type { Point } from './canvas/viewport';
import { useGame } from './stores/game';
import { useView } from './stores/view';

/** The reading side of the page. */
export interface TestHook {
  /** Version shown, or `null` before there is one. */
  version(): number | null;
  /** Palette index that the server last told for a cell. */
  trueColor(x: number, y: number): number | null;
  /** Palette index shown for a cell, pending placements included. */
  shownColor(x: number, y: number): number | null;
  /** Position of a cell's middle on the page, CSS pixels. */
  clientPositionOf(x: number, y: number): Point | null;
  connection(): string;
  /** `guest`, `afk`, `queued` or `playing`. */
  status(): string;
  /** The signed-in player's id, or `null`. */
  player(): string | null;
  renderer(): string;
  /** Turn of the canvas in degrees, clockwise. */
  angle(): number;
  /** Frames so far that touched the picture. */
  framesDrawn(): number;
}

declare global {
  interface Window {
    __pixelwars?: TestHook;
    __pixelwarsTest?: boolean;
  }
}

/** Installs the hook if this page is under test. */
export function installTestHook(): void {
  if (!import.meta.env.DEV && window.__pixelwarsTest !== true) {
    return;
  }
  const game = useGame();
  const { state, account } = game;
  const view = useView();
  const cells = () => state.canvas?.cells ?? null;
  window.__pixelwars = {
    version: () => state.version,
    trueColor: (x, y) => cells()?.trueColor(cells()?.indexOf(x, y) ?? 0) ?? null,
    shownColor: (x, y) => cells()?.shownColor(cells()?.indexOf(x, y) ?? 0) ?? null,
    clientPositionOf: (x, y) => view.manager?.clientPositionOf({ x, y }) ?? null,
    connection: () => game.connection,
    angle: () => ((view.manager?.angle ?? 0) * 180) / Math.PI,
    status: () => state.status,
    player: () => account.player?.id ?? null,
    renderer: () => view.manager?.rendererKind ?? 'none',
    framesDrawn: () => view.manager?.framesDrawn ?? 0,
  };
}
