import { createGrant } from '#crypto';
import { grantThresholdLeast } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { Consortium } from './consortium.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import type { GrantInit } from './sharing.ts';
import type { Submitted } from './submission.ts';

/** Makes, stores and submits a grant, see `Sharing.grant`. */
export async function issueGrant(
  connection: Connection,
  keyrings: Keyrings,
  init: GrantInit,
  options: CallOptions,
): Promise<Submitted & { grant: Uint8Array }> {
  const { backend, genesis, keys, blocks, submission, vault } = connection;
  const { patient, expiresAtMs, purpose } = init;
  await keyrings.load(patient, options);
  const delegate = await keyrings.person(init.delegate, options);
  const compartments = keyrings.compartments(patient, init.categories, init.months);
  if (compartments.length === 0) throw new ClientError('no-access', { what: 'no seed of these categories' });
  if (compartments.length > 64) throw new ClientError('input-invalid', { what: 'more than 64 compartments' });
  const members = await new Consortium(connection).members(options);
  const nodes = members.map(({ id, index, sealKey }) => ({ id, index, seal: sealKey }));
  const threshold = init.threshold ?? grantThresholdLeast(genesis, members.length);
  const draft = createGrant(backend, {
    issuer: keys,
    patient,
    delegate: delegate.keys,
    compartments,
    threshold,
    nodes,
    terms: { purpose, expiresAtMs },
  });
  const boxes = [...draft.nodeShares.map(({ box }) => box), draft.terms];
  const links = await blocks.put(
    boxes.map((bytes) => ({ codec: 'raw', bytes })),
    options,
  );
  const shares = draft.nodeShares.flatMap(({ node }, i) => {
    const box = links[i];
    return box ? [{ node, box }] : [];
  });
  const terms = links[links.length - 1];
  if (!terms) throw new ClientError('answer-malformed', { what: 'store' });
  const rekeys = draft.rekeys.map(({ X, commitments }) => ({ X, commitments: [...commitments] }));
  const body = {
    patient,
    delegate: init.delegate,
    nonce: draft.nonce,
    threshold,
    rekeys,
    shares,
    terms,
    termsCommitment: draft.termsCommitment,
    expiresAtMs,
    request: init.request ?? null,
  };
  const submitted = await submission.submit('grant.create', body, options);
  const grant = draft.grantId;
  vault.grants.push({ grant, patient, categories: [...init.categories], months: [...init.months] });
  return { ...submitted, grant };
}
