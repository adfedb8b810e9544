import {
  draftKeys,
  draftSlot,
  openDraft,
  passkeySalt,
  secretsFromPasskey,
  secretsFromPassphrase,
  secretsFromRoot,
  toHex,
  unwrapAccount,
  type AccountSecrets,
} from '#crypto';
import type { Fields, Operation } from './fields.ts';

const inHex = ({ lookup, key }: AccountSecrets) => ({ lookup: toHex(lookup), key: toHex(key) });
const placeOf = (input: Fields) => ({ chainId: input.bytes('chain'), nodeId: input.bytes('node') });

/** SCHEME 7: what a browser unlocks at a node, and what it keeps of forms that were not sent. */
export const ACCOUNTS: Readonly<Record<string, Operation>> = {
  'account-passphrase': async (_, input) => {
    const typed = { name: input.text('name'), passphrase: input.text('passphrase') };
    return inHex(await secretsFromPassphrase({ ...placeOf(input), ...typed }));
  },
  'account-passkey-salt': (_, input) => toHex(passkeySalt(placeOf(input))),
  'account-passkey': (_, input) => inHex(secretsFromPasskey(input.bytes('secret'))),
  'account-root': (_, input) => inHex(secretsFromRoot(input.bytes('secret'))),
  'account-open': (_, input) => {
    const secrets = { lookup: input.bytes('lookup'), key: input.bytes('key') };
    const { root, person } = unwrapAccount(secrets, input.bytes('box'));
    return { root: toHex(root), person: toHex(person) };
  },
  'draft-keys': (_, input) => {
    const { owner, secret } = draftKeys(input.bytes('root'), input.bytes('person'));
    return { owner: toHex(owner), secret: toHex(secret) };
  },
  'draft-slot': (_, input) => {
    const keys = { owner: new Uint8Array(32), secret: input.bytes('secret') };
    return toHex(draftSlot(keys, input.text('form')));
  },
  'draft-open': (_, input) => {
    const keys = { owner: new Uint8Array(32), secret: input.bytes('secret') };
    return toHex(openDraft(keys, input.bytes('slot'), input.bytes('box')));
  },
};
