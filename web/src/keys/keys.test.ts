import { describe, expect, it } from 'vitest';

import en from '../locales/en.json';
import { KEY_BINDINGS, keyCommand, type KeySample } from './keys';

const PLAIN = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };

function press(key: string, code: string, held: Partial<KeySample> = {}) {
  return keyCommand({ ...PLAIN, key, code, ...held });
}

describe('keys', () => {
  it('move the cursor, by ten cells with Shift', () => {
    expect(press('ArrowLeft', 'ArrowLeft')).toEqual({ kind: 'move', dx: -1, dy: 0 });
    expect(press('ArrowDown', 'ArrowDown', { shiftKey: true }))
      .toEqual({ kind: 'move', dx: 0, dy: 10 });
  });

  it('that are letters work by their place, whatever the layout', () => {
    expect(press('g', 'KeyG')).toEqual({ kind: 'simple', act: 'grid' });
    expect(press('п', 'KeyG')).toEqual({ kind: 'simple', act: 'grid' });
    expect(press('ц', 'KeyW')).toMatchObject({ kind: 'pan', dx: 0 });
    expect(press('х', 'BracketLeft')).toEqual({ kind: 'turn', direction: -1 });
  });

  it('choose eighteen colours by digits, also where Shift makes signs of them', () => {
    expect(press('1', 'Digit1')).toEqual({ kind: 'color', index: 0 });
    expect(press('!', 'Digit1', { shiftKey: true })).toEqual({ kind: 'color', index: 9 });
    // Shift and 7 on a Russian keyboard is a question mark.
    expect(press('?', 'Digit7', { shiftKey: true })).toEqual({ kind: 'color', index: 15 });
    expect(press('9', 'Numpad9')).toEqual({ kind: 'color', index: 8 });
  });

  it('open the sheet by the question mark or by its place', () => {
    expect(press('?', 'Slash', { shiftKey: true })).toEqual({ kind: 'simple', act: 'shortcuts' });
    expect(press(',', 'Slash', { shiftKey: true })).toEqual({ kind: 'simple', act: 'shortcuts' });
    expect(press('?', 'Minus', { shiftKey: true })).toEqual({ kind: 'simple', act: 'shortcuts' });
    expect(press('/', 'Slash')).toBeNull();
  });

  it('leave the browser its own, but for undo', () => {
    expect(press('+', 'Equal', { ctrlKey: true })).toBeNull();
    expect(press('c', 'KeyC', { metaKey: true })).toBeNull();
    expect(press('ArrowLeft', 'ArrowLeft', { altKey: true })).toBeNull();
    expect(press('z', 'KeyZ', { ctrlKey: true })).toEqual({ kind: 'simple', act: 'undo' });
    expect(press('я', 'KeyZ', { metaKey: true })).toEqual({ kind: 'simple', act: 'undo' });
    expect(press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true })).toBeNull();
  });

  it('that write a letter or a sign do nothing when switched off; the others stay', () => {
    const quiet = (key: string, code: string, held: Partial<KeySample> = {}) =>
      keyCommand({ ...PLAIN, key, code, ...held }, false);
    expect(quiet('g', 'KeyG')).toBeNull();
    expect(quiet('п', 'KeyG')).toBeNull();
    expect(quiet('х', 'BracketLeft')).toBeNull();
    expect(quiet('+', 'Equal')).toBeNull();
    expect(quiet('?', 'Slash', { shiftKey: true })).toBeNull();
    expect(quiet('z', 'KeyZ', { ctrlKey: true })).toEqual({ kind: 'simple', act: 'undo' });
    expect(quiet('!', 'Digit1', { shiftKey: true })).toEqual({ kind: 'color', index: 9 });
    expect(quiet('9', 'Numpad9')).toEqual({ kind: 'color', index: 8 });
    expect(quiet('ArrowLeft', 'ArrowLeft')).toEqual({ kind: 'move', dx: -1, dy: 0 });
    expect(quiet(' ', 'Space')).toEqual({ kind: 'simple', act: 'place' });
    expect(quiet('Escape', 'Escape')).toEqual({ kind: 'simple', act: 'let-go' });
  });

  it('place by Enter and Space, and tell of the cell by Shift and Enter', () => {
    expect(press('Enter', 'Enter')).toEqual({ kind: 'simple', act: 'place' });
    expect(press(' ', 'Space')).toEqual({ kind: 'simple', act: 'place' });
    expect(press('Enter', 'Enter', { shiftKey: true })).toEqual({ kind: 'simple', act: 'cell' });
  });

  it('each have one meaning and a text', () => {
    const codes = [
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('').map((name) => `Key${name}`),
      ...'0123456789'.split('').map((digit) => `Digit${digit}`),
    ];
    for (const code of codes) {
      const sample = { ...PLAIN, key: 'x', code };
      const meanings = KEY_BINDINGS.filter(({ command }) => command(sample) !== null);
      expect(meanings.length, code).toBeLessThanOrEqual(1);
    }
    for (const { label } of KEY_BINDINGS) {
      expect(Object.keys(en.keys), label).toContain(label.replace('keys.', ''));
    }
  });
});
