/** Pictures that players lay over the canvas to copy from. */

import type { TemplateLayer } from '../canvas/scene';

/** Templates of one canvas at most. */
export const MAX_TEMPLATES = 16;

/** A template as the page knows it; a changed one is a new object with the same `cells`. */
export interface Template extends TemplateLayer {
  readonly title: string;
  /** Where the picture came from, or `null` for a file of the reader's. */
  readonly url: string | null;
  readonly isShown: boolean;
}

/** What the browser keeps of a template: the picture itself, as palettes may change. */
export interface KeptTemplate {
  readonly id: string;
  /** The canvas's slug. */
  readonly canvas: string;
  /** Unix milliseconds; templates stay in the order in which they were added. */
  readonly addedAt: number;
  readonly title: string;
  readonly url: string | null;
  readonly x: number;
  readonly y: number;
  /** Width in cells, or `null` when each of the picture's pixels is a cell. */
  readonly width: number | null;
  readonly opacity: number;
  readonly style: TemplateLayer['style'];
  readonly isShown: boolean;
  readonly file: Blob;
}

/** Why there is no template. */
export type TemplateFault =
  /** The file is larger than `MAX_FILE_BYTES`. */
  | 'large-file'
  | 'no-picture'
  /** The picture has more pixels, or makes more cells, than the page can hold. */
  | 'large-picture'
  /** There are as many templates as there may be. */
  | 'too-many'
  /** The page's own policy lets nothing be read from there. */
  | 'blocked-host'
  /** No answer, or one that only its own site may read. */
  | 'unreachable'
  | 'no-address';

/** A template could not be made. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly fault: TemplateFault;

  constructor(fault: TemplateFault, options?: ErrorOptions) {
    super(`no template: ${fault}`, options);
    this.fault = fault;
  }
}
