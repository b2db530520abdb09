/** What a cell holds and has held, and pictures of the canvas: read by anybody. */

import { request } from './http';
import type { PlayerName } from './types';

/** One event of a cell. */
export interface CellEntry {
  readonly version: number;
  /** RFC 3339. */
  readonly at: string;
  /** The event's kind, such as `PlacementMade`. */
  readonly type: string;
  /** The palette index that the cell held from then on. */
  readonly color: number;
  /** `null` when a moderator is not named. */
  readonly player: PlayerName | null;
}

/** `GET /canvases/{c}/cells/{x}/{y}`; the background has no `player`, `version` and `at`. */
export interface CellAnswer {
  readonly x: number;
  readonly y: number;
  readonly color: number;
  readonly player: PlayerName | null;
  readonly version: number | null;
  readonly at: string | null;
  /** Newest first. */
  readonly history: readonly CellEntry[];
  /** Where the next page begins; `null` when there is none. */
  readonly next_before: number | null;
  /** Whether older entries exist that the server does not remember. */
  readonly truncated: boolean;
}

/** Which page of a cell's history. */
export interface CellPage {
  /** Entries before this version; the newest unless told. */
  readonly before?: number | null;
  /** Entries at most, 1 to 100. */
  readonly limit: number;
}

/** Fetches a cell with a page of its history. */
export async function fetchCell(
  canvas: string,
  { x, y }: { readonly x: number; readonly y: number },
  { before = null, limit }: CellPage,
): Promise<CellAnswer> {
  const query = new URLSearchParams({ limit: String(limit) });
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
