/** Every key of the canvas: one table that the page listens by and that the `?` sheet shows. */

import type { MessageKey } from '../locales';

/** An act asked for by keyboard. */
export type KeyCommand =
  /** Moves the cell cursor by cells. */
  | { readonly kind: 'move'; readonly dx: number; readonly dy: number }
  /** Moves the view by shares of its size. */
  | { readonly kind: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'zoom'; readonly direction: 1 | -1 }
  /** Turns the canvas by one step, clockwise for 1. */
  | { readonly kind: 'turn'; readonly direction: 1 | -1 }
  | { readonly kind: 'color'; readonly index: number }
  /** Chooses the colour so many places further in the palette. */
  | { readonly kind: 'color-step'; readonly step: 1 | -1 }
  /** Makes templates more or less opaque. */
  | { readonly kind: 'template-opacity'; readonly step: 1 | -1 }
  | { readonly kind: 'simple'; readonly act: SimpleAct };

/** Acts that need no more words. */
export type SimpleAct =
  | 'upright' | 'fit' | 'place' | 'undo' | 'let-go' | 'pick' | 'cell' | 'grid' | 'minimap' | 'lock'
  | 'heat' | 'templates' | 'template' | 'mute' | 'save' | 'link' | 'full-screen' | 'rules'
  | 'settings' | 'shortcuts';

