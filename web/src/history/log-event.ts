/** The events of the log that are no plain placements (docs/FORMATS.md, Event). */

import { decode } from '@msgpack/msgpack';

import { malformed } from './faults';
import { unpacked } from './zstd';

/** Names of the kinds, by their numbers. */
export const EVENT_KINDS = [
  'PlacementMade', 'PlacementUndone', 'RoundOpened', 'RoundClosed', 'CanvasExpanded',
  'PaletteExtended', 'CooldownChanged', 'RegionErased', 'CellsRestored', 'PlayerBanned',
  'PlayerUnbanned', 'CanvasLocked', 'CanvasUnlocked', 'RegionProtected', 'RegionUnprotected',
  'Announced',
] as const;

/** A kind's name. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** A colour as its three channels, 0 to 255 each. */
export type Channels = readonly [number, number, number];

/** One cell and the colour it gets. */
export interface CellColor {
  readonly x: number;
  readonly y: number;
  readonly color: number;
}

/** An event as far as the canvas depends on it; players are pseudonyms, 0 for nobody. */
export type LogEvent =
  | ({ readonly kind: 'PlacementMade' | 'PlacementUndone' } & InRound & CellColor)
  | ({
    readonly kind: 'RoundOpened';
    readonly width: number;
    readonly height: number;
    readonly palette: readonly Channels[];
    readonly background: number;
    /** One bit a cell by rows, lowest first; 1 = open. `null` when all are. */
    readonly mask: Uint8Array | null;
    readonly maxCharges: number;
    readonly title: string;
  } & InRound)
  | ({
    readonly kind: 'RoundClosed' | 'CooldownChanged' | 'RegionProtected' | 'RegionUnprotected';
  } & InRound)
  | ({ readonly kind: 'CanvasExpanded'; readonly width: number; readonly height: number } & InRound)
  | ({ readonly kind: 'PaletteExtended'; readonly palette: readonly Channels[] } & InRound)
  | ({
    readonly kind: 'RegionErased';
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly color: number;
  } & InRound)
  | ({ readonly kind: 'CellsRestored'; readonly cells: readonly CellColor[] } & InRound)
  | {
    readonly kind: 'PlayerBanned' | 'PlayerUnbanned' | 'CanvasLocked' | 'CanvasUnlocked'
      | 'Announced';
    readonly player: number;
    readonly others: readonly number[];
  };

interface InRound {
  readonly round: number;
  readonly player: number;
  /** Further pseudonyms in the event. */
  readonly others: readonly number[];
}

/** The largest canvas has 8192 x 8192 cells, one bit each. */
const MAX_MASK_BYTES = (8_192 * 8_192) / 8;

/**
 * Reads an event.
 * @throws {HistoryError} for another schema, an unknown kind, or a body that is not its kind's.
 */
export function decodeEvent(bytes: Uint8Array): LogEvent {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    throw malformed('an event is no MessagePack', error);
  }
  const [schema, kind, , body] = listOf(value, 4);
  const name = EVENT_KINDS[number(kind)];
  if (schema !== 1 || name === undefined) {
    throw malformed('an event is of an unknown schema or kind');
  }
  return eventOf(name, body);
}

function eventOf(kind: EventKind, body: unknown): LogEvent {
  switch (kind) {
    case 'PlacementMade': {
      const [round, player, cell, color] = listOf(body, 4);
      return { kind, ...inRound(round, player), ...cellOf(cell), color: number(color) };
    }
    case 'PlacementUndone': {
      const [round, player, , cell, restored] = listOf(body, 5);
      return { kind, ...inRound(round, player, [restored]), ...cellOf(cell), ...content(restored) };
    }
    case 'RoundOpened':
      return roundOpened(body);
    case 'RoundClosed':
    case 'CooldownChanged':
      return { kind, ...inRound(listOf(body, 1)[0]) };
    case 'CanvasExpanded': {
      const [round, size] = listOf(body, 2);
      return { kind, ...inRound(round), ...sizeOf(size) };
    }
    case 'PaletteExtended': {
      const [round, palette] = listOf(body, 2);
      return { kind, ...inRound(round), palette: paletteOf(palette) };
    }
    case 'RegionErased': {
      const [round, region, color, by] = listOf(body, 5);
      const [x, y, width, height] = listOf(region, 4).map(number);
      return {
        kind, ...inRound(round, by), x: number(x), y: number(y), width: number(width),
        height: number(height), color: number(color),
      };
    }
    case 'CellsRestored':
      return cellsRestored(body);
    case 'RegionProtected':
    case 'RegionUnprotected': {
      const [round, , by] = listOf(body, 4);
      return { kind, ...inRound(round, by) };
    }
    case 'PlayerBanned':
    case 'PlayerUnbanned':
    case 'CanvasLocked':
    case 'CanvasUnlocked':
    case 'Announced':
      return moderated(kind, body);
  }
}

