/** The settings and how they are kept as text. */

import { parseObject } from '../storage/parse-object';

/** What a reader can choose; the language is kept apart, with the languages. */
export interface Settings {
  /** `auto` follows the device, and inside Telegram its theme. */
  readonly theme: 'auto' | 'light' | 'dark';
  /** Whether a finger's tap only chooses the cell, and a button places. */
  readonly confirmsTouch: boolean;
  /** The same for a mouse's click. */
  readonly confirmsMouse: boolean;
  /** Whether two fingers turn the canvas. */
  readonly turnsByTouch: boolean;
  readonly hasSound: boolean;
  readonly hasVibration: boolean;
  readonly showsGrid: boolean;
  readonly showsMinimap: boolean;
  /** The colour-blind mode: a symbol for each colour, in the palette and on near cells. */
  readonly showsSymbols: boolean;
  /** Numbers on the palette's colours. */
  readonly showsNumbers: boolean;
  /** Whether a single letter or sign is a shortcut; dictated words would set them off. */
  readonly usesLetterKeys: boolean;
}

/** How a new reader finds the page. */
export const DEFAULT_SETTINGS: Settings = {
  theme: 'auto',
  confirmsTouch: true,
  confirmsMouse: false,
  turnsByTouch: true,
  hasSound: true,
  hasVibration: true,
  showsGrid: true,
  showsMinimap: true,
  showsSymbols: false,
  showsNumbers: false,
  usesLetterKeys: true,
};

const THEMES: readonly unknown[] = ['auto', 'light', 'dark'] satisfies Settings['theme'][];

/** Reads kept settings; what is missing, unknown or of another kind is as for a new reader. */
export function readSettings(text: string | null): Settings {
  const kept = parseObject(text);
  const good = Object.keys(DEFAULT_SETTINGS).filter((name) =>
    name === 'theme' ? THEMES.includes(kept[name]) : typeof kept[name] === 'boolean',
  );
  return {
    ...DEFAULT_SETTINGS,
    ...Object.fromEntries(good.map((name) => [name, kept[name]])),
  };
}
