/** Reads pictures into cells, within bounds that a phone can bear. */

import { TemplateError } from './template';
import { cellColors, toPalette } from './template-colors';
import { MAX_WIDTH } from './template-url';

/** Largest picture file in bytes. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Most cells of one template. */
export const MAX_CELLS = 4 * 1024 * 1024;

/** Most pixels of a picture: what iOS lets a page decode and draw. */
const MAX_PIXELS = 64 * 1024 * 1024;

/** Rows of pixels that are read at once, at least one cell's. */
const STRIP_PIXELS = 1024 * 1024;

/** A picture as cells. */
export interface TemplateCells {
  readonly width: number;
  readonly height: number;
  /** Palette indexes by rows; 255 is no cell. */
  readonly cells: Uint8Array;
}

/**
 * Reads a picture. `width` is its width in cells; `null` makes each pixel a cell.
 * @throws {TemplateError} when it is no picture, or a too large one.
 */
export async function templateCells(
  file: Blob,
  width: number | null,
  palette: readonly string[],
): Promise<TemplateCells> {
  if (file.size > MAX_FILE_BYTES) {
    throw new TemplateError('large-file');
  }
  const bitmap = await decoded(file);
  try {
    const columns = width ?? bitmap.width;
    const rows = Math.max(Math.round((bitmap.height * columns) / bitmap.width), 1);
    const isLarge = columns > MAX_WIDTH || rows > MAX_WIDTH || columns * rows > MAX_CELLS;
    if (isLarge || bitmap.width * bitmap.height > MAX_PIXELS) {
      throw new TemplateError('large-picture');
    }
    return { width: columns, height: rows, cells: await cut(bitmap, columns, rows, palette) };
  } finally {
    bitmap.close();
  }
}

async function decoded(file: Blob): Promise<ImageBitmap> {
  try {
    // The colours as they are in the file: profiles and premultiplying would change them.
    return await createImageBitmap(file, {
      colorSpaceConversion: 'none', premultiplyAlpha: 'none',
    });
  } catch (cause) {
    throw new TemplateError('no-picture', { cause });
  }
}

/** Strip by strip, so that neither memory nor the page suffers. */
async function cut(
  bitmap: ImageBitmap,
  columns: number,
  rows: number,
  palette: readonly string[],
): Promise<Uint8Array> {
  const cells = new Uint8Array(columns * rows);
  const rowsAtOnce = Math.max(
    Math.floor((STRIP_PIXELS * rows) / (bitmap.width * bitmap.height)), 1,
  );
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    const top = Math.floor((row * bitmap.height) / rows);
    const bottom = Math.max(Math.floor(((row + count) * bitmap.height) / rows), top + 1);
    const colors = cellColors(pixelsOf(bitmap, top, bottom - top), columns, count);
    cells.set(toPalette(colors, palette), row * columns);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return cells;
}

function pixelsOf(bitmap: ImageBitmap, top: number, height: number): ImageData {
  const element = document.createElement('canvas');
  element.width = bitmap.width;
  element.height = height;
  const context = element.getContext('2d', { willReadFrequently: true });
  if (context === null) {
    throw new TemplateError('large-picture');
  }
  context.drawImage(bitmap, 0, -top);
  return context.getImageData(0, 0, bitmap.width, height);
}
