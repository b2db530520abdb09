/** The decoder's own thread: nothing of it holds the page up. */

import { carriedOut } from './decode-task';
import type { DecoderRequest } from './decoder-messages';

/** The part of a worker's global scope that is needed; the page's types have a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<DecoderRequest>) => void) | null;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  const { answer, transfer } = carriedOut(data);
  scope.postMessage(answer, transfer);
};
