import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { nobleBackend, toHex } from '#crypto';
import { verifyAudit } from '#node/client';

/** Verifies an exported audit from two files alone. Arguments: genesis, URL that must not be reachable, exports. */
const refuse = (): never => {
  throw new Error('no network here');
};
net.Socket.prototype.connect = refuse;
dgram.createSocket = refuse;

const [genesisFile = '', probeUrl = '', ...exportFiles] = process.argv.slice(2);
const reachedNetwork =
  probeUrl !== '' &&
  (await fetch(probeUrl).then(
    () => true,
    () => false,
  ));

function verdictOf(exportFile: string): object {
  try {
    const { height, lines } = verifyAudit(
      nobleBackend,
      new Uint8Array(readFileSync(genesisFile)),
      new Uint8Array(readFileSync(exportFile)),
    );
    return { ok: true, height, transactions: lines.map(({ transaction }) => toHex(transaction)) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'unknown' };
  }
}
process.stdout.write(JSON.stringify({ reachedNetwork, verdicts: exportFiles.map(verdictOf) }));
