import { beforeAll, describe, expect, it } from 'vitest';
import { CID, decode, encode, sha256, toBase64Url, toHex, utf8 } from '#crypto';
import { decodeBlock } from '#consensus';
import {
  decodeTransaction,
  EMERGENCY_REASONS,
  EMERGENCY_VERDICTS,
  PERSON_ROLES,
  REPORT_ACTIONS,
  TRANSACTION_KINDS,
} from '#consensus/ledger';
import { admit, everything, NOVEMBER, openClinic } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';
import { auditRange, verifyAudit } from '#node/client';
import { AUDIT_FORMATS, renderAudit } from '../../../node/cli/audit-render.ts';

/** What must not be on the ledger in any form: a name, a number, a diagnosis, a code, a keyword, reasons, a condition. */
const CANARIES = [
  'Marigold Featherstonehaugh',
  'MRN-7741906',
  'pheochromocytoma',
  'loinc:88888-8',
  'custody-dispute-canary',
  'collapsed-in-tram-canary',
  'study-on-zebras-canary',
  'vital-signs',
  NOVEMBER,
] as const;
const [NAME, MRN, DIAGNOSIS, CODE, REASON, EMERGENCY, PURPOSE] = CANARIES;
const DAY_MS = 24 * 3_600_000;

/** The forms in which a text is looked for: as it is, lower case, in UTF-16, as hash (unsalted), as hex and base64 text. */
function formsOf(text: string): Uint8Array[] {
  const plain = [text, text.toLowerCase(), text.toUpperCase()].map(utf8);
  const wide = Uint8Array.from({ length: 2 * text.length }, (_, i) =>
    i % 2 === 0 ? text.charCodeAt(i / 2) : 0,
  );
  const raw = utf8(text);
  return [...plain, wide, sha256(raw), utf8(toHex(raw)), utf8(toBase64Url(raw).slice(0, -2))];
}

/** The canaries that occur in the bytes. */
function found(bytes: Uint8Array): string[] {
  const haystack = toHex(bytes);
  return CANARIES.filter((canary) => formsOf(canary).some((form) => haystack.includes(toHex(form))));
}

/** Everything in a decoded value that is text, keys of maps left out. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array || CID.asCID(value) !== null) return [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** A patient, two doctors and an emergency, with the canaries wherever people write something. */
async function play(clinic: Clinic): Promise<void> {
  const { network, maria, alice, bob, administrators } = clinic;
  const patient = maria.keys.id;
  const record = (text: string) => ({
    resource: utf8(JSON.stringify({ resourceType: 'Observation', subject: NAME, identifier: MRN, text })),
    category: 'vital-signs',
    month: NOVEMBER,
    keywords: [DIAGNOSIS, CODE, 'vital-signs', NOVEMBER],
  });
  const uploaded = await maria.records.upload({ patient, records: [record(DIAGNOSIS), record(NAME)] });
  await bob.sharing.requestAccess({ patient, to: alice.keys.id, message: `${REASON}: ${NAME}` });
  const asked = await alice.sharing.requests();
  await alice.sharing.refuseRequest(asked[0] ?? fail(), REASON);
  const expiresAtMs = network.timeMs + DAY_MS;
  const categories = ['vital-signs'];
  const terms = { patient, delegate: bob.keys.id, categories, months: [NOVEMBER], expiresAtMs };
  await alice.sharing.grant({ ...terms, purpose: PURPOSE });
  const { hits } = await alice.records.search({ ...everything(patient), keywords: DIAGNOSIS });
  expect(await alice.records.openAll(hits)).toHaveLength(2);
  await maria.emergencies.optIn({ patient });
  const request = {
    patient,
    reason: 'BTG',
    text: `${EMERGENCY}: ${DIAGNOSIS}`,
    lifetimeMs: DAY_MS,
  } as const;
  const { emergency } = await bob.emergencies.request(request);
  const eastern = network.client(network.administrators[1]?.[0] ?? fail(), { node: 1 });
  await eastern.emergencies.countersign(emergency);
  await alice.guardians.cover({ patient, doctors: [bob.keys.id], untilMs: expiresAtMs });
  await maria.erasure.erase(patient, [uploaded[0]?.recordId ?? fail()]);
  await bob.care.requestAssignment(patient, bob.keys.id);
  await identify(clinic);
  await administrators[0]?.people.suspend(alice.keys.id, `${REASON} ${NAME}`);
}

