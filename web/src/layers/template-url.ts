/**
 * Templates in the page's address, as Pxls writes them: `template` is the picture's address, `ox`
 * and `oy` its corner, `tw` its width in cells, `title` its name, `oo` its opacity.
 */

import { MAX_TEMPLATES, type Template } from './template';

/** A template that an address names. */
export interface TemplateLink {
  readonly url: string;
  readonly x: number;
  readonly y: number;
  /** Width in cells, or `null` for one cell a pixel. */
  readonly width: number | null;
  readonly title: string;
  /** 0 to 1. */
  readonly opacity: number;
}

/** Opacity of a template for which nobody said another. */
export const USUAL_OPACITY = 0.6;

/** Farthest corner of a template, in cells from the canvas's own. */
export const MAX_OFFSET = 65_535;

/** Widest template in cells: the widest canvas. */
export const MAX_WIDTH = 8_192;

/** Longest title in characters. */
export const MAX_TITLE = 80;

/** Words of an address that are about templates, and outlive a new place in it. */
export const TEMPLATE_WORDS: readonly string[] =
  ['template', 'ox', 'oy', 'tw', 'title', 'oo', 'convert'];

/**
 * Reads the templates of an address, `MAX_TEMPLATES` at most; several are told by repeating the
 * words, the n-th of each being of the n-th template.
 */
export function templatesFromAddress(
  { hash, search }: { readonly hash: string; readonly search: string },
): TemplateLink[] {
  const inHash = new URLSearchParams(hash.replace(/^#/, ''));
  const params = inHash.has('template') ? inHash : new URLSearchParams(search);
  const all = (name: string): string[] => params.getAll(name);
  return all('template').slice(0, MAX_TEMPLATES).flatMap((text, at) => {
    const url = pictureAddress(text);
    const width = whole(all('tw')[at], 1, MAX_WIDTH);
    return url === null
      ? []
      : [{
          url,
          x: whole(all('ox')[at], -MAX_OFFSET, MAX_OFFSET) ?? 0,
          y: whole(all('oy')[at], -MAX_OFFSET, MAX_OFFSET) ?? 0,
          width,
          title: (all('title')[at] ?? '').slice(0, MAX_TITLE),
          opacity: share(all('oo')[at]) ?? USUAL_OPACITY,
        }];
  });
}

/** The hash's part for a template that has an address; `null` for one that has none. */
export function hashOfTemplate({ url, x, y, width, title }: Template): string | null {
  if (url === null) {
    return null;
  }
  const words = { template: url, ox: x, oy: y, tw: width, ...(title === '' ? {} : { title }) };
  return Object.entries(words)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** A hash or a query without the template of one address; its first sign and the rest stay. */
export function withoutTemplate(text: string, url: string): string {
  const parts = text.slice(1).split('&').map((part) => ({ part, word: part.split('=')[0] ?? '' }));
  const names = new URLSearchParams(text.slice(1)).getAll('template');
  const isGone = names.map((name) => pictureAddress(name) === url);
  const seen = new Map<string, number>();
  const rest = parts.filter(({ word }) => {
    const at = seen.get(word) ?? 0;
    seen.set(word, at + 1);
    return !TEMPLATE_WORDS.includes(word) || isGone[at] === false;
  });
  return rest.every(({ part }) => part === '')
    ? ''
    : text.slice(0, 1) + rest.map(({ part }) => part).join('&');
}

/** An address that a picture can be fetched from, or `null`. */
export function pictureAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null;
}

/** A name for a picture that has only an address. */
export function titleOfPicture(url: string): string {
  const name = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(name).replace(/\.[^.]*$/, '');
  } catch {
    return name;
  }
}

function whole(text: string | undefined, least: number, most: number): number | null {
  const value = /^-?\d{1,7}$/.test(text ?? '') ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

function share(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? NaN : Number(text);
  return value >= 0 && value <= 1 ? value : null;
}
