/** The ordered colours of a round, as the renderers and the page need them. */

/** The cell value that means "this cell is not open in this round". */
export const NOT_OPEN = 255;

/** Entries in a palette texture: one for each value a cell's byte can have. */
export const PALETTE_SLOTS = 256;

/** A round's colours. */
export interface Palette {
  /** `#RRGGBB`, in palette order. */
  readonly colors: readonly string[];
  /** 256 RGBA entries of 4 bytes; unused ones are transparent black. */
  readonly rgba: Uint8Array<ArrayBuffer>;
}

/** A colour of the palette was not written as `#RRGGBB`, or there were more than 255. */
export class PaletteError extends Error {
  override readonly name = 'PaletteError';
}

/**
 * Reads a palette from `#RRGGBB` strings.
 * @throws {PaletteError} at a malformed colour or more than 255 colours.
 */
export function parsePalette(colors: readonly string[]): Palette {
  if (colors.length >= PALETTE_SLOTS) {
    throw new PaletteError(`a palette has at most 255 colours, this one has ${colors.length}`);
  }
  const rgba = new Uint8Array(PALETTE_SLOTS * 4);
  colors.forEach((color, index) => {
    if (!/^#[0-9a-f]{6}$/i.test(color)) {
      throw new PaletteError(`colour ${index} is not written as #RRGGBB`);
    }
    const value = Number.parseInt(color.slice(1), 16);
    rgba.set([value >> 16, (value >> 8) & 0xff, value & 0xff, 0xff], index * 4);
  });
  return { colors: colors.map((color) => color.toUpperCase()), rgba };
}

/**
 * Whether black text reads better than white on a colour.
 * WCAG 2.2 relative luminance; 0.179 is where both have the same contrast.
 */
export function isLight(color: string): boolean {
  const value = Number.parseInt(color.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 0xff, value & 0xff].map(linear);
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0) > 0.179;
}

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