/** The parts of a `KeyboardEvent` that matter. */
export interface KeySample {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** Parts of the sheet, in its order. */
export const KEY_GROUPS = ['move', 'place', 'show', 'more'] as const;

/** A part of the sheet. */
export type KeyGroup = (typeof KEY_GROUPS)[number];

/** One line of the table; the page of the history has a table of its own kind. */
export interface KeyBinding<Command = KeyCommand, Group = KeyGroup> {
  readonly group: Group;
  readonly label: MessageKey;
  /** What is printed on the keys, each with the keys to hold down before it. */
  readonly caps: readonly (readonly string[])[];
  /** The command of a key press, or `null` when this line is about other keys. */
  readonly command: (key: KeySample) => Command | null;
}

/** Cells that an arrow key moves the cursor by while Shift is held. */
const LARGE_STEP = 10;

/** Share of the view's size that a press of W, A, S or D moves it by. */
export const PAN_SHARE = 0.15;

/** Colours that Shift and a digit reach, from this one on. */
const SECOND_NINE = 9;

type Direction = readonly [number, number];

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** By position on the keyboard, so that they lie together in every layout. */
export const PAN_CODES: Readonly<Record<string, Direction>> = {
  KeyA: [-1, 0],
  KeyD: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
};

/** Whether no other key is held down with it. */
export function isPlain({ ctrlKey, altKey, metaKey, shiftKey }: KeySample): boolean {
  return !ctrlKey && !altKey && !metaKey && !shiftKey;
}

function moved({ key, shiftKey }: KeySample): KeyCommand | null {
  const arrow = ARROWS[key];
  const step = shiftKey ? LARGE_STEP : 1;
  return arrow === undefined
    ? null
    : { kind: 'move', dx: arrow[0] * step, dy: arrow[1] * step };
}

function panned(sample: KeySample): KeyCommand | null {
  const direction = isPlain(sample) ? PAN_CODES[sample.code] : undefined;
  return direction === undefined
    ? null
    : { kind: 'pan', dx: direction[0] * PAN_SHARE, dy: direction[1] * PAN_SHARE };
}

/** The keys that zoom, which are the same on every page with a canvas. */
export function zoomed(sample: KeySample): KeyCommand | null {
  const { key, code } = sample;
  if (key === '+' || key === '=' || (code === 'KeyE' && isPlain(sample))) {
    return { kind: 'zoom', direction: 1 };
  }
  return key === '-' || key === '_' || (code === 'KeyQ' && isPlain(sample))
    ? { kind: 'zoom', direction: -1 }
    : null;
}

function chosen({ code, shiftKey }: KeySample): KeyCommand | null {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  return digit === undefined
    ? null
    : { kind: 'color', index: Number(digit) - 1 + (shiftKey ? SECOND_NINE : 0) };
}

/** A letter by its place on a Latin keyboard, so that it works in every layout. */
function letter(code: string, command: KeyCommand): KeyBinding['command'] {
  return (sample) => (sample.code === code && isPlain(sample) ? command : null);
}

function simple(code: string, act: SimpleAct): KeyBinding['command'] {
  return letter(code, { kind: 'simple', act });
}

function either(...all: KeyBinding['command'][]): KeyBinding['command'] {
  return (sample) => all.map((one) => one(sample)).find((command) => command !== null) ?? null;
}

function placed({ key, shiftKey }: KeySample): KeyCommand | null {
  return (key === 'Enter' || key === ' ') && !shiftKey
    ? { kind: 'simple', act: 'place' }
    : null;
}

/** The question mark. */
export function asked(sample: KeySample): KeyCommand | null {
  // The sign itself wherever it is, and its place on a Latin keyboard; digits choose colours.
  const isSign = sample.key === '?' && !sample.code.startsWith('Digit');
  return isSign || (sample.code === 'Slash' && sample.shiftKey)
    ? { kind: 'simple', act: 'shortcuts' }
    : null;
}

function undone({ code, ctrlKey, metaKey, shiftKey, altKey }: KeySample): KeyCommand | null {
  const isHeld = (ctrlKey || metaKey) && !shiftKey && !altKey;
  return code === 'KeyZ' && isHeld ? { kind: 'simple', act: 'undo' } : null;
}

/** All keys, in the order of the sheet. */
export const KEY_BINDINGS: readonly KeyBinding[] = [
  { group: 'move', label: 'keys.cursor', caps: [['←'], ['↑'], ['↓'], ['→']], command: moved },
  { group: 'move', label: 'keys.pan', caps: [['W'], ['A'], ['S'], ['D']], command: panned },
  { group: 'move', label: 'keys.zoom', caps: [['+'], ['−'], ['E'], ['Q']], command: zoomed },
  {
    group: 'move', label: 'keys.turn', caps: [['['], [']']],
    command: either(
      letter('BracketLeft', { kind: 'turn', direction: -1 }),
      letter('BracketRight', { kind: 'turn', direction: 1 }),
    ),
  },
  { group: 'move', label: 'keys.upright', caps: [['U']], command: simple('KeyU', 'upright') },
  {
    group: 'move', label: 'keys.fit', caps: [['0']],
    command: either(simple('Digit0', 'fit'), simple('Numpad0', 'fit')),
  },
  { group: 'place', label: 'keys.place', caps: [['Enter'], ['Space']], command: placed },
  { group: 'place', label: 'keys.undo', caps: [['Ctrl', 'Z']], command: undone },
  { group: 'place', label: 'keys.color', caps: [['1–9'], ['Shift', '1–9']], command: chosen },
  {
    group: 'place', label: 'keys.color-step', caps: [['J'], ['K']],
    command: either(
      letter('KeyJ', { kind: 'color-step', step: -1 }),
      letter('KeyK', { kind: 'color-step', step: 1 }),
    ),
  },
  { group: 'place', label: 'keys.pick', caps: [['B']], command: simple('KeyB', 'pick') },
  {
    group: 'place', label: 'keys.let-go', caps: [['Esc']],
    command: ({ key }) => (key === 'Escape' ? { kind: 'simple', act: 'let-go' } : null),
  },
  {
    group: 'show', label: 'keys.cell', caps: [['Shift', 'Enter']],
    command: ({ key, shiftKey }) =>
      key === 'Enter' && shiftKey ? { kind: 'simple', act: 'cell' } : null,
  },
  { group: 'show', label: 'keys.grid', caps: [['G']], command: simple('KeyG', 'grid') },
  { group: 'show', label: 'keys.minimap', caps: [['N']], command: simple('KeyN', 'minimap') },
  { group: 'show', label: 'keys.heat', caps: [['H']], command: simple('KeyH', 'heat') },
  { group: 'show', label: 'keys.templates', caps: [['V']], command: simple('KeyV', 'templates') },
  { group: 'show', label: 'keys.template', caps: [['R']], command: simple('KeyR', 'template') },
  {
    group: 'show', label: 'keys.template-opacity', caps: [['PageUp'], ['PageDown']],
    command: either(
      letter('PageUp', { kind: 'template-opacity', step: 1 }),
      letter('PageDown', { kind: 'template-opacity', step: -1 }),
    ),
  },
  {
    group: 'show', label: 'keys.full-screen', caps: [['F']],
    command: simple('KeyF', 'full-screen'),
  },
  { group: 'more', label: 'keys.link', caps: [['C']], command: simple('KeyC', 'link') },
  { group: 'more', label: 'keys.save', caps: [['P']], command: simple('KeyP', 'save') },
  { group: 'more', label: 'keys.lock', caps: [['L']], command: simple('KeyL', 'lock') },
  { group: 'more', label: 'keys.mute', caps: [['M']], command: simple('KeyM', 'mute') },
  { group: 'more', label: 'keys.rules', caps: [['I']], command: simple('KeyI', 'rules') },
  { group: 'more', label: 'keys.settings', caps: [['T']], command: simple('KeyT', 'settings') },
  { group: 'more', label: 'keys.shortcuts', caps: [['?']], command: asked },
];

/** Whether a key writes a letter or a sign by itself; digits are not counted. */
export function isCharacter({ key, code }: KeySample): boolean {
  return key.length === 1 && key !== ' ' && !/^(?:Digit|Numpad)\d$/.test(code);
}

/**
 * The command of a key press, or `null` when the key is the browser's own. Letters and signs have
 * commands only where `usesLetterKeys` (WCAG 2.1.4, Character Key Shortcuts).
 */
export function keyCommand(sample: KeySample, usesLetterKeys = true): KeyCommand | null {
  if (sample.ctrlKey || sample.metaKey) {
    return undone(sample);
  }
  if (sample.altKey || (!usesLetterKeys && isCharacter(sample))) {
    return null;
  }
  return either(...KEY_BINDINGS.map(({ command }) => command))(sample);
}
