import { describe, expect, it } from 'vitest';

import { firstStep, nextStep, numberOf, type Progress, readStep, stepAfter } from './first-visit';

const NOTHING: Progress = { hasMoved: false, hasColour: false, hasPlaced: false };

describe('the step to show', () => {
  it('waits for the reader', () => {
    expect(nextStep('move', NOTHING)).toBe('move');
    expect(nextStep('move', { ...NOTHING, hasMoved: true })).toBe('colour');
    expect(nextStep('colour', { ...NOTHING, hasColour: true })).toBe('place');
    expect(nextStep('place', { ...NOTHING, hasPlaced: true })).toBe('done');
  });

  it('leaves out what the reader has done already', () => {
    expect(nextStep('move', { ...NOTHING, hasColour: true })).toBe('place');
    expect(nextStep('move', { ...NOTHING, hasPlaced: true })).toBe('done');
  });

  it('never goes back', () => {
    expect(nextStep('place', NOTHING)).toBe('place');
    expect(nextStep('done', NOTHING)).toBe('done');
  });

  it('goes on when it has been read', () => {
    expect([stepAfter('move'), stepAfter('place'), stepAfter('done')])
      .toEqual(['colour', 'done', 'done']);
    expect(numberOf('place')).toBe(3);
  });
});

describe('who is shown it', () => {
  it('newcomers are', () => {
    expect(firstStep(null, null, false)).toBe('move');
  });

  it('those who return are not', () => {
    expect(firstStep(null, null, true)).toBe('done');
    expect(firstStep('done', 'colour', false)).toBe('done');
  });

  it('who comes back from a provider goes on', () => {
    expect(firstStep(null, 'colour', true)).toBe('colour');
  });
});

it.each([[null, null], ['', null], ['later', null], ['colour', 'colour']])(
  'kept %j is read as %j',
  (text, step) => {
    expect(readStep(text)).toBe(step);
  },
);
