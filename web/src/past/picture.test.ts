import { expect, it } from 'vitest';

import { decodePicture, PictureError } from './picture';

/** 3×5 cells; each row is written with another of the five filters. */
const CELLS = [
  [0, 1, 2],
  [1, 1, 255],
  [2, 0, 1],
  [2, 2, 0],
  [0, 1, 2],
];
const COLORS = [0xff, 0, 0, 0, 0xff, 0, 0, 0, 0xff, 9, 9, 9];

function chunk(type: string, data: Uint8Array): number[] {
  const length = [24, 16, 8, 0].map((shift) => (data.length >> shift) & 255);
  // The checksum is the network's business here; TLS and TCP have theirs.
  return [...length, ...new TextEncoder().encode(type), ...data, 0, 0, 0, 0];
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const sorted = [left, above, corner]
    .map((value, order) => ({ value, order, far: Math.abs(guess - value) }))
    .sort((one, other) => one.far - other.far || one.order - other.order);
  return sorted[0]?.value ?? 0;
}

function filtered(): Uint8Array<ArrayBuffer> {
  const rows = CELLS.flatMap((row, y) => [
    y,
    ...row.map((cell, x) => {
      const left = row[x - 1] ?? 0;
      const above = CELLS[y - 1]?.[x] ?? 0;
      const corner = x > 0 ? (CELLS[y - 1]?.[x - 1] ?? 0) : 0;
      const predictions = [0, left, above, (left + above) >> 1, paeth(left, above, corner)];
      return (cell - (predictions[y] ?? 0)) & 255;
    }),
  ]);
  return Uint8Array.from(rows);
}

async function png(rows: Uint8Array<ArrayBuffer>, depth = 8): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  return Uint8Array.from([
    137, 80, 78, 71, 13, 10, 26, 10,
    ...chunk('IHDR', Uint8Array.from([0, 0, 0, 3, 0, 0, 0, 5, depth, 3, 0, 0, 0])),
    ...chunk('PLTE', Uint8Array.from(COLORS)),
    ...chunk('IDAT', packed.subarray(0, 6)),
    ...chunk('IDAT', packed.subarray(6)),
    ...chunk('IEND', new Uint8Array()),
  ]);
}

it('a picture’s indexes are read through every filter, with the colours in use', async () => {
  const picture = await decodePicture(await png(filtered()));
  expect([...picture.cells]).toEqual(CELLS.flat());
  expect(picture).toMatchObject({ width: 3, height: 5, colors: ['#FF0000', '#00FF00', '#0000FF'] });
});

it('what is no such picture is refused', async () => {
  await expect(decodePicture(new Uint8Array([1, 2, 3]))).rejects.toThrow(PictureError);
  await expect(decodePicture(await png(filtered(), 4))).rejects.toThrow(PictureError);
  await expect(decodePicture(await png(filtered().subarray(1)))).rejects.toThrow(PictureError);
  const whole = await png(filtered());
  await expect(decodePicture(whole.subarray(0, whole.length - 20))).rejects.toThrow(PictureError);
});
