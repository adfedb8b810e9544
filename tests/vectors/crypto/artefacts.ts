import {
  combine,
  convert,
  createGrant,
  decodeRecordHeader,
  deriveCompartment,
  deriveNodeKeys,
  derivePersonKeys,
  encode,
  keywordKey,
  laneIndexKey,
  linkOf,
  normaliseKeyword,
  openShares,
  openTerms,
  recoveryCodeOf,
  sealBox,
  sealRecord,
  searchTag,
  sha256,
  toHex,
  utf8,
  writerKit,
  type Backend,
} from '#crypto';
import { bytesOf, CHAIN, deterministic } from '../../unit/crypto/cast.ts';

/** A long artefact stands for itself by its SHA-256. */
const digest = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: toHex(sha256(bytes)) });

type Artefacts = Readonly<Record<string, unknown>>;

function keys(backend: Backend): Artefacts {
  const root = bytesOf('vector root');
  const person = derivePersonKeys(deterministic(backend, 'person'), root);
  const node = deriveNodeKeys(backend, root);
  return {
    root: toHex(root),
    person: {
      id: toHex(person.id),
      sign: toHex(person.sign.publicKey),
      seal: digest(person.seal.publicKey),
      delegate: toHex(person.delegate.public),
      possession: toHex(person.publicKeys.possession),
    },
    node: {
      id: toHex(node.id),
      validator: toHex(node.validator.publicKey),
      seal: digest(node.seal.publicKey),
      peerSeed: toHex(node.peerSeed),
    },
    recoveryCode: recoveryCodeOf(root),
  };
}

const NAMES = [
  { category: 'laboratory', generation: 0, period: '2026-11' },
  { category: 'laboratory', generation: 1, period: '2026-11' },
  { category: 'emergency', generation: 0, period: 'all' },
];

function compartments(backend: Backend): Artefacts {
  const seed = bytesOf('vector generation seed');
  const writer = bytesOf('vector writer');
  return {
    seed: toHex(seed),
    writer: toHex(writer),
    compartments: NAMES.map((name) => {
      const compartment = deriveCompartment(backend, seed, name);
      const kit = writerKit(backend, compartment, writer, 1);
      return {
        name,
        a: toHex(compartment.a),
        A: toHex(compartment.A),
        kappa: toHex(compartment.kappa),
        ix: toHex(compartment.ix),
        kappaLane: toHex(kit.kappaLane),
        ixLane: toHex(kit.ixLane),
      };
    }),
  };
}

function tags(): Artefacts {
  const ixLane = laneIndexKey(bytesOf('vector ix'), bytesOf('vector writer'));
  return {
    ixLane: toHex(ixLane),
    tags: ['*', 'LOINC:4548-4', ' Blood  Pressure '].map((keyword) => ({
      keyword,
      normal: normaliseKeyword(keyword),
      tags: [0, 1, 4_294_967_296].map((n) => ({ n, tag: toHex(searchTag(keywordKey(ixLane, keyword), n)) })),
    })),
  };
}

function box(backend: Backend): Artefacts {
  const sender = derivePersonKeys(backend, bytesOf('vector sender'));
  const recipient = derivePersonKeys(backend, bytesOf('vector recipient'));
  const sealed = sealBox(deterministic(backend, 'box'), {
    sender: { id: sender.id, secretKey: sender.sign.secretKey },
    recipientSeal: recipient.seal.publicKey,
    context: utf8('vector context'),
    plaintext: utf8('vector plaintext'),
  });
  return { box: digest(sealed), commitment: toHex(sealed.subarray(1121, 1153)) };
}

