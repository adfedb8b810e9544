/** What this browser keeps between visits. Nothing of it is readable without an account, or worth reading. */
export interface KeptDraft {
  /** Hex; the name does not tell the form. */
  slot: string;
  /** Hex; the same for all drafts of one person. */
  owner: string;
  box: Uint8Array;
  savedAtMs: number;
}

export interface KeptHeight {
  /** Chain id, hex. */
  chain: string;
  /** The newest height whose certificate was verified here. */
  height: number;
}

interface Stores {
  drafts: KeptDraft;
  heights: KeptHeight;
}

const NAME = 'phr-mesh';
const VERSION = 1;
let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore('drafts', { keyPath: 'slot' }).createIndex('owner', 'owner');
      request.result.createObjectStore('heights', { keyPath: 'chain' });
    });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('no storage')));
    request.addEventListener('blocked', () => reject(new Error('storage is held by an older page')));
  });
}

/** One request to one store. Rejects where a browser keeps nothing, as in some private windows. */
export async function ask<Name extends keyof Stores, T>(
  store: Name,
  mode: IDBTransactionMode,
  request: (objects: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  opening ??= open();
  let database: IDBDatabase;
  try {
    database = await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const asked = request(transaction.objectStore(store));
    transaction.addEventListener('complete', () => resolve(asked.result));
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('storage refused')));
  });
}
