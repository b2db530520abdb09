import { describe, expect, it } from 'vitest';

import type { HistoryEventsPage } from '../api/types';
import { parsePalette } from '../canvas/palette';
import { type ActDraft, actOf, DraftError, EMPTY_ACT, FIELDS } from './draft';
import { ACTS, type ActKind, actsOf, isAtLeast, needsPreview } from './kinds';
import { hashOfRegion, holdsCell, parseRegion, regionBetween, regionText } from './region';
import { partOfWork, pictureOfWork, workOf } from './work';

const ID = '0123456789abcdef';
const NOW = Date.parse('2026-11-21T12:00:00Z');

function draft(parts: Partial<ActDraft> = {}): ActDraft {
  return { ...EMPTY_ACT, ...parts };
}

function wrongField(kind: ActKind, parts: Partial<ActDraft>): string | null {
  try {
    actOf(kind, draft(parts), NOW);
    return null;
  } catch (error) {
    return error instanceof DraftError ? error.field : 'another error';
  }
}

describe('roles', () => {
  it('see the acts that they may do, and nobody sees any without a role', () => {
    expect(actsOf(null)).toEqual([]);
    expect(actsOf('player')).toEqual([]);
    expect(actsOf('helper').map(({ kind }) => kind)).toEqual(['mute', 'unmute']);
    expect(actsOf('moderator').some(({ kind }) => kind === 'open_round')).toBe(false);
    expect(actsOf('moderator').some(({ kind }) => kind === 'roll_back')).toBe(true);
    expect(actsOf('admin')).toEqual(ACTS);
    expect(isAtLeast('moderator', 'helper')).toBe(true);
    expect(isAtLeast('helper', 'moderator')).toBe(false);
  });

  it('have a form for every act', () => {
    expect(Object.keys(FIELDS).toSorted()).toEqual(ACTS.map(({ kind }) => kind).toSorted());
  });

  it('look first at what takes work away', () => {
    expect(needsPreview({ kind: 'clear_canvas' })).toBe(true);
    expect(needsPreview({ kind: 'ban', player: ID, roll_back: true })).toBe(true);
    expect(needsPreview({ kind: 'ban', player: ID })).toBe(false);
  });
});

describe('a form', () => {
  it('makes the act that was typed', () => {
    expect(actOf('roll_back', draft({ player: ` ${ID.toUpperCase()} `, from: '7' }), NOW)).toEqual({
      kind: 'roll_back', players: [ID], from: 7,
    });
    expect(actOf('ban', draft({ player: ID, minutes: 60, takesWork: true }), NOW)).toEqual({
      kind: 'ban', player: ID, roll_back: true, until: '2026-11-21T13:00:00.000Z',
    });
    expect(actOf('erase_region', draft({ region: '1, 2,3,4', color: '0' }), NOW)).toEqual({
      kind: 'erase_region', region: '1,2,3,4', color: 0,
    });
    expect(actOf('open_round', draft({ title: ' Two ', colors: 'ff0000, #00ff00' }), NOW)).toEqual({
      kind: 'open_round', title: 'Two', palette: ['#FF0000', '#00FF00'],
    });
    expect(actOf('change_cooldown', draft({ charges: '6', seconds: '2,5' }), NOW)).toEqual({
      kind: 'change_cooldown', max_charges: 6, regain_ms: 2_500,
    });
    expect(actOf('announce', draft({ text: ' hello ' }), NOW)).toEqual({
      kind: 'announce', text: 'hello',
    });
  });

  it('names the field that has to be mended', () => {
    expect(wrongField('roll_back', {})).toBe('player');
    expect(wrongField('roll_back', { from: '9', to: '8' })).toBe('to');
    expect(wrongField('ban', { player: 'vandal' })).toBe('player');
    expect(wrongField('ban', { player: `${ID} ${ID}` })).toBe('player');
    expect(wrongField('protect_region', { region: '0,0,0,5' })).toBe('region');
    expect(wrongField('erase_region', { region: '0,0,5,5', color: '255' })).toBe('color');
    expect(wrongField('unprotect_region', {})).toBe('protection');
    expect(wrongField('expand_canvas', { width: '9000', height: '10' })).toBe('width');
    expect(wrongField('extend_palette', { colors: 'red' })).toBe('colors');
    expect(wrongField('extend_palette', {})).toBe('colors');
    expect(wrongField('change_cooldown', { charges: '1', seconds: '-1' })).toBe('seconds');
  });
});

