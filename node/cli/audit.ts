import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { chainIdOf, decodeGenesis } from '#consensus/ledger';
import {
  AUDIT_FILE_BYTES_MAX,
  auditRange,
  ClientError,
  readProofFile,
  verifyAudit,
  verifyEmergencyReceipt,
  verifyFalseConversion,
  verifyReceipt,
  verifyTwoCertificates,
} from '#node/client';
import type { AuditRange, HeightRange, VerifiedEmergency } from '#node/client';
import { AUDIT_FORMATS, renderAudit } from './audit-render.ts';
import { EXIT, flagOption, numberOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode, OptionValues } from './command.ts';
import { readGenesisFile } from './genesis-file.ts';

const HEIGHT_OPTION = { min: 0, max: 999_999_999 };

export const auditCommand: Command = {
  name: 'audit',
  summary: 'verify receipts, audits and evidence offline, and write audits as tables',
  usage:
    'verify <file>... --genesis <file> [--json] | export <file> --genesis <file> [--format ndjson|csv|fhir] [--from <height>] [--to <height>] [--out <file>] | compare <file> <export> --genesis <file> [--format <name>] [--from <height>] [--to <height>]',
  help: `
Without a network and without a node: everything is checked against the genesis file alone.

verify   says what each file proves. A receipt: one delegated access, its block, the grant and what each proxy did for
         it; or one emergency, who asked, who vouched, and which institutions released what. An audit: every line about a patient up to a block, none left out. Evidence: a proxy that signed a false
         conversion; two certified blocks of one height. Exit code 1 when a file does not hold.
export   verifies an audit file and writes its lines. A range of blocks is whole because the list is.
compare  says whether an exported file is what an audit proves for this format and range, with nothing changed, added or
         left out. Exit code 1 when it is not.

  --genesis <file>   the network's genesis, from a source that you trust
  --json             what is proven as JSON, one line for each file
  --format <name>    ndjson (default), csv, or fhir: a Bundle of AuditEvent (IHE BALP) and Consent
  --from, --to       first and last block of the range
  --out <file>       write there; a file that exists is not touched`,
  options: {
    genesis: { type: 'string' },
    json: { type: 'boolean' },
    format: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    out: { type: 'string' },
  },
  positionals: { min: 2, max: 1024 },
  async run(args) {
    const [verb = '', ...files] = args.positionals;
    const genesis = readGenesisFile(resolve(args.io.cwd, requiredOption(args.values, 'genesis')));
    const { createNativeBackend } = await import('#crypto/native');
    const backend = await createNativeBackend();
    if (verb === 'verify') return verifyFiles(backend, genesis, files, args);
    if (verb === 'export' && files.length === 1)
      return await exportFile(backend, genesis, files[0] ?? '', args);
    if (verb === 'compare' && files.length === 2) return await compareFiles(backend, genesis, files, args);
    if (verb === 'compare') throw new UsageError('compare takes an audit and its export');
    throw new UsageError(verb === 'export' ? 'export takes one file' : `no "audit ${verb.slice(0, 32)}"`);
  },
};

type Proven = Readonly<Record<string, string | number | readonly string[]>>;

function verifyFiles(
  backend: Backend,
  genesis: Uint8Array,
  files: readonly string[],
  { values, io }: CommandArgs,
): ExitCode {
  let exit: ExitCode = EXIT.ok;
  for (const name of files) {
    try {
      const proven = provenBy(backend, genesis, readBounded(resolve(io.cwd, name)));
      if (flagOption(values, 'json')) io.out(`${JSON.stringify({ file: name, ok: true, ...proven })}\n`);
      else io.out(`${name}: holds\n${rowsOf(proven)}`);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      exit = EXIT.error;
      const { code, message } = error;
      if (flagOption(values, 'json'))
        io.out(`${JSON.stringify({ file: name, ok: false, code, reason: message })}\n`);
      else io.err(`${name}: does not hold (${message})\n`);
    }
  }
  return exit;
}

