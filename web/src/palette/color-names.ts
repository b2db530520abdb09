/** What people call a colour. */

import type { MessageKey } from '../locales';

/** Colours of r/place and Pxls by what their players call them; the name is a text of `color`. */
const NAMED = {
  // r/place 2022
  '6D001A': 'burgundy', 'BE0039': 'dark-red', 'FF4500': 'red', 'FFA800': 'orange',
  'FFD635': 'yellow', 'FFF8B8': 'pale-yellow', '00A368': 'dark-green', '00CC78': 'green',
  '7EED56': 'light-green', '00756F': 'dark-teal', '009EAA': 'teal', '00CCC0': 'light-teal',
  '2450A4': 'dark-blue', '3690EA': 'blue', '51E9F4': 'light-blue', '493AC1': 'indigo',
  '6A5CFF': 'periwinkle', '94B3FF': 'lavender', '811E9F': 'dark-purple', 'B44AC0': 'purple',
  'E4ABFF': 'pale-purple', 'DE107F': 'magenta', 'FF3881': 'pink', 'FF99AA': 'light-pink',
  '6D482F': 'dark-brown', '9C6926': 'brown', 'FFB470': 'beige', '000000': 'black',
  '515252': 'dark-grey', '898D90': 'grey', 'D4D7D9': 'light-grey', 'FFFFFF': 'white',
  // r/place 2017
  'E4E4E4': 'light-grey', '888888': 'grey', '222222': 'charcoal', 'FFA7D1': 'light-pink',
  'E50000': 'red', 'E59500': 'orange', 'A06A42': 'brown', 'E5D900': 'yellow',
  '94E044': 'light-green', '02BE01': 'green', '00D3DD': 'light-blue', '0083C7': 'blue',
  '0000EA': 'dark-blue', 'CF6EE4': 'light-purple', '820080': 'purple',
  // Pxls
  'B9C3CF': 'light-grey', '777F8C': 'grey', '424651': 'dark-grey', '1F1E26': 'charcoal',
  '382215': 'dark-chocolate', '7C3F20': 'chocolate', 'C06F37': 'brown', 'FEAD6C': 'peach',
  'FFD2B1': 'beige', 'FFA4D0': 'light-pink', 'F14FB4': 'magenta', 'E973FF': 'mauve',
  'A630D2': 'purple', '531D8C': 'dark-purple', '242367': 'navy', '0334BF': 'blue',
  '149CFF': 'azure', '8DF5FF': 'aqua', '01BFA5': 'light-teal', '16777E': 'dark-teal',
  '054523': 'forest', '18862F': 'dark-green', '61E021': 'green', 'B1FF37': 'lime',
  'FFFFA5': 'pale-yellow', 'FDE111': 'yellow', 'FF9F17': 'orange', 'F66E08': 'rust',
  '550022': 'maroon', '99011A': 'dark-red', 'F30F0C': 'red', 'FF7872': 'watermelon',
} as const satisfies Readonly<Record<string, string>>;

/** The text that names a colour. */
export type ColorName = `color.${(typeof NAMED)[keyof typeof NAMED]}` & MessageKey;

type Lab = readonly [number, number, number];

const KNOWN: readonly (readonly [string, string])[] = Object.entries(NAMED);

/** Names found before: a page asks for the same few colours again and again. */
const found = new Map<string, ColorName>();

/** The name of a colour (`#RRGGBB`): its own, or that of the named colour that looks nearest. */
export function colorName(color: string): ColorName {
  const hex = color.slice(1).toUpperCase();
  const before = found.get(hex);
  if (before !== undefined) {
    return before;
  }
  const name = `color.${KNOWN.find(([known]) => known === hex)?.[1] ?? nearest(hex)}` as ColorName;
  found.set(hex, name);
  return name;
}

function nearest(hex: string): string {
  const lab = oklab(hex);
  const distances = KNOWN.map(([known, name]) => ({ name, far: distance(oklab(known), lab) }));
  return distances.reduce((best, one) => (one.far < best.far ? one : best)).name;
}

function distance(one: Lab, other: Lab): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

/** OKLab, where distances are as people see them; Björn Ottosson, 2020. */
function oklab(hex: string): Lab {
  const value = Number.parseInt(hex, 16);
  const [red, green, blue] = [linear(value >> 16), linear((value >> 8) & 255), linear(value & 255)];
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
