/** What somebody chose before they could place it, as text that outlives a sign-in elsewhere. */

import type { Point } from '../canvas/viewport';

/** A cell and a colour to place there. */
export interface Wish {
  readonly cell: Point | null;
  /** Palette index. */
  readonly color: number | null;
}

/** Reads a wish; a text that holds none is no wish. */
export function readWish(text: string | null): Wish {
  const parts = /^(?:(\d{1,5}),(\d{1,5}))?;(\d{1,3})?$/.exec(text ?? '');
  const [, x, y, color] = parts ?? [];
  return {
    cell: x === undefined || y === undefined ? null : { x: Number(x), y: Number(y) },
    color: color === undefined ? null : Number(color),
  };
}

/** Writes a wish; `null` when there is nothing to keep. */
export function writeWish({ cell, color }: Wish): string | null {
  return cell === null && color === null
    ? null
    : `${cell === null ? '' : `${cell.x},${cell.y}`};${color ?? ''}`;
}
