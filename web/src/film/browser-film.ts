/** Films that the browser makes by itself, seen from the page. */

import { type BrowserFormat, FilmError, type FilmNews, type FilmOrder } from './order';

/** What a browser is asked before a size is known; codecs as in RFC 6381. */
const ASKED: readonly { readonly format: BrowserFormat; readonly codec: string }[] = [
  { format: 'mp4', codec: 'avc1.640028' },
  { format: 'webm', codec: 'vp09.00.40.08' },
  { format: 'webm', codec: 'vp8' },
];

const ASKED_SIZE = { width: 1_280, height: 720 };

/** The forms that this browser can encode; none on pages that are not secure. */
export async function browserFormats(): Promise<readonly BrowserFormat[]> {
  if (typeof VideoEncoder === 'undefined' || typeof Worker === 'undefined') {
    return [];
  }
  const answers = await Promise.all(ASKED.map(async ({ format, codec }) => {
    const answer = await VideoEncoder.isConfigSupported({ codec, ...ASKED_SIZE })
      .catch(() => null);
    return answer?.supported === true ? [format] : [];
  }));
  return [...new Set(answers.flat())];
}

/**
 * Makes a film in a thread of its own, which ends with it or when `signal` says so.
 * @throws {FilmError} when there is none; the signal's reason when it was cancelled.
 */
export function makeInBrowser(
  order: FilmOrder, told: (progress: number) => void, signal: AbortSignal,
): Promise<Blob> {
  const worker = new Worker(new URL('./film-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Blob>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FilmNews>) => {
      switch (data.kind) {
        case 'progress':
          told(data.frames / data.of);
          break;
        case 'done':
          resolve(new Blob([data.bytes], { type: data.type }));
          break;
        case 'failed':
          reject(new FilmError(data.fault, data.message));
          break;
      }
    };
    worker.onerror = () => { reject(new FilmError('fault', 'the thread has stopped')); };
    signal.addEventListener('abort', () => { reject(signal.reason as Error); });
    worker.postMessage(order);
  }).finally(() => { worker.terminate(); });
}
