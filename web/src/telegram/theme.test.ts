import { expect, it } from 'vitest';

import css from '../styles/base.css?raw';
import { contrast, OWN, themeOf } from './theme';

/** Telegram for Android at night, as its client sends it. */
const NIGHT = {
  bg_color: '#17212b', secondary_bg_color: '#232e3c', text_color: '#f5f5f5', hint_color: '#708499',
  subtitle_text_color: '#708499', button_color: '#5288c1', button_text_color: '#ffffff',
};
/** Telegram for iOS by day. */
const DAY = {
  bg_color: '#ffffff', secondary_bg_color: '#efeff4', text_color: '#000000', hint_color: '#8e8e93',
  button_color: '#007aff', button_text_color: '#ffffff',
};

it('surfaces and text are taken over', () => {
  expect(themeOf(NIGHT)).toMatchObject({
    scheme: 'dark',
    tokens: { '--panel': '#17212b', '--field': '#232e3c', '--text': '#f5f5f5' },
  });
  expect(themeOf(DAY)).toMatchObject({
    scheme: 'light',
    tokens: { '--panel': '#ffffff', '--field': '#efeff4', '--text': '#000000' },
  });
});

it('a pair below AA is left to the page', () => {
  // Both themes' hints have less than 4.5 : 1, and white on #5288c1 and #007aff too.
  for (const { tokens } of [NIGHT, DAY].map((params) => themeOf(params) ?? { tokens: {} })) {
    expect(tokens).not.toHaveProperty('--text-soft');
    expect(tokens).not.toHaveProperty('--accent');
  }
  const strong = themeOf({ ...DAY, button_color: '#0055bb', hint_color: '#55555a' });
  expect(strong?.tokens).toMatchObject({
    '--accent': '#0055bb', '--on-accent': '#ffffff', '--text-soft': '#55555a',
  });
});

it('a surface that cannot carry the page’s own colours is not taken', () => {
  expect(themeOf({ ...DAY, bg_color: '#808080' })?.tokens).toEqual({});
});

it.each([{}, { bg_color: 'red' }, { bg_color: 3 }, { text_color: '#000000' }])(
  '%j is no theme',
  (params) => {
    expect(themeOf(params)).toBeNull();
  },
);

it('black and white have the largest contrast', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
});

it('the fallback colours are those of the page', () => {
  const long = (hex: string): string =>
    hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
  for (const name of Object.keys(OWN.light)) {
    const pair = new RegExp(`${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(css) ?? [];
    expect([name, long(pair[1] ?? ''), long(pair[2] ?? '')])
      .toEqual([name, OWN.light[name], OWN.dark[name]]);
  }
});