/** The same person applies at two institutions, under her name, with her number. */
async function identify({ network }: Clinic): Promise<void> {
  const [familyName = '', givenNames = ''] = NAME.split(' ').toReversed();
  const identity = { familyName, givenNames, birthDate: '1961-03-09', number: { country: 'CH', value: MRN } };
  const applicants = [2, 3].map((home) =>
    network.client(network.person(`applicant ${home}`), { node: home }),
  );
  const deciding = [2, 3].map((home) =>
    network.client(network.administrators[home]?.[0] ?? fail(), { node: home }),
  );
  for (const client of deciding) await client.identities.publishKey();
  for (const [i, client] of applicants.entries()) {
    await client.people.register({ role: 'patient', home: network.nodes[i + 2]?.id ?? fail() });
    const { identifiers, matches } = await deciding[i]!.identities.check(client.keys.id, identity);
    expect(matches.map(({ basis }) => basis)).toEqual(i === 0 ? [] : ['names', 'number']);
    await deciding[i]!.people.approve(client.keys.id, { identifiers });
  }
}

function fail(): never {
  throw new Error('nothing there');
}

describe('the whole ledger of a played scenario', () => {
  let clinic: Clinic;
  let blocks: Uint8Array[] = [];
  let rows: (readonly [Uint8Array, Uint8Array])[] = [];
  beforeAll(async () => {
    clinic = await openClinic();
    await admit(clinic.network, NAME, 'patient', 2);
    await play(clinic);
    blocks = clinic.network.chain.map(({ block }) => block);
    rows = [...clinic.network.state.entries()];
  });

  it('holds no name, number, diagnosis, keyword, condition, purpose or reason, in any form', () => {
    expect(blocks.length).toBeGreaterThan(20);
    for (const block of blocks) expect(found(block)).toEqual([]);
    for (const [key, value] of rows) expect([...found(key), ...found(value)]).toEqual([]);
  });

  it('is taken away as a whole, in every format of the audit, without a word of it', async () => {
    const { network, maria } = clinic;
    const file = await maria.audit.export(maria.keys.id);
    const audit = verifyAudit(network.backend, network.genesisBytes, file);
    expect(audit.lines.length).toBeGreaterThan(10);
    const range = auditRange(audit);
    expect(found(file)).toEqual([]);
    for (const format of AUDIT_FORMATS) {
      const bytes = await renderAudit(audit, range, format, network.chainId);
      expect(bytes.length).toBeGreaterThan(1000);
      // The months of the lines' own times are there to be read.
      expect(found(bytes).filter((canary) => canary !== NOVEMBER)).toEqual([]);
    }
  });

  it('is scanned by a search that finds what is there', () => {
    for (const canary of CANARIES) {
      for (const form of formsOf(canary)) expect(found(encode({ deep: [form, 1] }))).toContain(canary);
    }
  });

  it('holds no text but words of fixed lists', () => {
    const words = new Set<string>([
      ...TRANSACTION_KINDS,
      ...PERSON_ROLES,
      ...REPORT_ACTIONS,
      ...EMERGENCY_REASONS,
      ...EMERGENCY_VERDICTS,
    ]);
    const kinds = new Set<string>();
    for (const block of blocks) {
      for (const wire of decodeBlock(block).transactions) {
        const { transaction, signedBytes } = decodeTransaction(wire);
        kinds.add(transaction.kind);
        expect(textsIn(decode(signedBytes, signedBytes.length)).filter((text) => !words.has(text))).toEqual(
          [],
        );
      }
    }
    for (const kind of [
      'record.anchor',
      'record.erase',
      'grant.refuse',
      'emergency.countersign',
      'cover.create',
      'assignment.request',
      'identity.publish',
    ])
      expect(kinds).toContain(kind);
  });
});