function roundOpened(body: unknown): LogEvent {
  const [round, size, palette, background, cooldown, mask, title] = listOf(body, 7);
  if (typeof title !== 'string' || (mask !== null && !(mask instanceof Uint8Array))) {
    throw malformed('a round is opened with no title or no lawful mask');
  }
  return {
    kind: 'RoundOpened',
    ...inRound(round),
    ...sizeOf(size),
    palette: paletteOf(palette),
    background: number(background),
    maxCharges: number(listOf(cooldown, 2)[0]),
    mask: mask === null ? null : unpacked(mask, 'a mask', MAX_MASK_BYTES),
    title,
  };
}

function cellsRestored(body: unknown): LogEvent {
  const [round, entries, by] = listOf(body, 4);
  const cells = anyListOf(entries).map((entry) => listOf(entry, 2));
  return {
    kind: 'CellsRestored',
    ...inRound(round, by, cells.map(([, held]) => held)),
    cells: cells.map(([cell, held]) => ({ ...cellOf(cell), ...content(held) })),
  };
}

function moderated(
  kind: 'PlayerBanned' | 'PlayerUnbanned' | 'CanvasLocked' | 'CanvasUnlocked' | 'Announced',
  body: unknown,
): LogEvent {
  const fields = anyListOf(body);
  const [first, second, third] = fields;
  switch (kind) {
    case 'Announced':
      return { kind, player: playerOf(third), others: [] };
    case 'PlayerBanned':
      return { kind, player: playerOf(third), others: [playerOf(first)] };
    case 'PlayerUnbanned':
      return { kind, player: playerOf(second), others: [playerOf(first)] };
    case 'CanvasLocked':
    case 'CanvasUnlocked':
      return { kind, player: playerOf(first), others: [] };
  }
}

/** `contents` are those whose authors the event names besides its player. */
function inRound(
  round: unknown, player: unknown = null, contents: readonly unknown[] = [],
): InRound {
  const others = contents.map((held) => playerOf(listOf(held, 3)[1])).filter((one) => one > 0);
  return { round: number(round), player: playerOf(player), others };
}

function content(value: unknown): { color: number } {
  return { color: number(listOf(value, 3)[0]) };
}

function cellOf(value: unknown): { x: number; y: number } {
  const [x, y] = listOf(value, 2);
  return { x: number(x), y: number(y) };
}

function sizeOf(value: unknown): { width: number; height: number } {
  const [width, height] = listOf(value, 2);
  return { width: number(width), height: number(height) };
}

function paletteOf(value: unknown): Channels[] {
  return anyListOf(value).map((color) => {
    const [red, green, blue] = listOf(color, 3).map(number);
    return [number(red), number(green), number(blue)];
  });
}

function playerOf(value: unknown): number {
  return value === null || value === undefined ? 0 : number(value);
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed('an event has something else where a number should be');
  }
  return value;
}

function listOf(value: unknown, least: number): readonly unknown[] {
  const list = anyListOf(value);
  if (list.length < least) {
    throw malformed(`an event has a list of ${list.length} where ${least} should be`);
  }
  return list;
}

function anyListOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw malformed('an event has something else where a list should be');
  }
  return value as readonly unknown[];
}
