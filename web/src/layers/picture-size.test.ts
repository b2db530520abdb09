import { expect, it } from 'vitest';

import { pictureSize } from './picture-size';

/** Whole files as encoders wrote them. */
const FILES: readonly (readonly [string, number, number, string])[] = [
  ['a PNG', 3, 2,
    'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAEklEQVR4AWL678LwH4aZGJAAAAAA//8rnB5yAAAA' +
    'BklEQVQDAITjBsslEZhFAAAAAElFTkSuQmCC'],
  ['a GIF', 1, 1,
    'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'],
  ['a JPEG', 300, 2,
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////' +
    '////////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////' +
    '////////////////////////////////////wAARCAACASwDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAA' +
    'AAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAME/8QAFBEBAAAAAAAAAAAAAAAA' +
    'AAAAAP/aAAwDAQACEQMRAD8AgCLSAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/9k='],
  ['a lossy WebP', 17, 5,
    'UklGRkAAAABXRUJQVlA4IDQAAAAQAwCdASoRAAUAP3Gixlk0rCejsAgCkC4JQBai0AAQNgAA/m8fXlPibb+j64RZ' +
    'Xyp+AAAA'],
  ['a lossless WebP', 300, 7,
    'UklGRjYAAABXRUJQVlA4TCoAAAAvK4EBEA8wRPMf8x84CLONanD+tDO4d0T/o6qqqqqqqqqqqr0HAAAAAAA='],
  ['a WebP with opacity', 17, 5,
    'UklGRnQAAABXRUJQVlA4WAoAAAAQAAAAEAAABAAAQUxQSBQAAAABDzD/ERGCTNom8y+63zRE9D9qB1ZQOCA6AAAA' +
    'MAMAnQEqEQAFAD9xpMdZtKwoI7AIApAuCWoAsP3/4FbZQAD+bxy3Dc7COcMueckQlEC7FielysAAAA=='],
];

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

it.each(FILES)('the size of %s is read', (_, width, height, base64) => {
  expect(pictureSize(bytes(base64))).toEqual({ width, height });
});

it.each(FILES)('%s is read in a part of a buffer', (_, width, height, base64) => {
  const file = bytes(base64);
  const buffer = new Uint8Array(file.length + 7);
  buffer.set(file, 7);
  expect(pictureSize(buffer.subarray(7))).toEqual({ width, height });
});

it.each(FILES)('%s that ends too soon has no size', (_, _width, _height, base64) => {
  const file = bytes(base64);
  for (let length = 0; length < 10; length += 1) {
    expect(pictureSize(file.subarray(0, length))).toBeNull();
  }
});

it.each([
  ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  ['a bitmap of Windows', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0'],
  ['a sound', 'RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0'],
  ['a JPEG without a frame', '\xff\xd8\xff\xfe\0\x04ab\xff\xd9'],
  ['a GIF of nothing', 'GIF89a\0\0\0\0'],
])('%s is no picture', (_, text) => {
  expect(pictureSize(bytes(btoa(text)))).toBeNull();
});
