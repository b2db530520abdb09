// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';

import { en } from './en';
import { chooseLanguage, errorText, formatCountdown, t } from './index';
import { ru } from './ru';

it('both languages have the same texts with the same parts to fill in', () => {
  const parts = (text: string): string[] => [...(text.match(/\{\w+\}/g) ?? [])].sort();
  expect(Object.keys(ru)).toEqual(Object.keys(en));
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(parts(ru[key]), key).toEqual(parts(en[key]));
  }
});

it('the first known language of the reader is chosen', () => {
  expect(chooseLanguage(['de-AT', 'ru-RU', 'en'])).toBe('ru');
  expect(chooseLanguage(['de'])).toBe('en');
});

describe('texts', () => {
  it('are filled in', () => {
    expect(t('place.action', { x: 3, y: 4 })).toBe('Place at 3, 4');
  });

  it('tell an error by its code, else in the server’s words', () => {
    expect(errorText({ code: 'unchanged', message: 'x' })).toBe(en['error.unchanged']);
    expect(errorText({ code: 'brand_new', message: 'It is new.' })).toBe('It is new.');
  });

  it('count down to nothing and not to a second early', () => {
    expect([0, 1, 1_000, 1_001, 61_000].map(formatCountdown)).toEqual([
      '0:00', '0:01', '0:01', '0:02', '1:01',
    ]);
  });
});