function sealVector(backend: Backend) {
  const writer = derivePersonKeys(backend, bytesOf('vector writer root'));
  const compartment = deriveCompartment(backend, bytesOf('vector generation seed'), NAMES[0]!);
  return sealRecord(deterministic(backend, 'record'), {
    chainId: CHAIN,
    recordId: bytesOf('vector record'),
    patient: bytesOf('vector patient'),
    sequence: 5,
    previous: linkOf('dag-cbor', encode('previous')),
    writer: { id: writer.id, secretKey: writer.sign.secretKey },
    slots: [writerKit(backend, compartment, writer.id, 1)],
    plaintext: utf8('{"resourceType":"Observation"}'),
  });
}

async function record(backend: Backend): Promise<Artefacts> {
  const sealed = await sealVector(backend);
  return {
    header: toHex(sealed.header),
    headerCid: sealed.headerCid.toString(),
    blocks: sealed.blocks.map(({ cid, bytes }) => ({ cid: cid.toString(), ...digest(bytes) })),
  };
}

async function grant(backend: Backend): Promise<Artefacts> {
  const random = deterministic(backend, 'grant');
  const issuer = derivePersonKeys(deterministic(backend, 'issuer'), bytesOf('vector issuer'));
  const delegate = derivePersonKeys(deterministic(backend, 'delegate'), bytesOf('vector delegate'));
  const nodes = ['a', 'b', 'c', 'd'].map((name) => deriveNodeKeys(backend, bytesOf(`vector node ${name}`)));
  const compartment = deriveCompartment(backend, bytesOf('vector generation seed'), NAMES[0]!);
  const draft = createGrant(random, {
    issuer,
    patient: bytesOf('vector patient'),
    delegate: delegate.publicKeys,
    compartments: [compartment],
    threshold: 3,
    nodes: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
    terms: { purpose: 'vector purpose', expiresAtMs: 1_800_000_000_000 },
    nonce: bytesOf('vector nonce').subarray(0, 16),
  });
  const from = { id: issuer.id, signPublicKey: issuer.sign.publicKey };
  const opened = openTerms(backend, { delegate, issuer: from, grantId: draft.grantId, box: draft.terms });
  const j = opened.compartments[0]!.rekey;
  const rekey = draft.rekeys[j]!;
  const { slots, recordId } = decodeRecordHeader((await sealVector(backend)).header);
  const E = slots[0]!.E;
  const context = {
    chainId: CHAIN,
    grantId: draft.grantId,
    rekey: j,
    recordId,
    slot: 0,
    delegate: delegate.id,
    accessId: bytesOf('vector access'),
    height: 9,
  };
  const shares = nodes.map((node, i) => {
    const box_ = draft.nodeShares[i]!.box;
    const init = { node, issuer: from, grantId: draft.grantId, index: i + 1, rekeys: [...draft.rekeys], box: box_ };
    return openShares(backend, init)[j]!;
  });
  const conversions = shares.map((share, i) =>
    convert(deterministic(backend, `proxy ${i}`), { share, E, index: i + 1, context }),
  );
  const Y = combine(backend, {
    delegate,
    grantId: draft.grantId,
    rekeyIndex: j,
    rekey,
    conversions: conversions.slice(1),
  });
  return {
    grantId: toHex(draft.grantId),
    rekeyIndex: j,
    rekeys: draft.rekeys.map(({ X, commitments }) => ({ X: toHex(X), commitments: commitments.map(toHex) })),
    shares: shares.map(toHex),
    shareBoxes: draft.nodeShares.map((node) => digest(node.box)),
    terms: digest(draft.terms),
    termsCommitment: toHex(draft.termsCommitment),
    E: toHex(E),
    conversions: conversions.map(({ index, point, proof }) => ({ index, point: toHex(point), proof: toHex(proof) })),
    Y: toHex(Y),
  };
}

/** Every main artefact, by the name of its file; the randomness is a counter stream, so the bytes are fixed. */
export async function artefactsOf(backend: Backend): Promise<Readonly<Record<string, Artefacts>>> {
  return {
    keys: keys(backend),
    compartments: compartments(backend),
    tags: tags(),
    box: box(backend),
    record: await record(backend),
    grant: await grant(backend),
  };
}
