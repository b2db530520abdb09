/** Reads pictures into cells, within bounds that a phone can bear. */

import { type PictureSize, pictureSize } from './picture-size';
import { TemplateError } from './template';
import { cellColors, toPalette } from './template-colors';
import { MAX_WIDTH } from './template-url';

/** Largest picture file in bytes. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Most cells of one template. */
export const MAX_CELLS = 4 * 1024 * 1024;

/** Most pixels of a picture: what iOS lets a page decode and draw. */
const MAX_PIXELS = 64 * 1024 * 1024;

/** Pixels that are read at once, at least one row of cells. */
const STRIP_PIXELS = 128 * 1024;

/** Cutting goes on so long without letting the page draw a frame, in milliseconds. */
const BUDGET_MS = 8;

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
  const told = pictureSize(new Uint8Array(await file.arrayBuffer()));
  if (told === null) {
    throw new TemplateError('no-picture');
  }
  const turned = { width: told.height, height: told.width };
  // A photograph may say that it lies on its side.
  if (cellsOf(told, width) === null && cellsOf(turned, width) === null) {
    throw new TemplateError('large-picture');
  }
  const bitmap = await decoded(file);
  try {
    const size = cellsOf(bitmap, width);
    if (size === null) {
      throw new TemplateError('large-picture');
    }
    return { ...size, cells: await cut(bitmap, size.width, size.height, palette) };
  } finally {
    bitmap.close();
  }
}

/** The cells that a picture makes, or `null` when the picture or they are too many. */
function cellsOf(picture: PictureSize, columns: number | null): PictureSize | null {
  const width = columns ?? picture.width;
  const height = Math.max(Math.round((picture.height * width) / picture.width), 1);
  const isLarge = width > MAX_WIDTH || height > MAX_WIDTH || width * height > MAX_CELLS;
  return isLarge || picture.width * picture.height > MAX_PIXELS ? null : { width, height };
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
  const strip = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (strip === null) {
    throw new TemplateError('large-picture');
  }
  const rowsAtOnce = Math.max(
    Math.floor((STRIP_PIXELS * rows) / (bitmap.width * bitmap.height)), 1,
  );
  let begun = performance.now();
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    const top = Math.floor((row * bitmap.height) / rows);
    const bottom = Math.max(Math.floor(((row + count) * bitmap.height) / rows), top + 1);
    const colors = cellColors(pixelsOf(bitmap, strip, top, bottom - top), columns, count);
    cells.set(toPalette(colors, palette), row * columns);
    if (performance.now() - begun > BUDGET_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      begun = performance.now();
    }
  }
  return cells;
}

function pixelsOf(
  bitmap: ImageBitmap,
  strip: CanvasRenderingContext2D,
  top: number,
  height: number,
): ImageData {
  const { width } = bitmap;
  // Setting a size, even the same, also clears.
  strip.canvas.width = width;
  strip.canvas.height = height;
  strip.drawImage(bitmap, 0, top, width, height, 0, 0, width, height);
  return strip.getImageData(0, 0, width, height);
}
