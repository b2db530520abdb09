// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';

import en from './en.json';
import { chooseLanguage, errorText, formatCountdown, languages, t } from './index';
import { pluralRule } from './plurals';

type Tree = Readonly<Record<string, Readonly<Record<string, string>>>>;

const FILES = import.meta.glob<Tree>('./**/*.json', { import: 'default', eager: true });

/** All texts of a language together by their keys: parts that only some page needs too. */
function allTextsOf(tag: string): Record<string, string> {
  const trees = Object.entries(FILES).filter(([path]) => path.endsWith(`/${tag}.json`));
  return Object.fromEntries(trees.flatMap(([, tree]) => Object.entries(textsOf(tree))));
}

/** Every text of a language by its key. */
function textsOf(tree: Tree): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([section, texts]) =>
      Object.entries(texts).map(([name, text]) => [`${section}.${name}`, text]),
    ),
  );
}

function partsOf(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

it.each(languages)('%s has every text, with the same parts to fill in', (tag) => {
  const reference = allTextsOf('en');
  const texts = allTextsOf(tag);
  expect(Object.keys(texts).sort()).toEqual(Object.keys(reference).sort());
  for (const [key, text] of Object.entries(reference)) {
    expect(partsOf(texts[key] ?? ''), key).toEqual(partsOf(text));
    expect(texts[key], key).not.toMatch(/[@]|^\s*$/);
  }
});

it('the form of a number is the one of its language', () => {
  const russian = pluralRule('ru');
  expect([1, 2, 5, 11, 21, 22, 0].map((count) => russian(count, 3))).toEqual([0, 1, 2, 2, 0, 1, 2]);
  const english = pluralRule('en');
  expect([0, 1, 2].map((count) => english(count, 2))).toEqual([1, 0, 1]);
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
    expect(errorText({ code: 'unchanged', message: 'x' })).toBe(en.error.unchanged);
    expect(errorText({ code: 'brand_new', message: 'It is new.' })).toBe('It is new.');
  });

  it('count down to nothing and not to a second early', () => {
    expect([0, 1, 1_000, 1_001, 61_000].map(formatCountdown)).toEqual([
      '0:00', '0:01', '0:01', '0:02', '1:01',
    ]);
  });
});
