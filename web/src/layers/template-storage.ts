/**
 * Templates that the browser keeps, per canvas; without storage they last as long as the page.
 * The mark that there are any, on whichever canvas, follows.
 */

import type { KeptTemplate } from './template';
import { hasKeptTemplates } from './template-mark';

const DATABASE = 'pixelwars';
const VERSION = 1;
const STORE = 'templates';

/** The templates kept for a canvas, the oldest first. */
export async function keptTemplates(canvas: string): Promise<KeptTemplate[]> {
  const all = await inStore('readonly', (store) => store.getAll() as IDBRequest<KeptTemplate[]>);
  hasKeptTemplates.set(all.length > 0);
  return all
    .filter((kept) => kept.canvas === canvas)
    .sort((one, other) => one.addedAt - other.addedAt);
}

/** Keeps a template, in the place of one with the same id. */
export async function keepTemplate(template: KeptTemplate): Promise<void> {
  await inStore('readwrite', (store) => store.put(template));
  hasKeptTemplates.set(true);
}

/** Forgets a template. */
export async function forgetTemplate(id: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(id));
  hasKeptTemplates.set((await inStore('readonly', (store) => store.count())) > 0);
}

async function inStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await opened();
  try {
    return await answered(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: 'id' });
  };
  return answered(request);
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => { resolve(request.result); };
    request.onerror = () => {
      reject(request.error ?? new Error('the browser kept nothing'));
    };
  });
}
