/** Pictures of the canvas as files. */

import type { Cells } from '../canvas/cells';
import type { Palette } from '../canvas/palette';

/** More cells than this are drawn by the server: a browser's canvas may not be that large. */
export const MAX_DRAWN_CELLS = 16 * 1024 * 1024;

/** Rows drawn at once, so that no second copy of the whole picture is made. */
const CHUNK_ROWS = 64;

/** Draws a canvas, one pixel a cell, as a PNG; cells that are not open stay transparent. */
export async function pictureOf(cells: Cells, palette: Palette): Promise<Blob> {
  const { width, height, bytes } = cells;
  const element = document.createElement('canvas');
  element.width = width;
  element.height = height;
  const context = element.getContext('2d');
  if (context === null) {
    throw new Error('the browser gives no canvas to draw on');
  }
  const colors = new Uint32Array(palette.rgba.buffer);
  for (let top = 0; top < height; top += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, height - top);
    const image = new ImageData(width, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let at = 0; at < pixels.length; at += 1) {
      pixels[at] = colors[bytes[top * width + at] ?? 0] ?? 0;
    }
    context.putImageData(image, 0, top);
  }
  return new Promise((resolve, reject) => {
    element.toBlob((blob) => {
      if (blob === null) {
        reject(new Error('the browser made no picture'));
      } else {
        resolve(blob);
      }
    }, 'image/png');
  });
}

/** A file's name without an end: which canvas, what of it, and its version. */
export function fileName(canvas: string, part: string, version: number | null): string {
  return [canvas, part, ...(version === null ? [] : [`v${version}`])].join('-');
}

/** Hands a picture over as a download. */
export function download(picture: Blob, name: string): void {
  const url = URL.createObjectURL(picture);
  downloadFrom(url, name);
  // The download has begun by the next task; the picture may be large.
  setTimeout(() => { URL.revokeObjectURL(url); }, 10_000);
}

/** Downloads a picture of this server. */
export function downloadFrom(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.png`;
  link.click();
}
