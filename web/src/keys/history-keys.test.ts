import { describe, expect, it } from 'vitest';

import history from '../locales/history/en.json';
import en from '../locales/en.json';
import { HISTORY_BINDINGS, historyCommand } from './history-keys';
import type { KeySample } from './keys';

const PLAIN = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };

function press(key: string, code: string, held: Partial<KeySample> = {}, usesLetters = true) {
  return historyCommand({ ...PLAIN, key, code, ...held }, usesLetters);
}

describe('keys of the history', () => {
  it('play, step and go to a tenth of the round', () => {
    expect(press('j', 'KeyJ')).toEqual({ kind: 'play', direction: -1 });
    expect(press('д', 'KeyL')).toEqual({ kind: 'play', direction: 1 });
    expect(press('k', 'KeyK')).toEqual({ kind: 'simple', act: 'toggle' });
    expect(press('ArrowLeft', 'ArrowLeft')).toEqual({ kind: 'step', direction: -1 });
    expect(press('7', 'Digit7')).toEqual({ kind: 'part', share: 0.7 });
    expect(press('0', 'Numpad0')).toEqual({ kind: 'part', share: 0 });
  });

  it('leave the browser its own, and letters to those who do not want them as keys', () => {
    expect(press('l', 'KeyL', { ctrlKey: true })).toBeNull();
    expect(press('ArrowLeft', 'ArrowLeft', { altKey: true })).toBeNull();
    expect(press('l', 'KeyL', {}, false)).toBeNull();
    expect(press('?', 'Slash', { shiftKey: true }, false)).toBeNull();
    expect(press('5', 'Digit5', {}, false)).toEqual({ kind: 'part', share: 0.5 });
    expect(press('Escape', 'Escape', {}, false)).toEqual({ kind: 'simple', act: 'close' });
  });

  it('each have one meaning and a text', () => {
    const codes = [
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('').map((name) => `Key${name}`),
      ...'0123456789'.split('').map((digit) => `Digit${digit}`),
    ];
    for (const code of codes) {
      const sample = { ...PLAIN, key: 'x', code };
      const meanings = HISTORY_BINDINGS.filter(({ command }) => command(sample) !== null);
      expect(meanings.length, code).toBeLessThanOrEqual(1);
    }
    const texts = [
      ...Object.keys(history.history).map((name) => `history.${name}`),
      ...Object.keys(en.keys).map((name) => `keys.${name}`),
    ];
    for (const { label } of HISTORY_BINDINGS) {
      expect(texts).toContain(label);
    }
  });
});
