/** Kept texts that hold an object as JSON. */

/** The object in a text; an empty one for no text, and for whatever else it holds. */
export function parseObject(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
