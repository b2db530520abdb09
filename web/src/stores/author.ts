/** Who placed the cell that is pointed at: asked for once the pointer or cursor rests. */

import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowReactive, watch } from 'vue';

import { fetchCell } from '../api/cells';
import type { Point } from '../canvas/viewport';
import { useGame } from './game';
import { useView } from './view';

/** Who set a cell; `name` is `null` for the background. */
export interface Author {
  readonly name: string | null;
  /** When, Unix ms. */
  readonly at: number | null;
}

/** A pointer that moves on within this time asks for nothing. */
const REST_MS = 600;

/** An answer is not asked for again in this time, unless the cell changed. */
const KNOWN_MS = 60_000;

/** Cells to remember. */
const MAX_KNOWN = 100;

interface Known {
  readonly author: Author;
  readonly color: number;
  readonly until: number;
}

/** The author of the told cell, while known. */
export const useAuthor = defineStore('author', () => {
  const { state, onCellsChanged } = useGame();
  const view = useView();
  const known = shallowReactive(new Map<string, Known>());
  let timer: ReturnType<typeof setTimeout> | undefined;

  const author = computed(() =>
    view.told === null ? null : (known.get(keyOf(view.told))?.author ?? null),
  );

  function colorOf({ x, y }: Point): number | null {
    const cells = state.canvas?.cells;
    return cells?.contains(x, y) === true ? cells.trueColor(cells.indexOf(x, y)) : null;
  }

  function isKnown(cell: Point): boolean {
    const entry = known.get(keyOf(cell));
    return entry !== undefined && entry.color === colorOf(cell) && Date.now() < entry.until;
  }

  async function ask(cell: Point): Promise<void> {
    const slug = state.info?.canvas;
    if (slug === undefined || colorOf(cell) === null || document.hidden) {
      return;
    }
    // Without an answer there is no author, which the readout simply leaves out.
    const answer = await fetchCell(slug, cell, { limit: 1 }).catch(() => null);
    if (answer === null) {
      return;
    }
    const { player, at, color } = answer;
    const found = { name: player?.name ?? null, at: at === null ? null : Date.parse(at) };
    known.delete(keyOf(cell));
    known.set(keyOf(cell), { author: found, color, until: Date.now() + KNOWN_MS });
    if (known.size > MAX_KNOWN) {
      known.delete(known.keys().next().value ?? '');
    }
  }

  function rested(): void {
    clearTimeout(timer);
    const cell = view.told;
    if (cell !== null && !isKnown(cell)) {
      timer = setTimeout(() => void ask(cell), REST_MS);
    }
  }
  watch(() => view.told, rested);
  onScopeDispose(onCellsChanged(() => {
    const cell = view.told;
    const entry = cell === null ? undefined : known.get(keyOf(cell));
    if (cell !== null && entry !== undefined && entry.color !== colorOf(cell)) {
      known.delete(keyOf(cell));
      rested();
    }
  }));
  onScopeDispose(() => { clearTimeout(timer); });

  return { author };
});

function keyOf({ x, y }: Point): string {
  return `${x},${y}`;
}
