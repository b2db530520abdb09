import { expect, it } from 'vitest';

import en from '../locales/en.json';
import { colorName } from './color-names';
import { glyphsFor } from './glyphs';

it.each([
  ['#FF4500', 'color.red'],
  ['#6d482f', 'color.dark-brown'],
  ['#FFFFFF', 'color.white'],
  ['#0000EA', 'color.dark-blue'],
])('%s has the name that players know', (color, name) => {
  expect(colorName(color)).toBe(name);
});

it.each([
  ['#FE4601', 'color.red'],
  ['#010101', 'color.black'],
  ['#FDFDFE', 'color.white'],
  ['#00CD79', 'color.green'],
])('%s is called as the colour that looks nearest', (color, name) => {
  expect(colorName(color)).toBe(name);
});

it('every name has a text', () => {
  const steps = [0, 51, 102, 153, 204, 255].map((step) => step.toString(16).padStart(2, '0'));
  for (const red of steps) {
    for (const green of steps) {
      for (const blue of steps) {
        const name = colorName(`#${red}${green}${blue}`);
        expect(en.color).toHaveProperty(name.replace('color.', ''));
      }
    }
  }
});

it('each colour has a sign of its own', () => {
  for (const count of [1, 32, 64, 255]) {
    const glyphs = glyphsFor(count);
    expect(glyphs).toHaveLength(count);
    expect(new Set(glyphs).size).toBe(count);
  }
});
