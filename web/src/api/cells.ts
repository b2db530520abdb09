/** What a cell holds and has held, and pictures of the canvas: read by anybody. */

import { request } from './http';
import type { CellAnswer } from './types';

/** Which page of a cell's history. */
export interface CellPage {
  /** Of this round; the newest unless told. */
  readonly round?: number | null;
  /** Entries before this version; the newest unless told. */
  readonly before?: number | null;
  /** Entries at most, 1 to 100. */
  readonly limit: number;
}

/** Fetches a cell with a page of its history. */
export async function fetchCell(
  canvas: string,
  { x, y }: { readonly x: number; readonly y: number },
  { round = null, before = null, limit }: CellPage,
): Promise<CellAnswer> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (round !== null) {
    query.set('round', String(round));
  }
  if (before !== null) {
    query.set('before', String(before));
  }
  const answer = await request(`${rootOf(canvas)}/cells/${x}/${y}?${query.toString()}`);
  return (await answer.json()) as CellAnswer;
}

/** The address of a picture of the whole canvas, one pixel a cell: now, or at a version. */
export function pictureUrl(canvas: string, version: number | null): string {
  return `${rootOf(canvas)}/image.png${version === null ? '' : `?version=${version}`}`;
}

/** Fetches the picture of the whole canvas at a version. */
export async function fetchPicture(
  canvas: string,
  version: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await request(pictureUrl(canvas, version), { accept: 'image/png' });
  return new Uint8Array(await answer.bytes());
}

function rootOf(canvas: string): string {
  return `/api/v1/canvases/${encodeURIComponent(canvas)}`;
}
