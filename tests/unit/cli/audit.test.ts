import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { verifyAudit } from '#node/client';
import type { VerifiedAudit } from '#node/client';
import { everything, NOVEMBER, openClinic, readings } from '../client/clinic.ts';
import { faultsByFhir, faultsByMedplum } from '../records/hl7.ts';
import { phr } from './run-phr.ts';

type Resource = Record<string, unknown> & { resourceType: string };

describe('phr audit', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'phr-audit-'));
  const run = (...words: string[]) => phr(['audit', ...words, '--genesis', 'genesis.cbor'], { cwd });
  let audit: VerifiedAudit;
  let access: string;

  beforeAll(async () => {
    const { network, maria, alice, bob } = await openClinic();
    await maria.records.upload({ patient: maria.keys.id, records: readings(1) });
    const { grant } = await alice.sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
      expiresAtMs: network.timeMs + 86_400_000,
    });
    const { hits } = await maria.records.search({ ...everything(maria.keys.id), keywords: '*' });
    const shared = await bob.sharing.openShared({ grant, hits });
    access = toHex(shared.accesses[0]!);
    await alice.submit('access.report', { patient: maria.keys.id, records: [], action: 'search' });
    const file = await maria.audit.export(maria.keys.id);
    audit = verifyAudit(network.backend, network.genesisBytes, file);
    writeFileSync(join(cwd, 'genesis.cbor'), network.genesisBytes);
    writeFileSync(join(cwd, 'receipt.json'), shared.receipts[0]!);
    writeFileSync(join(cwd, 'audit.cbor'), file);
    writeFileSync(join(cwd, 'cut.json'), shared.receipts[0]!.subarray(1));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it('says what a receipt and an audit prove', async () => {
    const { code, out } = await run('verify', 'receipt.json', 'audit.cbor', '--json');
    expect(code).toBe(0);
    const [receipt, list] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(receipt).toMatchObject({ ok: true, format: 'phr-mesh-receipt', access });
    expect(list).toMatchObject({ ok: true, format: 'phr-mesh-audit', lines: audit.lines.length });
    expect((await run('verify', 'receipt.json')).out).toContain(access);
  });

  it('ends with 1 when one of the files does not hold, and still says which do', async () => {
    const { code, out, err } = await run('verify', 'cut.json', 'receipt.json');
    expect(code).toBe(1);
    expect(err).toMatch(/cut.json: does not hold/);
    expect(out).toMatch(/receipt.json: holds/);
  });

  it('writes every line of an audit, as NDJSON and as CSV', async () => {
    const [head, ...rows] = (await run('export', 'audit.cbor')).out.trim().split('\n').map(parsed);
    expect(head).toMatchObject({
      from: 0,
      to: audit.height,
      lines: audit.lines.length,
      total: audit.lines.length,
    });
    expect(rows.map(({ transaction }) => transaction)).toEqual(
      audit.lines.map(({ transaction }) => toHex(transaction)),
    );
    expect(rows.map(({ position }) => position)).toEqual(audit.lines.map((_, position) => position));
    const csv = (await run('export', 'audit.cbor', '--format', 'csv', '--out', 'audit.csv')).out;
    expect(csv).toMatch(/none left out/);
    const table = readFileSync(join(cwd, 'audit.csv'), 'utf8').trimEnd().split('\r\n');
    expect(table).toHaveLength(audit.lines.length + 1);
    expect(table.every((row) => row.split(',').length === 12)).toBe(true);
    // What is there is not written over.
    expect((await run('export', 'audit.cbor', '--format', 'csv', '--out', 'audit.csv')).code).toBe(1);
  });

  it('cuts a range of blocks, and refuses one that the file does not reach', async () => {
    const heights = audit.lines.map(({ height }) => height);
    const [from, to] = [heights[1]!, heights[2]!];
    const { out } = await run('export', 'audit.cbor', '--from', String(from), '--to', String(to));
    const [head, ...rows] = out.trim().split('\n').map(parsed);
    expect(head).toMatchObject({ from, to, total: heights.length });
    expect(rows.map(({ height }) => height)).toEqual(heights.filter((one) => one >= from && one <= to));
    expect((await run('export', 'audit.cbor', '--to', String(audit.height + 1))).code).toBe(1);
    expect((await run('export', 'audit.cbor', '--from', '9', '--to', '8')).code).toBe(1);
  });

  it('writes FHIR: an AuditEvent of IHE BALP for every line, a Consent for every grant, good by outside validators', async () => {
    expect((await run('export', 'audit.cbor', '--format', 'fhir', '--out', 'audit.fhir.json')).code).toBe(0);
    const bundle = parsed(readFileSync(join(cwd, 'audit.fhir.json'), 'utf8')) as {
      entry: { resource: Resource }[];
    };
    const resources = bundle.entry.map(({ resource }) => resource);
    const events = resources.filter(({ resourceType }) => resourceType === 'AuditEvent');
    expect(events).toHaveLength(audit.lines.length);
    const consents = resources.filter(({ resourceType }) => resourceType === 'Consent');
    expect(consents.map(({ identifier }) => identifier)).toEqual(
      audit.grants.map(({ id }) => [{ system: 'urn:phr-mesh:grant', value: toHex(id) }]),
    );
    expect(audit.grants).toHaveLength(1);
    expect(consents[0]).toMatchObject({
      status: 'active',
      performer: [{ identifier: { value: toHex(audit.grants[0]!.issuer) } }],
    });
    for (const event of events) {
      expect(JSON.stringify(event['meta'])).toMatch(
        /https:\/\/profiles.ihe.net\/ITI\/BALP\/.*IHE.BasicAudit.Patient/,
      );
    }
    const words = JSON.stringify(events);
    expect(words.match(/"recordedBy","valueString":"client"/g)).toHaveLength(
      audit.lines.filter(({ kind }) => kind === 'access.report' || kind === 'access.search').length,
    );
    for (const one of resources)
      expect([one.resourceType, ...faultsByFhir(one), ...faultsByMedplum(one)]).toHaveLength(1);
  });

  it.each(['ndjson', 'csv', 'fhir'])(
    'compares a %s with the audit: no bit changed, no line left out or added',
    async (format) => {
      const file = `whole.${format}`;
      await run('export', 'audit.cbor', '--format', format, '--out', file);
      const compare = async (name: string, ...more: string[]) =>
        (await run('compare', 'audit.cbor', name, '--format', format, ...more)).code;
      expect(await compare(file)).toBe(0);
      expect(await compare(file, '--to', String(audit.lines[1]!.height))).toBe(1);
      const bytes = readFileSync(join(cwd, file));
      const changes = Array.from({ length: 24 }, (_, i) => {
        const at = Math.floor(((i + 0.5) / 24) * bytes.length);
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << (i % 8);
        return changed;
      });
      const lines = bytes.toString().split('\n');
      const without = (at: number): Buffer => Buffer.from(lines.toSpliced(at, 1).join('\n'));
      const twice = Buffer.from(lines.toSpliced(2, 0, lines[2]!).join('\n'));
      const wrong = [
        ...changes,
        without(1),
        without(lines.length - 2),
        twice,
        Buffer.concat([bytes, Buffer.from('\n')]),
        Buffer.alloc(0),
      ];
      for (const [i, changed] of wrong.entries()) {
        writeFileSync(join(cwd, `changed-${i}.${format}`), changed);
        expect(await compare(`changed-${i}.${format}`), `change ${i}`).toBe(1);
      }
    },
  );

  it('answers a verb, format or number of files that it does not know with 2', async () => {
    for (const words of [
      ['verify'],
      ['burn', 'audit.cbor'],
      ['compare', 'audit.cbor'],
      ['export', 'audit.cbor', 'receipt.json'],
    ])
      expect((await run(...words)).code).toBe(2);
    expect((await run('export', 'audit.cbor', '--format', 'xml')).code).toBe(2);
    expect((await phr(['audit', 'verify', 'receipt.json'], { cwd })).code).toBe(2);
  });
});

const parsed = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;
