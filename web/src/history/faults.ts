/** What can be wrong with the public files of a canvas's history. */

/**
 * Why bytes are refused: they end too early or break the format (`malformed`), are of a format
 * that this page does not know (`unknown-format`), are another file than the one asked for
 * (`foreign`), or do not have the hash that the manifest names (`damaged`).
 */
export type HistoryFault = 'malformed' | 'unknown-format' | 'foreign' | 'damaged';

/** A file of the history that is not used. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly fault: HistoryFault;

  constructor(fault: HistoryFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** Refuses bytes that break the format. */
export function malformed(message: string, cause?: unknown): HistoryError {
  return new HistoryError('malformed', message, { cause });
}
