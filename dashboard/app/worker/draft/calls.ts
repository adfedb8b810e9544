import { draftKeys, draftSlot, openDraft, sealDraft, toHex, utf8 } from '#crypto';
import type { DraftKeys } from '#crypto';
import type { WorkerContext } from '../context.ts';
import { ask } from '../kept/database.ts';
import type { KeptDraft } from '../kept/database.ts';

/** What was typed into a form, by the names of its fields. */
export type DraftValues = Readonly<Record<string, string>>;

export interface Draft {
  values: DraftValues;
  savedAtMs: number;
}

/** Of one person on one device; the oldest gives way. */
const DRAFTS_MAX = 32;
/** What nobody came back to for so long is not kept any longer. */
const DRAFT_AGE_MAX_MS = 14 * 86_400_000;

const keysOf = ({ signedIn }: WorkerContext): DraftKeys => {
  const { root, id } = signedIn().client.keys;
  return draftKeys(root, id);
};

async function draftsOf(owner: string): Promise<KeptDraft[]> {
  const all = await ask('drafts', 'readonly', (drafts) => drafts.index('owner').getAll(owner));
  return all as KeptDraft[];
}

const remove = (slot: string): Promise<undefined> =>
  ask('drafts', 'readwrite', (drafts) => drafts.delete(slot));

async function makeRoom(owner: string): Promise<void> {
  const mine = (await draftsOf(owner)).toSorted((a, b) => b.savedAtMs - a.savedAtMs);
  const old = mine.filter(({ savedAtMs }, i) => i >= DRAFTS_MAX || Date.now() - savedAtMs > DRAFT_AGE_MAX_MS);
  for (const { slot } of old) await remove(slot);
}

function valuesOf(plaintext: Uint8Array): DraftValues {
  const value: unknown = JSON.parse(new TextDecoder().decode(plaintext));
  const entries = Object.entries(value ?? {}).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(entries) as DraftValues;
}

/** What a person typed and has not sent, sealed under keys of her account, in this browser only. */
export const draftCalls = {
  /** False where this browser keeps nothing. @throws CryptoError `too-large` */
  'draft.save': async (
    context: WorkerContext,
    { form, values }: { form: string; values: DraftValues },
  ): Promise<boolean> => {
    const keys = keysOf(context);
    const slot = draftSlot(keys, form);
    const box = sealDraft(keys, slot, utf8(JSON.stringify(values)));
    const owner = toHex(keys.owner);
    try {
      const draft: KeptDraft = { slot: toHex(slot), owner, box, savedAtMs: Date.now() };
      await ask('drafts', 'readwrite', (drafts) => drafts.put(draft));
      await makeRoom(owner);
      return true;
    } catch {
      return false;
    }
  },

  /** Null when there is none, or one that these keys do not open. */
  'draft.load': async (context: WorkerContext, { form }: { form: string }): Promise<Draft | null> => {
    const keys = keysOf(context);
    const slot = draftSlot(keys, form);
    try {
      await makeRoom(toHex(keys.owner));
      const kept = await ask(
        'drafts',
        'readonly',
        (drafts) => drafts.get(toHex(slot)) as IDBRequest<unknown>,
      );
      if (kept === undefined) return null;
      const { box, savedAtMs } = kept as KeptDraft;
      return { values: valuesOf(openDraft(keys, slot, box)), savedAtMs };
    } catch {
      return null;
    }
  },

  'draft.drop': async (context: WorkerContext, { form }: { form: string }): Promise<void> => {
    await remove(toHex(draftSlot(keysOf(context), form))).catch(() => undefined);
  },

  /** How many of this person lie here. */
  'draft.count': async (context: WorkerContext, _input: void): Promise<number> =>
    (await draftsOf(toHex(keysOf(context).owner)).catch(() => [])).length,

  'draft.drop-all': async (context: WorkerContext, _input: void): Promise<void> => {
    const mine = await draftsOf(toHex(keysOf(context).owner)).catch(() => []);
    for (const { slot } of mine) await remove(slot).catch(() => undefined);
  },
};
