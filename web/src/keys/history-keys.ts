/** The keys of the history's page: one table that it listens by and that its list shows. */

import {
  asked, isCharacter, isPlain, type KeyBinding, type KeySample, PAN_CODES, PAN_SHARE, zoomed,
} from './keys';

/** An act asked for by keyboard. */
export type HistoryCommand =
  /** To a share of the round, 0 to 0.9. */
  | { readonly kind: 'part'; readonly share: number }
  | { readonly kind: 'step'; readonly direction: 1 | -1 }
  | { readonly kind: 'play'; readonly direction: 1 | -1 }
  | { readonly kind: 'pace'; readonly step: 1 | -1 }
  | { readonly kind: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'zoom'; readonly direction: 1 | -1 }
  | { readonly kind: 'simple'; readonly act: HistoryAct };

/** Acts that need no more words. */
export type HistoryAct =
  | 'toggle' | 'first' | 'last' | 'now' | 'jump' | 'idle' | 'heat' | 'virgin' | 'region' | 'compare'
  | 'cell' | 'close' | 'help' | 'full-screen' | 'link' | 'save' | 'fit';

/** A line of the table. */
export type HistoryBinding = KeyBinding<HistoryCommand, 'time' | 'show'>;

function letter(code: string, command: HistoryCommand): HistoryBinding['command'] {
  return (sample) => (sample.code === code && isPlain(sample) ? command : null);
}

function simple(code: string, act: HistoryAct): HistoryBinding['command'] {
  return letter(code, { kind: 'simple', act });
}

function either(...all: HistoryBinding['command'][]): HistoryBinding['command'] {
  return (sample) => all.map((one) => one(sample)).find((command) => command !== null) ?? null;
}

function part({ code, shiftKey }: KeySample): HistoryCommand | null {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  return digit === undefined || shiftKey ? null : { kind: 'part', share: Number(digit) / 10 };
}

function panned(sample: KeySample): HistoryCommand | null {
  const direction = isPlain(sample) ? PAN_CODES[sample.code] : undefined;
  return direction === undefined
    ? null
    : { kind: 'pan', dx: direction[0] * PAN_SHARE, dy: direction[1] * PAN_SHARE };
}

function zoom(sample: KeySample): HistoryCommand | null {
  const command = zoomed(sample);
  return command?.kind === 'zoom' ? command : null;
}

/** All keys, in the order of the list. */
export const HISTORY_BINDINGS: readonly HistoryBinding[] = [
  {
    group: 'time', label: 'history.keys-play', caps: [['K'], ['Space']],
    command: either(simple('KeyK', 'toggle'), simple('Space', 'toggle')),
  },
  {
    group: 'time', label: 'history.keys-backwards', caps: [['J']],
    command: letter('KeyJ', { kind: 'play', direction: -1 }),
  },
  {
    group: 'time', label: 'history.keys-forwards', caps: [['L']],
    command: letter('KeyL', { kind: 'play', direction: 1 }),
  },
  {
    group: 'time', label: 'history.keys-step', caps: [['←'], ['→']],
    command: either(
      letter('ArrowLeft', { kind: 'step', direction: -1 }),
      letter('ArrowRight', { kind: 'step', direction: 1 }),
    ),
  },
  {
    group: 'time', label: 'history.keys-pace', caps: [['↑'], ['↓']],
    command: either(
      letter('ArrowUp', { kind: 'pace', step: 1 }),
      letter('ArrowDown', { kind: 'pace', step: -1 }),
    ),
  },
  { group: 'time', label: 'history.keys-part', caps: [['0–9']], command: part },
  {
    group: 'time', label: 'history.keys-ends', caps: [['Home'], ['End']],
    command: either(simple('Home', 'first'), simple('End', 'last')),
  },
  { group: 'time', label: 'history.keys-now', caps: [['N']], command: simple('KeyN', 'now') },
  { group: 'time', label: 'history.keys-jump', caps: [['G']], command: simple('KeyG', 'jump') },
  { group: 'time', label: 'history.keys-idle', caps: [['I']], command: simple('KeyI', 'idle') },
  { group: 'show', label: 'keys.pan', caps: [['W'], ['A'], ['S'], ['D']], command: panned },
  { group: 'show', label: 'keys.zoom', caps: [['+'], ['−'], ['E'], ['Q']], command: zoom },
  { group: 'show', label: 'keys.fit', caps: [['Z']], command: simple('KeyZ', 'fit') },
  {
    group: 'show', label: 'history.keys-cell', caps: [['Enter']],
    command: (sample) => (sample.key === 'Enter' && isPlain(sample)
      ? { kind: 'simple', act: 'cell' }
      : null),
  },
  { group: 'show', label: 'history.keys-heat', caps: [['T']], command: simple('KeyT', 'heat') },
  { group: 'show', label: 'history.keys-virgin', caps: [['V']], command: simple('KeyV', 'virgin') },
  { group: 'show', label: 'history.keys-region', caps: [['R']], command: simple('KeyR', 'region') },
  {
    group: 'show', label: 'history.keys-compare', caps: [['B']],
    command: simple('KeyB', 'compare'),
  },
  {
    group: 'show', label: 'keys.full-screen', caps: [['F']],
    command: simple('KeyF', 'full-screen'),
  },
  { group: 'show', label: 'keys.link', caps: [['C']], command: simple('KeyC', 'link') },
  { group: 'show', label: 'keys.save', caps: [['P']], command: simple('KeyP', 'save') },
  {
    group: 'show', label: 'history.keys-close', caps: [['Esc']],
    command: ({ key }) => (key === 'Escape' ? { kind: 'simple', act: 'close' } : null),
  },
  {
    group: 'show', label: 'history.keys-help', caps: [['?'], ['H']],
    command: either(
      (sample) => (asked(sample) === null ? null : { kind: 'simple', act: 'help' }),
      simple('KeyH', 'help'),
    ),
  },
];

/** The command of a key press; letters and signs have one only where `usesLetterKeys`. */
export function historyCommand(sample: KeySample, usesLetterKeys: boolean): HistoryCommand | null {
  const isBrowsers = sample.ctrlKey || sample.metaKey || sample.altKey;
  return isBrowsers || (!usesLetterKeys && isCharacter(sample))
    ? null
    : either(...HISTORY_BINDINGS.map(({ command }) => command))(sample);
}
