import { expect, it } from 'vitest';

import { charactersIn, cleaned, EMPTY_DRAFT, faultOf, readDraft } from './draft';

it('a draft comes back as it was kept', () => {
  const draft = {
    category: 'idea', text: 'More\ncolours', contact: '@ada', hasPlace: false,
  } as const;
  expect(readDraft(JSON.stringify(draft))).toEqual(draft);
});

it.each([null, '', '{', '3', 'null', '{"category":"praise","text":3,"hasPlace":"no"}'])(
  '%j is read as an empty form',
  (text) => {
    expect(readDraft(text)).toEqual(EMPTY_DRAFT);
  },
);

it('what a terminal would obey is taken out of a text', () => {
  expect(cleaned(' a\u001b[31m\r\n\tb\u0000 ')).toBe('a[31m\n\tb');
});

it('characters are counted as the server counts them', () => {
  expect(charactersIn('  a😀б ')).toBe(3);
});

it('what cannot be sent is told before it is sent', () => {
  expect(faultOf({ ...EMPTY_DRAFT, text: ' \n' })).toBe('empty');
  expect(faultOf({ ...EMPTY_DRAFT, text: 'x'.repeat(4_001) })).toBe('text-too-long');
  expect(faultOf({ ...EMPTY_DRAFT, text: 'x', contact: 'y'.repeat(201) })).toBe('contact-too-long');
  expect(faultOf({ ...EMPTY_DRAFT, text: '😀'.repeat(4_000), contact: 'y' })).toBeNull();
});
