import { expect, it } from 'vitest';

import { Cells } from '../canvas/cells';
import type { TemplateLayer } from '../canvas/scene';
import { TemplateProgress } from './template-progress';

/** A template of 3 x 2 whose first column is left of the canvas. */
const TEMPLATE: TemplateLayer = {
  id: '1', x: -1, y: 1, width: 3, height: 2, opacity: 1, style: 'full',
  cells: Uint8Array.of(7, 1, 2, 7, 255, 3),
};

function canvas(): Cells {
  // 4 x 3, all of colour 0, and one cell that is not open.
  const truth = new Uint8Array(12);
  truth[9] = 255;
  return new Cells(4, 3, truth);
}

function place(cells: Cells, progress: TemplateProgress, index: number, color: number): boolean {
  cells.apply([index], [color]);
  return progress.changed([index]);
}

it('only cells of the template that can be placed are counted', () => {
  expect(new TemplateProgress(TEMPLATE, canvas()).progress).toEqual({ total: 2, wrong: 2 });
});

it('every change is followed, to and fro', () => {
  const cells = canvas();
  const progress = new TemplateProgress(TEMPLATE, cells);
  expect(place(cells, progress, 4, 1)).toBe(true);
  expect(place(cells, progress, 4, 1)).toBe(false);
  expect(place(cells, progress, 0, 1)).toBe(false);
  expect(progress.progress).toEqual({ total: 2, wrong: 1 });
  expect(place(cells, progress, 4, 5)).toBe(true);
  expect(progress.progress).toEqual({ total: 2, wrong: 2 });
});

it('changes give the same count as a new look', () => {
  const cells = canvas();
  const progress = new TemplateProgress(TEMPLATE, cells);
  for (let step = 0; step < 200; step += 1) {
    place(cells, progress, (step * 7) % 9, (step * 5) % 4);
    expect(progress.progress).toEqual(new TemplateProgress(TEMPLATE, cells).progress);
  }
});

it('wrong cells are shown one after the other, and round again', () => {
  const cells = canvas();
  const progress = new TemplateProgress(TEMPLATE, cells);
  expect([progress.nextWrong(), progress.nextWrong(), progress.nextWrong()]).toEqual([
    { x: 0, y: 1 }, { x: 1, y: 1 }, { x: 0, y: 1 },
  ]);
  place(cells, progress, 4, 1);
  place(cells, progress, 5, 2);
  expect(progress.nextWrong()).toBeNull();
});
