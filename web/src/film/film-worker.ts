/** The thread that makes films: the page asks for one, and ends the thread when it has it. */

import { faultOf, makeFilm } from './make';
import type { FilmNews, FilmOrder } from './order';

/** The part of a worker's global scope that is needed; the page's types have a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<FilmOrder>) => void) | null;
  postMessage(message: FilmNews, transfer?: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;

/** The page is told no more often. */
const TELL_MS = 100;

scope.onmessage = ({ data }) => { void make(data); };

async function make(order: FilmOrder): Promise<void> {
  let toldAt = Number.NEGATIVE_INFINITY;
  try {
    const { bytes, type } = await makeFilm(order, (frames, of) => {
      if (performance.now() - toldAt >= TELL_MS) {
        toldAt = performance.now();
        scope.postMessage({ kind: 'progress', frames, of });
      }
    });
    scope.postMessage({ kind: 'done', bytes, type }, [bytes]);
  } catch (error) {
    scope.postMessage({ kind: 'failed', fault: faultOf(error), message: String(error) });
  }
}
