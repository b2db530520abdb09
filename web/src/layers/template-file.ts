/** Fetches a template's picture from another site, which has to allow it. */

import { TemplateError } from './template';
import { MAX_FILE_BYTES } from './template-image';

/** Longest wait for a picture. */
const TIMEOUT_MS = 30_000;

/**
 * The picture at an address.
 * @throws {TemplateError} when it cannot be read, is too large, or its host is not allowed.
 */
export async function fetchPicture(url: string): Promise<Blob> {
  const blocked = new AbortController();
  const policy = { isBroken: false };
  document.addEventListener('securitypolicyviolation', (event) => {
    policy.isBroken ||= event.effectiveDirective === 'connect-src' &&
      url.startsWith(event.blockedURI.replace(/\?.*$/, ''));
  }, { signal: blocked.signal });
  try {
    const answer = await fetch(url, {
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok || answer.body === null) {
      throw new TemplateError('unreachable');
    }
    return await bounded(answer.body);
  } catch (cause) {
    if (cause instanceof TemplateError) {
      throw cause;
    }
    // The violation is told a moment after the fetch has failed.
    await new Promise((resolve) => setTimeout(resolve, 0));
    throw new TemplateError(policy.isBroken ? 'blocked-host' : 'unreachable', { cause });
  } finally {
    blocked.abort();
  }
}

async function bounded(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > MAX_FILE_BYTES) {
      await reader.cancel();
      throw new TemplateError('large-file');
    }
    parts.push(read.value);
  }
  return new Blob(parts);
}
