/** What went wrong in bytes from the server. */

/** Bytes from the server broke the documented format. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
