/** The decoder's own thread: neither loading nor decoding holds the page up. */

import { publicFiles } from '../api/history';
import { carriedOut } from './decode-task';
import type { DecoderRequest } from './decoder-messages';

/** The part of a worker's global scope that is needed; the page's types have a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<DecoderRequest>) => void) | null;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => { void answer(data); };

async function answer(request: DecoderRequest): Promise<void> {
  const { answer, transfer } = await carriedOut(request, publicFiles);
  scope.postMessage(answer, transfer);
}