describe('a region', () => {
  it('is read as it is written', () => {
    const region = { x: 10, y: 20, width: 100, height: 50 };
    expect(parseRegion(regionText(region))).toEqual(region);
    for (const wrong of ['', '1,2,3', '1,2,3,-4', '8190,0,5,5', '1,2,3,4,5', 'a,b,c,d']) {
      expect(parseRegion(wrong), wrong).toBeNull();
    }
  });

  it('is what was dragged over, on the canvas', () => {
    const size = { width: 100, height: 80 };
    expect(regionBetween({ x: 9.5, y: 4.2 }, { x: 3.1, y: -5 }, size)).toEqual({
      x: 3, y: 0, width: 7, height: 5,
    });
    expect(regionBetween({ x: -9, y: -9 }, { x: -2, y: -2 }, size)).toBeNull();
    expect(regionBetween({ x: 120, y: 3 }, { x: 130, y: 9 }, size)).toBeNull();
  });

  it('holds its cells and leads to them', () => {
    const region = { x: 10, y: 20, width: 30, height: 30 };
    expect(holdsCell(region, { x: 39, y: 20 })).toBe(true);
    expect(holdsCell(region, { x: 40, y: 20 })).toBe(false);
    expect(hashOfRegion(region, 412)).toBe('#x=25&y=35&scale=10&v=412');
    expect(hashOfRegion(null, 412)).toBe('#v=412');
    expect(hashOfRegion(null, null)).toBe('');
  });
});

describe('a player’s work', () => {
  type HistoryEvent = HistoryEventsPage['events'][number];
  const placed = (version: number, x: number, y: number, color: number): HistoryEvent => ({
    type: 'PlacementMade', version, at: '2026-11-21T11:00:00Z', round: 1, player: ID, x, y, color,
  });
  const palette = parsePalette(['#000000', '#FF0000', '#00FF00', '#FFFFFF']);

  it('shows the newest colour of each cell on a dimmed canvas', () => {
    const cells = { width: 4, height: 2, bytes: new Uint8Array(8).fill(3) };
    const events = [placed(9, 1, 1, 2), placed(5, 1, 1, 1), placed(3, 0, 0, 1)].map(workOf);
    const part = partOfWork(cells, events);
    expect(part).toEqual({ x: 0, y: 0, width: 4, height: 2 });
    const pixels = pictureOfWork({ cells, palette }, part, events, 1);
    const at = (x: number, y: number) => [...pixels.subarray((y * 4 + x) * 4, (y * 4 + x) * 4 + 4)];
    expect(at(1, 1)).toEqual([0, 255, 0, 255]);
    expect(at(0, 0)).toEqual([255, 0, 0, 255]);
    expect(at(3, 1)).toEqual([56, 56, 56, 255]);
  });

  it('is looked at closely, and never beyond the canvas', () => {
    const size = { width: 1_000, height: 50 };
    expect(partOfWork(size, [placed(3, 999, 49, 1)].map(workOf))).toEqual({
      x: 936, y: 0, width: 64, height: 50,
    });
    const wide = [placed(3, 0, 0, 1), placed(4, 990, 40, 1)].map(workOf);
    expect(partOfWork(size, wide)).toEqual({ x: 0, y: 0, width: 1_000, height: 50 });
    expect(partOfWork(size, [])).toEqual({ x: 0, y: 0, width: 1_000, height: 50 });
  });
});
