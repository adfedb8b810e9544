import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { verifyAudit } from '#node/client';
import type { VerifiedAudit } from '#node/client';
import { everything, NOVEMBER, openClinic, readings } from '../client/clinic.ts';
import { phr } from './run-phr.ts';

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
    expect(table.every((row) => row.split(',').length === 11)).toBe(true);
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

  it('answers a verb, format or number of files that it does not know with 2', async () => {
    for (const words of [['verify'], ['burn', 'audit.cbor'], ['export', 'audit.cbor', 'receipt.json']])
      expect((await run(...words)).code).toBe(2);
    expect((await run('export', 'audit.cbor', '--format', 'xml')).code).toBe(2);
    expect((await phr(['audit', 'verify', 'receipt.json'], { cwd })).code).toBe(2);
  });
});

const parsed = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;
