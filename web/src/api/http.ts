/** One HTTP request with a time limit, and what can go wrong with it. */

/** The server answered with an error body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Stable word for the reason, such as `cooling_down`. */
  readonly code: string;
  /** Milliseconds after which a retry makes sense, when the server said so. */
  readonly retryAfterMs: number | null;

  constructor(status: number, code: string, message: string, retryAfterMs: number | null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** RFC 9110, 15.4.5. */
const NOT_MODIFIED = 304;

/** RFC 6585, 4. */
const TOO_MANY_REQUESTS = 429;

/** Whether asking again would only give the same answer. */
export function isFinal({ status, retryAfterMs }: ApiError): boolean {
  return status < 500 && status !== TOO_MANY_REQUESTS && retryAfterMs === null;
}

/** No answer came: the network is down, the server is away, or the time was up. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Longest wait for an answer with its body. */
const REQUEST_TIMEOUT_MS = 20_000;

/** Options of a request. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as a bearer token. */
  readonly token?: string;
  /** The entity tag of what is known; an unchanged answer is then told by `isUnchanged`. */
  readonly known?: string;
  /** Longest wait for an answer with its body, 20 s unless told. */
  readonly timeoutMs?: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly accept?: string;
}

/** What came back, with its body still unread. */
export interface ApiResponse {
  readonly url: string;
  /** Whether what is known is still true (304); there is no body then. */
  readonly isUnchanged: boolean;
  /** The entity tag, if any. */
  readonly tag: string | null;
  /** The server's time to the second, as its `Date` header says it; RFC 9110, 6.6.1. */
  readonly date: string | null;
  json(): Promise<unknown>;
  bytes(): Promise<ArrayBuffer>;
  /** Hands the body over piece by piece, so that it need not be in memory as a whole. */
  pieces(take: (bytes: Uint8Array) => void): Promise<void>;
  /** Gives the body up unread. */
  discard(): void;
}

/**
 * Sends a request.
 * @throws {ApiError} when the answer is an error.
 * @throws {NetworkError} when there is no answer.
 */
export async function request(url: string, options: RequestOptions = {}): Promise<ApiResponse> {
  const headers = new Headers({ Accept: options.accept ?? 'application/json' });
  if (options.token !== undefined) {
    headers.set('Authorization', `Bearer ${options.token}`);
  }
  if (options.known !== undefined) {
    headers.set('If-None-Match', options.known);
    // Without this the browser would ask every cache on the way to be bypassed.
    headers.set('Cache-Control', 'max-age=31536000');
  }
  const init: RequestInit = { method: options.method ?? 'GET', headers };
  if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json');
    init.body = JSON.stringify(options.body);
  }
  init.signal = AbortSignal.timeout(options.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const response = await answered(fetch(url, init));
  const isUnchanged = response.status === NOT_MODIFIED;
  if (!response.ok && !isUnchanged) {
    throw apiError(response, await response.json().catch(() => null));
  }
  return {
    url: response.url,
    isUnchanged,
    tag: response.headers.get('ETag'),
    date: response.headers.get('Date'),
    json: () => answered(response.json()),
    bytes: () => answered(response.arrayBuffer()),
    pieces: (take) => readPieces(response, take),
    discard: () => {
      // A body that could not be given up is only read in vain.
      response.body?.cancel().catch(() => undefined);
    },
  };
}

async function readPieces(response: Response, take: (bytes: Uint8Array) => void): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return;
  }
  try {
    let piece = await answered(reader.read());
    while (!piece.done) {
      take(piece.value);
      piece = await answered(reader.read());
    }
  } finally {
    // After the last piece this does nothing; after a fault the rest is not wanted.
    reader.cancel().catch(() => undefined);
  }
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new NetworkError('no answer from the server', { cause: error });
  }
}

function apiError(response: Response, body: unknown): ApiError {
  const answer = (body ?? {}) as {
    error?: { code?: unknown; message?: unknown };
    retry_after_ms?: unknown;
  };
  const code = typeof answer.error?.code === 'string' ? answer.error.code : 'unknown';
  const message =
    typeof answer.error?.message === 'string'
      ? answer.error.message
      : `the server answered ${response.status}`;
  const retryAfterMs = typeof answer.retry_after_ms === 'number' ? answer.retry_after_ms : null;
  return new ApiError(response.status, code, message, retryAfterMs);
}
