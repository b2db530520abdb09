/**
 * Whether the page is that of an archive: a folder with one round, without a server behind it.
 * `pixelwars archive` says so in the document; docs/FORMATS.md, "Archive".
 */

/** The slug of the archived canvas; `null` where there is a server. */
export const archivedCanvas: string | null =
  document.querySelector<HTMLMetaElement>('meta[name="pixelwars-archive"]')?.content ?? null;
