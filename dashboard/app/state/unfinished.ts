import { call } from '../worker/call.ts';

/** An upload that was begun, as this browser remembers it, sealed like a draft. The file itself is not kept. */
export interface Unfinished {
  readonly title: string;
  readonly date: string;
  /** Of the file on the device. */
  readonly name: string;
  readonly size: number;
  /** Hex; empty until the file was read. */
  readonly file: string;
  /** Bytes of it that the node had. */
  readonly stored: number;
  readonly atMs: number;
}

const FORM = 'uploads';
/** More are begun by nobody; the oldest are forgotten first. */
const REMEMBERED_MAX = 32;
const TEXTS = ['title', 'date', 'name', 'file'] as const;
const NUMBERS = ['size', 'stored', 'atMs'] as const;

/** By the id that the page gave them, oldest first. Empty where this browser keeps nothing. */
export async function rememberedUploads(): Promise<Map<string, Unfinished>> {
  const draft = await call('draft.load', { form: FORM });
  const entries = Object.entries(draft?.values ?? {}).flatMap(([id, text]): [string, Unfinished][] => {
    const one = parse(text);
    return one === undefined ? [] : [[id, one]];
  });
  return new Map(entries.toSorted(([, a], [, b]) => a.atMs - b.atMs));
}

function parse(text: string): Unfinished | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const isOne =
      TEXTS.every((key) => typeof value[key] === 'string') &&
      NUMBERS.every((key) => typeof value[key] === 'number');
    return isOne ? (value as unknown as Unfinished) : undefined;
  } catch {
    return undefined;
  }
}

/** What is to be written down next, the newest of each. */
const pending = new Map<string, Unfinished | undefined>();
let writing: Promise<void> | undefined;

/** Writes one down in the place of what was remembered of it, or forgets it. Resolves when that is done, never rejects. */
export async function rememberUpload(id: string, one: Unfinished | undefined): Promise<void> {
  pending.set(id, one);
  // One after the other, or two would overwrite each other.
  writing ??= write().finally(() => {
    writing = undefined;
  });
  await writing;
}

async function write(): Promise<void> {
  while (pending.size > 0) {
    const changes = [...pending];
    pending.clear();
    // Locked meanwhile, or a browser that keeps nothing: the upload itself goes on.
    await apply(changes).catch(() => undefined);
  }
}

async function apply(changes: readonly [string, Unfinished | undefined][]): Promise<void> {
  const all = await rememberedUploads();
  for (const [id, one] of changes) {
    all.delete(id);
    if (one !== undefined) all.set(id, one);
  }
  const kept = [...all].slice(-REMEMBERED_MAX).map(([id, one]) => [id, JSON.stringify(one)]);
  await (kept.length === 0
    ? call('draft.drop', { form: FORM })
    : call('draft.save', { form: FORM, values: Object.fromEntries(kept) }));
}
