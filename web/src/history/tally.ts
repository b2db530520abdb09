/** What one segment adds to questions about a whole round. */

import type { Box } from '../canvas/viewport';
import type { LogEvent } from './log-event';
import { MARK_EVENTS } from './manifest';
import { columnOf, packedCell, rowOf, type Segment } from './segment';

/** Which events count: those inside a box of cells, those of a player, both, or all. */
export interface Interest {
  readonly region: Box | null;
  /** A pseudonym of the round. */
  readonly player: number | null;
}

/** What is asked of a segment. */
export interface TallyWish {
  readonly interest: Interest;
  /** Whether the cells that were placed are wanted, each with its first placement. */
  readonly wantsFirsts: boolean;
}

/** The answer. */
export interface Tally {
  /** Events that count between two marks of the manifest each. */
  readonly counts: Uint16Array<ArrayBuffer>;
  /** Packed cells in the order of their first placements in the segment, and those' versions. */
  readonly placed: Uint32Array<ArrayBuffer>;
  readonly versions: Float64Array<ArrayBuffer>;
}

/** Whether everything counts. */
export function isAll({ region, player }: Interest): boolean {
  return region === null && player === null;
}

/** Whether a packed cell lies in a box. */
export function liesIn(cell: number, { left, top, right, bottom }: Box): boolean {
  const x = columnOf(cell);
  const y = rowOf(cell);
  return x >= left && x < right && y >= top && y < bottom;
}

/** Counts the events of a segment. */
export function tallyOf(segment: Segment, { interest, wantsFirsts }: TallyWish): Tally {
  const { count, first, others, players, cells } = segment;
  const counts = new Uint16Array(Math.ceil(count / MARK_EVENTS));
  const seen = new Set<number>();
  const placed: number[] = [];
  const versions: number[] = [];
  let nextOther = 0;
  for (let index = 0; index < count; index += 1) {
    const other = others[nextOther];
    const isOther = other?.index === index;
    const cell = cells[index] ?? 0;
    if (isOther) {
      nextOther += 1;
    } else if (wantsFirsts && !seen.has(cell)) {
      seen.add(cell);
      placed.push(cell);
      versions.push(first + index);
    }
    const { region, player } = interest;
    const isOfPlayer = player === null || players[index] === player;
    const isInside = region === null ||
      (isOther ? touches(other.event, region) : liesIn(cell, region));
    if (isOfPlayer && isInside) {
      const mark = Math.floor(index / MARK_EVENTS);
      counts[mark] = (counts[mark] ?? 0) + 1;
    }
  }
  return { counts, placed: Uint32Array.from(placed), versions: Float64Array.from(versions) };
}

function touches(event: LogEvent, region: Box): boolean {
  switch (event.kind) {
    case 'PlacementMade':
    case 'PlacementUndone':
      return liesIn(packedCell(event.x, event.y), region);
    case 'CellsRestored':
      return event.cells.some(({ x, y }) => liesIn(packedCell(x, y), region));
    case 'RegionErased': {
      const { x, y, width, height } = event;
      return x < region.right && x + width > region.left &&
        y < region.bottom && y + height > region.top;
    }
    case 'RoundOpened':
    case 'RoundClosed':
    case 'CanvasExpanded':
    case 'PaletteExtended':
    case 'CooldownChanged':
    case 'PlayerBanned':
    case 'PlayerUnbanned':
    case 'CanvasLocked':
    case 'CanvasUnlocked':
    case 'RegionProtected':
    case 'RegionUnprotected':
    case 'Announced':
      return false;
  }
}
