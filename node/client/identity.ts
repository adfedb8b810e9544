import { CryptoError, equalBytes, fromBase64Url, fromHex, toHex } from '#crypto';
import { blindIdentity, identityTags, witnessedTag } from '#crypto/identity';
import type { BlindedIdentity, IdentityEvaluation } from '#crypto/identity';
import { readIdentified, readIdentityKey, stateKeys } from '#consensus/ledger';
import { identitiesSchema, identityKeySchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { Consortium } from './consortium.ts';
import type { CallOptions } from './deadline.ts';
import { identityInputs } from './identity-input.ts';
import type { Identity, IdentityBasis } from './identity-input.ts';
import type { Submitted } from './submission.ts';

/** Other institutions whose keys go into a person's tags: one of them in reach later is enough to find her again. */
const WITNESSES = 2;

/** A registration that the same identity has already. */
export interface IdentityMatch {
  readonly institution: Uint8Array;
  readonly person: Uint8Array;
  readonly basis: IdentityBasis;
}

export interface IdentityCheck {
  /** For `people.approve`: the home institution's tags of this identity. */
  readonly identifiers: Uint8Array[];
  readonly matches: IdentityMatch[];
  /**
   * Institutions of whose patients some or all could not be looked for, and why: a refusal, `no-key`,
   * `evaluation-invalid`, the network, or `witnesses-away` when so many others are away that a patient may be missed.
   */
  readonly unchecked: { readonly institution: Uint8Array; readonly code: string }[];
}

/** Whether somebody who applies here is registered already, here or elsewhere (SCHEME 9). For administrators. */
export class Identities {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Publishes the key of this client's node on the ledger, once for good. By an administrator of it. */
  async publishKey(options: CallOptions = {}): Promise<Submitted> {
    const { api, submission } = this.#connection;
    const said = await api.json({ method: 'GET', path: '/identity/key' }, identityKeySchema, options);
    const body = { publicKey: fromHex(said.publicKey), signature: fromBase64Url(said.signature) };
    return await submission.submit('identity.publish', body, options);
  }

  /** `publishKey`, unless the ledger has one: without it this institution can neither ask nor be asked. */
  async ensureKey(options: CallOptions = {}): Promise<void> {
    const { nodeId, state } = this.#connection;
    const id = fromHex(nodeId);
    const { get } = await state.read([stateKeys.identityKey(id)], options);
    if (readIdentityKey(get, id) === undefined) await this.publishKey(options);
  }

  /**
   * Asks every institution about a patient's open application, or her wish to move here, blinded: none of them, and no node, learns the
   * attributes. What they say is checked against their published keys, and the registrations are proven state.
   * @throws ClientError `input-invalid` for bad attributes; `no-access` when the own institution gives no tags
   */
  async check(applicant: Uint8Array, identity: Identity, options: CallOptions = {}): Promise<IdentityCheck> {
    const { api, backend, nodeId, state } = this.#connection;
    const inputs = identityInputs(identity);
    const items = inputs.map(({ input }) => blindIdentity(backend, input));
    const json = { applicant: toHex(applicant), blinded: items.map(({ blinded }) => toHex(blinded)) };
    const request = { method: 'POST', path: '/identity/evaluations', json } as const;
    const { answers, refusals } = await api.json(request, identitiesSchema, options);
    const members = await new Consortium(this.#connection).members(options);
    const institutions = members.map(({ id }) => id);
    const published = await state.read(institutions.map(stateKeys.identityKey), options);
    const unchecked: { institution: Uint8Array; code: string }[] = [];
    const tagged: Tagged[] = [];
    for (const institution of institutions) {
      const name = toHex(institution);
      const answer = answers.find(({ node }) => node === name);
      const refused = refusals.find(({ node }) => node === name)?.code ?? 'unavailable';
      const key = readIdentityKey(published.get, institution);
      const tags = key === undefined ? 'no-key' : answer ? tagsOf(items, answer, key) : refused;
      if (typeof tags === 'string') unchecked.push({ institution, code: tags });
      else tagged.push({ institution, tags });
    }
    const own = tagged.find(({ institution }) => toHex(institution) === nodeId);
    if (own === undefined) {
      const code = unchecked.find(({ institution }) => toHex(institution) === nodeId)?.code ?? 'no-key';
      throw new ClientError('no-access', { what: 'tags of the own institution', code });
    }
    const identifiers = witnessedTags(tagged, own);
    if (identifiers.length === 0)
      throw new ClientError('no-access', { what: 'tags of another institution', code: 'no-key' });
    // Nobody can say which two witnesses somebody's tags have: with so many away, both may be.
    if (unchecked.length >= WITNESSES)
      unchecked.push(...tagged.map(({ institution }) => ({ institution, code: 'witnesses-away' })));
    const pairs = tagged.flatMap((home) =>
      tagged.flatMap((witness) => (witness === home ? [] : [{ home, witness }])),
    );
    const all = pairs.flatMap(({ home, witness }) =>
      inputs.map(({ basis }, i) => ({
        institution: home.institution,
        tag: witnessedTag(home.tags[i] ?? new Uint8Array(), witness.tags[i] ?? new Uint8Array()),
        basis,
      })),
    );
    return { identifiers, matches: await this.#lookUp(applicant, all, options), unchecked };
  }

  async #lookUp(
    applicant: Uint8Array,
    all: readonly { institution: Uint8Array; tag: Uint8Array; basis: IdentityBasis }[],
    options: CallOptions,
  ): Promise<IdentityMatch[]> {
    const keys = all.map(({ institution, tag }) => stateKeys.identifier(institution, tag));
    const proven = await this.#connection.state.read(keys, options);
    const found = all.flatMap(({ institution, tag, basis }) => {
      const person = readIdentified(proven.get, institution, tag);
      // Who moves is registered at her former home.
      const isOther = person !== undefined && !equalBytes(person, applicant);
      return isOther ? [{ institution, person, basis }] : [];
    });
    // Found by each of its witnesses.
    return [...new Map(found.map((one) => [`${toHex(one.person)}/${one.basis}`, one])).values()];
  }
}

interface Tagged {
  readonly institution: Uint8Array;
  readonly tags: Uint8Array[];
}

/** The own institution's tags, each with those that come next after it in the order of ids. */
function witnessedTags(tagged: readonly Tagged[], own: Tagged): Uint8Array[] {
  const place = tagged.indexOf(own);
  const others = [...tagged.slice(place + 1), ...tagged.slice(0, place)].slice(0, WITNESSES);
  return own.tags.flatMap((tag, i) =>
    others.map(({ tags }) => witnessedTag(tag, tags[i] ?? new Uint8Array())),
  );
}

/** The tags, or why an institution's answer can not be used: a wrong key must never look like "not registered". */
function tagsOf(
  items: readonly BlindedIdentity[],
  answer: { evaluated: string[]; proof: string },
  publicKey: Uint8Array,
): Uint8Array[] | 'evaluation-invalid' {
  try {
    const evaluation: IdentityEvaluation = {
      evaluated: answer.evaluated.map((point) => fromHex(point)),
      proof: fromBase64Url(answer.proof),
    };
    return identityTags(items, evaluation, publicKey);
  } catch (error) {
    if (error instanceof CryptoError) return 'evaluation-invalid';
    throw error;
  }
}
