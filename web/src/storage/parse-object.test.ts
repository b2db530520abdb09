import { expect, it } from 'vitest';

import { parseObject } from './parse-object';

it('reads an object', () => {
  expect(parseObject('{"a":1}')).toEqual({ a: 1 });
});

it.each([null, '', '{', 'null', '7', '"text"'])('reads nothing from %s', (text) => {
  expect(Object.keys(parseObject(text))).toEqual([]);
});
