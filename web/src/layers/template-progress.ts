/** How much of a template is on the canvas, kept by every change without a new count. */

import type { Cells } from '../canvas/cells';
import { NOT_OPEN } from '../canvas/palette';
import { TEMPLATE_NONE, type TemplateLayer } from '../canvas/scene';
import type { Point } from '../canvas/viewport';

/** What of a template is done. */
export interface Progress {
  /** Cells of the template that can be placed. */
  readonly total: number;
  /** Those of them that have another colour on the canvas. */
  readonly wrong: number;
}

/** Marks of a template's cells. */
const [NOT_ASKED, RIGHT, WRONG] = [0, 1, 2] as const;

/** Follows one template on one canvas. */
export class TemplateProgress {
  private readonly template: TemplateLayer;
  private readonly canvas: Cells;
  private readonly marks: Uint8Array;
  private total = 0;
  private wrong = 0;
  /** Where the last wrong cell was found, in the template's cells. */
  private looked = -1;

  /** Counts once; later changes are told by `changed`. */
  constructor(template: TemplateLayer, canvas: Cells) {
    this.template = template;
    this.canvas = canvas;
    this.marks = new Uint8Array(template.width * template.height);
    for (let at = 0; at < this.marks.length; at += 1) {
      this.mark(at);
    }
  }

  /** The present count. */
  get progress(): Progress {
    return { total: this.total, wrong: this.wrong };
  }

  /** Cells of the canvas, by index, have changed; tells whether that changed the count. */
  changed(indexes: ArrayLike<number>): boolean {
    const { x, y, width, height } = this.template;
    const before = this.wrong;
    for (let i = 0; i < indexes.length; i += 1) {
      const index = indexes[i] ?? 0;
      const column = (index % this.canvas.width) - x;
      const row = Math.floor(index / this.canvas.width) - y;
      if (column >= 0 && column < width && row >= 0 && row < height) {
        this.mark(row * width + column);
      }
    }
    return this.wrong !== before;
  }

  /** The next wrong cell of the canvas, by rows and round again; `null` when there is none. */
  nextWrong(): Point | null {
    const { x, y, width } = this.template;
    const found = this.marks.indexOf(WRONG, this.looked + 1);
    this.looked = found < 0 ? this.marks.indexOf(WRONG) : found;
    return this.looked < 0
      ? null
      : { x: x + (this.looked % width), y: y + Math.floor(this.looked / width) };
  }

  private mark(at: number): void {
    const before = this.marks[at] ?? NOT_ASKED;
    const next = this.markOf(at);
    this.marks[at] = next;
    this.total += Number(next !== NOT_ASKED) - Number(before !== NOT_ASKED);
    this.wrong += Number(next === WRONG) - Number(before === WRONG);
  }

  private markOf(at: number): number {
    const color = this.template.cells[at] ?? TEMPLATE_NONE;
    const x = this.template.x + (at % this.template.width);
    const y = this.template.y + Math.floor(at / this.template.width);
    if (color === TEMPLATE_NONE || !this.canvas.contains(x, y)) {
      return NOT_ASKED;
    }
    const shown = this.canvas.trueColor(this.canvas.indexOf(x, y));
    if (shown === NOT_OPEN) {
      return NOT_ASKED;
    }
    return shown === color ? RIGHT : WRONG;
  }
}
