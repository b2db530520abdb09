/** Makes a film of the public files of a canvas's history; what the worker does. */

import { HistoryApi, publicFiles } from '../api/history';
import type { Box } from '../canvas/viewport';
import { HistoryError } from '../history/faults';
import { History } from '../history/history';
import { Timeline } from '../history/timeline';
import { FilmEncoder } from './encoder';
import { LayoutError, layoutOf } from './layout';
import { MAX_FRAMES } from './limits';
import { LocalDecoder } from './local-decoder';
import { FilmError, type FilmFault, type FilmOrder, framesOf } from './order';
import { Pacing } from './pacing';
import { FilmPicture } from './picture';

/**
 * Makes a film; `told` hears how many frames are done.
 * @throws {FilmError | LayoutError | HistoryError} and errors of `request`.
 */
export async function makeFilm(
  order: FilmOrder, told: (frames: number, of: number) => void,
): Promise<{ bytes: ArrayBuffer; type: string }> {
  const frames = framesOf(order);
  if (frames > MAX_FRAMES) {
    throw new FilmError('too-large', `${frames} frames`);
  }
  const history = await History.open(new HistoryApi(order.history), new LocalDecoder(publicFiles));
  // The open segment may have grown since the table of contents was made.
  await history.follow(order.to);
  const reader = new Reader(history);
  await reader.go(order.to);
  const region = order.region ?? reader.whole();
  const layout = layoutOf(region, order.scale, order.frame);
  const encoder = await FilmEncoder.begin(order.format, layout, order.framesPerSecond);
  const pacing = await Pacing.of(history, order, region);
  const picture = new FilmPicture(layout);
  let shown = 0;
  for (let frame = 0; frame < frames; frame += 1) {
    const version = await pacing.versionOf(frame);
    if (version !== shown) {
      shown = version;
      await reader.go(version);
      picture.draw(reader.shown());
    }
    await encoder.add(picture.bytes);
    told(frame + 1, frames);
  }
  return encoder.finish();
}

/** The word for what went wrong. */
export function faultOf(error: unknown): FilmFault {
  if (error instanceof FilmError) {
    return error.fault;
  }
  if (error instanceof LayoutError) {
    return 'too-large';
  }
  return error instanceof HistoryError ? 'history' : 'fault';
}

/** The canvas at one version after another. */
class Reader {
  private readonly history: History;
  private readonly timeline: Timeline;

  constructor(history: History) {
    this.history = history;
    const nothing = () => undefined;
    this.timeline = new Timeline(history, {
      shown: nothing, changed: nothing, moved: nothing, waiting: nothing, failed: nothing,
    });
  }

  async go(version: number): Promise<void> {
    const chapter = await this.history.chapterAt(version);
    if (!this.timeline.go(version)) {
      throw new HistoryError('foreign', `there is no canvas at version ${version}`);
    }
    this.history.ahead(chapter.first + chapter.count);
  }

  shown() {
    const { shownCells: cells, shownShape: shape } = this.timeline;
    if (cells === null || shape === null) {
      throw new FilmError('fault', 'there is no canvas to draw');
    }
    return {
      cells: cells.bytes, width: shape.width, height: shape.height, colors: shape.colors,
    };
  }

  whole(): Box {
    const { width, height } = this.shown();
    return { left: 0, top: 0, right: width, bottom: height };
  }
}
