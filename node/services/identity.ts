import { DOMAIN, equalBytes, signTagged } from '#crypto';
import type { Backend, NodeKeys } from '#crypto';
import type { IdentityKeys } from '#crypto/identity';
import { identityKeyBytes, readPerson } from '#consensus/ledger';
import type { LedgerState } from '#consensus/ledger';
import {
  decodeIdentityReply,
  IDENTITY_MESSAGE_BYTES_MAX,
  IDENTITY_PROTOCOL,
  IdentityOracle,
  isApplicantAt,
} from './identity-oracle.ts';
import type { IdentityQuestion } from './identity-oracle.ts';
import { ServiceError } from './services.ts';
import type { IdentityAnswers, IdentityKeyStatement } from './services.ts';

const IDENTITY_TIMEOUT_MS = 10_000;

export interface IdentityInit {
  nodeId: Uint8Array;
  oracle: IdentityOracle;
  /** All institutions, this one included. */
  institutions(): readonly Uint8Array[];
  state(): LedgerState;
  request(
    node: Uint8Array,
    protocol: `/phr/${string}`,
    bytes: Uint8Array,
    options: { signal: AbortSignal; bytesMax: number; timeoutMs: number },
  ): Promise<Uint8Array>;
}

/**
 * Puts one question to every institution, this one included. What they answer is not judged here: the client has the
 * published keys and checks each proof.
 *
 * @throws ServiceError `forbidden` unless an administrator of this institution asks about an open application here
 */
export async function collectIdentities(
  init: IdentityInit,
  question: IdentityQuestion & { readonly requester: Uint8Array },
  signal: AbortSignal,
): Promise<IdentityAnswers> {
  const read = (id: Uint8Array): ReturnType<typeof readPerson> =>
    readPerson((key) => init.state().get(key), id);
  const requester = read(question.requester);
  const isAdministrator =
    requester?.role === 'administrator' &&
    requester.status === 'active' &&
    equalBytes(requester.home, init.nodeId);
  const isOpenHere = isApplicantAt((key) => init.state().get(key), question.applicant, init.nodeId);
  if (!isAdministrator || !isOpenHere) throw new ServiceError('forbidden');
  const bytes = IdentityOracle.request(question);
  const result: IdentityAnswers = { answers: [], refusals: [] };
  const ask = async (node: Uint8Array): Promise<void> => {
    try {
      const options = { signal, bytesMax: IDENTITY_MESSAGE_BYTES_MAX, timeoutMs: IDENTITY_TIMEOUT_MS };
      const reply = equalBytes(node, init.nodeId)
        ? init.oracle.answer(init.nodeId, bytes)
        : await init.request(node, IDENTITY_PROTOCOL, bytes, options);
      const decoded = decodeIdentityReply(reply);
      if ('refused' in decoded) result.refusals.push({ node, code: decoded.refused });
      else result.answers.push({ node, ...decoded });
    } catch (error) {
      const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
      result.refusals.push({ node, code: typeof code === 'string' ? code : 'unavailable' });
    }
  };
  await Promise.all(init.institutions().map(ask));
  return result;
}

/** What an administrator publishes for this node: its key for identities, signed by its validator key. */
export function identityKeyStatement(init: {
  backend: Backend;
  chainId: Uint8Array;
  keys: NodeKeys;
  identityKeys: IdentityKeys;
}): IdentityKeyStatement {
  const { backend, chainId, keys, identityKeys } = init;
  const { publicKey } = identityKeys;
  const said = identityKeyBytes(chainId, keys.id, publicKey);
  const signature = signTagged(backend, DOMAIN.identityKey, said, keys.validator.secretKey);
  return { publicKey, signature };
}
