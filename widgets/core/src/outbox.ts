/** Unsent messages, kept in IndexedDB under their client ids until the server has answered for them. */

const STORE = "unsent";
export const UNSENT_MAX = 50;

export interface Unsent {
  readonly client_id: string;
  readonly at_ms: number;
}

/** Where unsent messages wait. Every verb is safe to repeat. */
export interface Outbox<T extends Unsent> {
  put(item: T): Promise<void>;
  remove(clientId: string): Promise<void>;
  /** Oldest first. */
  list(): Promise<T[]>;
}

const byTime = (a: Unsent, b: Unsent): number => a.at_ms - b.at_ms;

/** Keeps them for this page only: where the browser allows no storage, and in tests. */
export function memoryOutbox<T extends Unsent>(): Outbox<T> {
  const items = new Map<string, T>();
  return {
    put: async (item) => void items.set(item.client_id, item),
    remove: async (clientId) => void items.delete(clientId),
    list: async () => [...items.values()].sort(byTime),
  };
}

/** Keeps them in the database `name` of this origin, opened at the first use and not before. */
export function indexedOutbox<T extends Unsent>(name: string): Outbox<T> {
  const fallback = memoryOutbox<T>();
  let opened: Promise<IDBDatabase | null> | null = null;

  /** Runs `verb` on the store, or `instead` where the browser refuses storage. */
  const run = async <R>(
    mode: IDBTransactionMode,
    verb: (store: IDBObjectStore) => IDBRequest,
    instead: () => Promise<R>,
  ): Promise<R> => {
    opened ??= openDatabase(name);
    const database = await opened;
    return database ? answer<R>(verb(database.transaction(STORE, mode).objectStore(STORE))) : instead();
  };

  const list = async (): Promise<T[]> => {
    const items = await run<T[]>("readonly", (store) => store.getAll(), fallback.list);
    return items.sort(byTime);
  };

  return {
    list,
    async put(item) {
      const others = (await list()).filter((other) => other.client_id !== item.client_id);
      if (others.length >= UNSENT_MAX)
        throw new RangeError(`${others.length} unsent messages, limit ${UNSENT_MAX}`);
      await run<void>(
        "readwrite",
        (store) => store.put(item),
        () => fallback.put(item),
      );
    },
    async remove(clientId) {
      await run<void>(
        "readwrite",
        (store) => store.delete(clientId),
        () => fallback.remove(clientId),
      );
    },
  };
}

function openDatabase(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    if (typeof indexedDB === "undefined") return resolve(null);
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "client_id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null); // private windows of some browsers refuse: this page must do
  });
}

function answer<R>(request: IDBRequest): Promise<R> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
