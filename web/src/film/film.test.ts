import { describe, expect, it } from 'vitest';

import { ApiError } from '../api/http';
import type { TimelapseState } from '../api/types';
import { LayoutError, layoutOf, parseScale, pixelsOf } from './layout';
import { MAX_FRAMES } from './limits';
import { codedColor, FilmPicture, frameBytes } from './picture';
import { untilOver } from './server-film';
import { boundsOf, FIRST_WISH, orderOf, requestOf } from './wish';

const whole = { left: 0, top: 0, right: 3, bottom: 2 };

describe('a layout', () => {
  it('reads whole scales, up and down', () => {
    expect(parseScale('3')).toEqual({ pixels: 3, cells: 1 });
    expect(parseScale('1/64')).toEqual({ pixels: 1, cells: 64 });
    for (const text of ['0', '33', '1/1', '1/65', '1.5', '', '1/', 'auto']) {
      expect(parseScale(text), text).toBeNull();
    }
    expect(pixelsOf(7, { pixels: 1, cells: 3 })).toBe(3);
  });

  it('takes the largest scale that fits, in the middle of an even frame', () => {
    const layout = layoutOf(whole, null, { width: 33, height: 20 });
    expect(layout).toMatchObject({
      width: 34, height: 20, scale: { pixels: 10, cells: 1 }, left: 2, top: 0,
    });
    const large = layoutOf({ left: 0, top: 0, right: 4_000, bottom: 2_000 }, null, null);
    expect(large).toMatchObject({ width: 1_334, height: 668, scale: { pixels: 1, cells: 3 } });
  });

  it('refuses what is too large', () => {
    const region = { left: 0, top: 0, right: 1_000, bottom: 1_000 };
    expect(() => layoutOf(region, { pixels: 8, cells: 1 }, null)).toThrow(LayoutError);
    expect(() => layoutOf(region, { pixels: 1, cells: 1 }, { width: 10, height: 10 }))
      .toThrow(LayoutError);
  });
});

describe('a picture', () => {
  const shown = {
    cells: new Uint8Array([0, 1, 2, 1, 1, 255]), width: 3, height: 2,
    colors: ['#000000', '#FFFFFF', '#FF0000'],
  };
  const outside = codedColor('#14161D');

  it('codes colours as BT.709 does', () => {
    expect(codedColor('#000000')).toEqual([16, 128, 128]);
    expect(codedColor('#FFFFFF')).toEqual([235, 128, 128]);
    expect(codedColor('#FF0000')).toEqual([63, 102, 240]);
  });

  it.each([[1], [2], [3]])('has each cell %i pixels wide', (pixels) => {
    const layout = layoutOf(whole, { pixels, cells: 1 }, null);
    const picture = new FilmPicture(layout);
    picture.draw(shown);
    expect(picture.bytes).toHaveLength(frameBytes(layout));
    const colors = [...shown.colors.map(codedColor), ...[3].map(() => outside)];
    for (let y = 0; y < 2 * pixels; y += 1) {
      for (let x = 0; x < 3 * pixels; x += 1) {
        const cell = shown.cells[Math.floor(y / pixels) * 3 + Math.floor(x / pixels)] ?? 255;
        expect(picture.bytes[y * layout.width + x]).toBe(colors[Math.min(cell, 3)]?.[0]);
      }
    }
    const reds = picture.bytes.subarray((layout.width * layout.height * 5) / 4);
    const red = reds[Math.floor(pixels * 2.5 / 2)];
    expect(red).toBe(pixels === 1 ? Math.round((240 + outside[2] * 3) / 4) : 240);
  });

  it('shows the mean of cells that share a pixel', () => {
    const region = { left: 0, top: 0, right: 2, bottom: 2 };
    const picture = new FilmPicture(layoutOf(region, { pixels: 1, cells: 2 }, null));
    picture.draw({ ...shown, width: 2, cells: new Uint8Array([0, 0, 1, 1]) });
    expect(picture.bytes[0]).toBe(Math.round((16 + 235) / 2));
  });
});

describe('a wish', () => {
  const range = { round: 2, from: 5, to: 9 };

  it('is put as the server takes it', () => {
    const chosen = { scale: '1/2', idleMinutes: 10, caption: ' Spring ', seconds: 1.5 };
    const wish = { ...FIRST_WISH, ...chosen };
    expect(requestOf(wish, range, whole)).toEqual({
      format: 'mp4', round: 2, from_version: 5, to_version: 9, fps: 30, duration_ms: 1_500,
      pace: 'time', region: '0,0,3,2', scale: '1/2', skip_idle_ms: 600_000, caption: 'Spring',
    });
    expect(requestOf({ ...wish, pace: 'events' }, range, null)).not.toHaveProperty('skip_idle_ms');
  });

  it('is put as the browser’s worker takes it', () => {
    const order = orderOf({ ...FIRST_WISH, frame: '720x720' }, range, null, 'http://x/');
    expect(order).toMatchObject({ frame: { width: 720, height: 720 }, scale: null, idleMs: null });
    expect(orderOf(FIRST_WISH, range, null, 'http://x/').frame).toBeNull();
  });

  it('stays within the browser’s bounds', () => {
    const wish = { ...FIRST_WISH, maker: 'browser' as const, framesPerSecond: 60 };
    const { maxSeconds } = boundsOf(wish, null);
    expect(maxSeconds * 60).toBe(MAX_FRAMES);
  });
});

describe('waiting for the server', () => {
  const state = (status: TimelapseState['status']) => ({ status }) as TimelapseState;
  const nobody = new AbortController().signal;

  it('goes on over answers that do not come, until the film is over', async () => {
    const answers = [state('queued'), new Error('lost'), state('rendering'), state('done')];
    const told: string[] = [];
    const last = await untilOver(() => {
      const next = answers.shift();
      return next instanceof Error || next === undefined
        ? Promise.reject(next ?? new Error('asked again'))
        : Promise.resolve(next);
    }, ({ status }) => { told.push(status); }, nobody, 0);
    expect(last?.status).toBe('done');
    expect(told).toEqual(['queued', 'rendering', 'done']);
  });

  it('ends with an answer that will not change, and when it is given up', async () => {
    const gone = () => Promise.reject(new ApiError(404, 'timelapse_not_found', '', null));
    await expect(untilOver(gone, () => undefined, nobody, 0)).rejects.toThrow(ApiError);
    const given = new AbortController();
    given.abort();
    expect(await untilOver(gone, () => undefined, given.signal, 0)).toBeNull();
  });
});
