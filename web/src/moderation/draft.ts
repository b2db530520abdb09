/** What is typed into the form of an act, and the act that it makes. */

import type { Act, Role } from '../api/types';
import type { ActKind } from './kinds';
import { parseRegion, regionText } from './region';

/** The fields of all acts' forms; each act reads its own. Texts as they were typed. */
export interface ActDraft {
  player: string;
  region: string;
  from: string;
  to: string;
  /** Palette index; empty for the background. */
  color: string;
  protection: string;
  /** How long, in minutes; 0 for until it is lifted. */
  minutes: number;
  takesWork: boolean;
  role: Role;
  text: string;
  title: string;
  width: string;
  height: string;
  colors: string;
  charges: string;
  seconds: string;
}

/** A field of the form. */
export type ActField = keyof ActDraft;

/** The form as it is opened. */
export const EMPTY_ACT: ActDraft = {
  player: '', region: '', from: '', to: '', color: '', protection: '', minutes: 0,
  takesWork: false, role: 'helper', text: '', title: '', width: '', height: '', colors: '',
  charges: '', seconds: '',
};

/** How long bans and mutes last, in minutes; 0 for until they are lifted. */
export const LENGTHS = [10, 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60, 0] as const;

/** The fields of each act's form, in their order. */
export const FIELDS: Readonly<Record<ActKind, readonly ActField[]>> = {
  roll_back: ['player', 'region', 'from', 'to'],
  erase_region: ['region', 'color'],
  protect_region: ['region'],
  unprotect_region: ['protection'],
  lock_canvas: [],
  unlock_canvas: [],
  announce: ['text', 'minutes'],
  ban: ['player', 'minutes', 'takesWork'],
  unban: ['player'],
  mute: ['player', 'minutes'],
  unmute: ['player'],
  verify: ['player'],
  unverify: ['player'],
  set_role: ['player', 'role'],
  open_round: ['title', 'width', 'height', 'colors', 'charges', 'seconds'],
  close_round: [],
  clear_canvas: [],
  expand_canvas: ['width', 'height'],
  extend_palette: ['colors'],
  change_cooldown: ['charges', 'seconds'],
};

/** What is wrong with a form: the first field that has to be mended. */
export class DraftError extends Error {
  override readonly name = 'DraftError';
  readonly field: ActField;

  constructor(field: ActField) {
    super(`the field ${field} has to be mended`);
    this.field = field;
  }
}

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** The server's bounds (docs/API.md). */
const MAX_SIDE = 8_192;
const MAX_CHARGES = 1_000;
const MAX_REGAIN_S = 86_400;
const MAX_COLOR = 254;

/**
 * The act that a form makes; `now` is Unix ms.
 * @throws {DraftError} when a field has to be mended.
 */
export function actOf(kind: ActKind, draft: ActDraft, now: number): Act {
  switch (kind) {
    case 'lock_canvas':
    case 'unlock_canvas':
    case 'close_round':
    case 'clear_canvas':
      return { kind };
    case 'unban':
    case 'unmute':
    case 'verify':
    case 'unverify':
      return { kind, player: playerOf(draft) };
    case 'ban':
      return {
        kind, player: playerOf(draft), roll_back: draft.takesWork, ...untilOf(draft, now),
      };
    case 'mute':
      return { kind, player: playerOf(draft), ...untilOf(draft, now) };
    case 'set_role':
      return { kind, player: playerOf(draft), role: draft.role };
    case 'announce':
      return { kind, text: draft.text.trim(), ...untilOf(draft, now) };
    case 'roll_back':
      return rollBackOf(draft);
    case 'erase_region':
      return {
        kind,
        region: regionOf(draft),
        ...given('color', wholeOf(draft, 'color', 0, MAX_COLOR)),
      };
    case 'protect_region':
      return { kind, region: regionOf(draft) };
    case 'unprotect_region':
      return { kind, protection: needed(draft, 'protection', 1, Number.MAX_SAFE_INTEGER) };
    case 'open_round':
      return openRoundOf(draft);
    case 'expand_canvas':
      return {
        kind,
        width: needed(draft, 'width', 1, MAX_SIDE),
        height: needed(draft, 'height', 1, MAX_SIDE),
      };
    case 'extend_palette':
      return { kind, colors: colorsOf(draft) ?? fail('colors') };
    case 'change_cooldown':
      return {
        kind,
        max_charges: needed(draft, 'charges', 1, MAX_CHARGES),
        regain_ms: secondsOf(draft) ?? fail('seconds'),
      };
  }
}