/** What a file of any kind proves. @throws ClientError */
function provenBy(backend: Backend, genesis: Uint8Array, file: Uint8Array): Proven {
  // A proof file is JSON and begins with a brace; an audit is a CBOR map and never does.
  if (file[0] !== 0x7b) {
    const { patient, height, timeMs, lines } = verifyAudit(backend, genesis, file);
    const time = new Date(timeMs).toISOString();
    return { format: 'phr-mesh-audit', patient: toHex(patient), height, time, lines: lines.length };
  }
  const { format } = readProofFile(file);
  switch (format) {
    case 'phr-mesh-receipt': {
      const { access, height, timeMs, patient, delegate, grant, records, proxies, proxyNames } =
        verifyReceipt(backend, genesis, file);
      return {
        format,
        access: toHex(access),
        height,
        time: new Date(timeMs).toISOString(),
        patient: toHex(patient),
        delegate: toHex(delegate),
        grant: toHex(grant),
        records: records.map(toHex),
        proxies: proxies.map(toHex),
        institutions: proxyNames,
      };
    }
    case 'phr-mesh-emergency-receipt':
      return emergencyRows(verifyEmergencyReceipt(backend, genesis, file));
    case 'phr-mesh-false-conversion': {
      const { node, nodeName, access, item, height } = verifyFalseConversion(backend, genesis, file);
      return { format, node: toHex(node), institution: nodeName, access: toHex(access), item, height };
    }
    case 'phr-mesh-two-certificates': {
      const proven = verifyTwoCertificates(backend, genesis, file);
      return {
        format,
        height: proven.height,
        blocks: proven.blocks.map(toHex),
        signedBoth: proven.signedBoth.map(toHex),
        institutions: proven.signedBothNames,
      };
    }
  }
}

function emergencyRows(receipt: VerifiedEmergency): Proven {
  return {
    format: 'phr-mesh-emergency-receipt',
    emergency: toHex(receipt.emergency),
    reason: receipt.reason,
    height: receipt.height,
    time: new Date(receipt.timeMs).toISOString(),
    until: new Date(receipt.expiresAtMs).toISOString(),
    patient: toHex(receipt.patient),
    doctor: toHex(receipt.doctor),
    countersignedBy: toHex(receipt.countersignedBy),
    records: receipt.records.map(toHex),
    nodes: receipt.nodes.map(toHex),
    institutions: receipt.nodeNames,
  };
}

function rowsOf(proven: Proven): string {
  const rows = Object.entries(proven).flatMap(([label, value]) =>
    [value].flat().map((one, i) => `  ${(i === 0 ? label : '').padEnd(10)} ${one}\n`),
  );
  return rows.join('');
}

interface Rendered {
  readonly range: AuditRange;
  readonly bytes: Uint8Array;
}

async function rendered(
  backend: Backend,
  genesis: Uint8Array,
  name: string,
  { values, io }: CommandArgs,
): Promise<Rendered> {
  const named = textOption(values, 'format') ?? 'ndjson';
  const format = AUDIT_FORMATS.find((known) => known === named);
  if (format === undefined) throw new UsageError(`--format takes one of ${AUDIT_FORMATS.join(', ')}`);
  const audit = verifyAudit(backend, genesis, readBounded(resolve(io.cwd, name)));
  const range = auditRange(audit, rangeOf(values));
  return { range, bytes: await renderAudit(audit, range, format, chainIdOf(decodeGenesis(genesis))) };
}

async function exportFile(
  backend: Backend,
  genesis: Uint8Array,
  name: string,
  args: CommandArgs,
): Promise<ExitCode> {
  const { values, io } = args;
  const { range, bytes } = await rendered(backend, genesis, name, args);
  const out = textOption(values, 'out');
  if (out === undefined) io.out(new TextDecoder().decode(bytes));
  else {
    writeFileSync(resolve(io.cwd, out), bytes, { flag: 'wx', mode: 0o600 });
    io.out(wholeText(range));
  }
  return EXIT.ok;
}

/** Whether an exported file is, byte for byte, what the audit proves. */
async function compareFiles(
  backend: Backend,
  genesis: Uint8Array,
  [name = '', exported = '']: readonly string[],
  args: CommandArgs,
): Promise<ExitCode> {
  const { io } = args;
  const { range, bytes } = await rendered(backend, genesis, name, args);
  const given = readBounded(resolve(io.cwd, exported));
  if (equalBytes(bytes, given)) {
    io.out(`${exported}: holds. ${wholeText(range)}`);
    return EXIT.ok;
  }
  const lines = (all: Uint8Array): string[] => new TextDecoder().decode(all).split('\n');
  const [wanted, found] = [lines(bytes), lines(given)];
  const at = wanted.findIndex((line, i) => line !== found[i]);
  const line = at < 0 ? wanted.length + 1 : at + 1;
  io.err(
    `${exported}: does not hold (line ${line} is not what the audit proves for this range and format)\n`,
  );
  return EXIT.error;
}

const wholeText = ({ lines, total, from, to }: AuditRange): string =>
  `${lines.length} of ${total} lines, blocks ${from} to ${to}, none left out\n`;

function rangeOf(values: OptionValues): Partial<HeightRange> {
  const from = numberOption(values, 'from', HEIGHT_OPTION);
  const to = numberOption(values, 'to', HEIGHT_OPTION);
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function readBounded(file: string): Uint8Array {
  if (statSync(file).size > AUDIT_FILE_BYTES_MAX)
    throw new ClientError('input-invalid', { what: 'a file that is too large' });
  return new Uint8Array(readFileSync(file));
}