function rollBackOf(draft: ActDraft): Act {
  const from = wholeOf(draft, 'from', 1, Number.MAX_SAFE_INTEGER);
  const to = wholeOf(draft, 'to', 1, Number.MAX_SAFE_INTEGER);
  const players = draft.player.trim() === '' ? [] : playersOf(draft);
  const hasRegion = draft.region.trim() !== '';
  if (players.length === 0 && !hasRegion && from === null && to === null) {
    throw new DraftError('player');
  }
  if (from !== null && to !== null && from > to) {
    throw new DraftError('to');
  }
  return {
    kind: 'roll_back',
    ...(players.length === 0 ? {} : { players }),
    ...(hasRegion ? { region: regionOf(draft) } : {}),
    ...given('from', from),
    ...given('to', to),
  };
}

function openRoundOf(draft: ActDraft): Act {
  const title = draft.title.trim();
  return {
    kind: 'open_round',
    ...given('title', title === '' ? null : title),
    ...given('width', wholeOf(draft, 'width', 1, MAX_SIDE)),
    ...given('height', wholeOf(draft, 'height', 1, MAX_SIDE)),
    ...given('palette', colorsOf(draft)),
    ...given('max_charges', wholeOf(draft, 'charges', 1, MAX_CHARGES)),
    ...given('regain_ms', secondsOf(draft)),
  };
}

/** A part that is there, or nothing. */
function given<Key extends string, Value>(
  key: Key,
  value: Value | null,
): Partial<Record<Key, Value>> {
  return (value === null ? {} : { [key]: value }) as Partial<Record<Key, Value>>;
}

function fail(field: ActField): never {
  throw new DraftError(field);
}

function playersOf({ player }: ActDraft): readonly string[] {
  const ids = player.trim().toLowerCase().split(/[\s,]+/);
  return ids.every((id) => isPlayerId(id)) ? ids : fail('player');
}

function playerOf(draft: ActDraft): string {
  const [id, ...others] = playersOf(draft);
  return id === undefined || others.length > 0 ? fail('player') : id;
}

/** Whether a text is a player's id. */
export function isPlayerId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

function regionOf({ region }: ActDraft): string {
  const parsed = parseRegion(region);
  return parsed === null ? fail('region') : regionText(parsed);
}

function untilOf({ minutes }: ActDraft, now: number): { until?: string } {
  return minutes > 0 ? { until: new Date(now + minutes * MINUTE_MS).toISOString() } : {};
}

type TextField = 'color' | 'protection' | 'from' | 'to' | 'width' | 'height' | 'charges';

function wholeOf(draft: ActDraft, field: TextField, least: number, most: number): number | null {
  const text = draft[field].trim();
  if (text === '') {
    return null;
  }
  const value = Number(text);
  return /^\d{1,15}$/.test(text) && value >= least && value <= most
    ? value
    : fail(field);
}

function needed(draft: ActDraft, field: TextField, least: number, most: number): number {
  return wholeOf(draft, field, least, most) ?? fail(field);
}

function secondsOf({ seconds }: ActDraft): number | null {
  const text = seconds.trim().replace(',', '.');
  if (text === '') {
    return null;
  }
  const value = Number(text);
  return /^\d{1,5}(\.\d{1,3})?$/.test(text) && value <= MAX_REGAIN_S
    ? Math.round(value * SECOND_MS)
    : fail('seconds');
}

function colorsOf({ colors }: ActDraft): readonly string[] | null {
  const list = colors.trim().toUpperCase().split(/[\s,;]+/).filter((color) => color !== '');
  const written = list.map((color) => (color.startsWith('#') ? color : `#${color}`));
  if (written.length === 0) {
    return null;
  }
  return written.every((color) => /^#[0-9A-F]{6}$/.test(color)) ? written : fail('colors');
}
