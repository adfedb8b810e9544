import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMAIN, equalBytes, fromBase64Url, kdf, prf, toBase64Url, utf8 } from '#crypto';
import { z } from 'zod';
import { GatewayError } from './gateway-error.ts';

const FILE = 'sources.json';
const FILE_BYTES_MAX = 1024 * 1024;
const SOURCES_MAX = 4_096;
const EPOCH_MAX = 1_000_000;

const fileSchema = z.strictObject({
  version: z.literal(1),
  epochs: z.string().max(FILE_BYTES_MAX),
  mac: z.string().regex(/^[A-Za-z0-9_-]*$/),
});
const epochsSchema = z
  .array(z.tuple([z.string().max(63), z.number().int().min(1).max(EPOCH_MAX)]))
  .max(SOURCES_MAX);

/**
 * How often the secret of each source was withdrawn: a lost or stolen wearable gets a new one, and its old one is
 * worth nothing from the next message on, also in a gateway that runs. The file is authenticated under the gateway's
 * root; one that does not fit stops the intake rather than bring an old secret back.
 */
export class SourceEpochs {
  readonly #file: string;
  readonly #key: Uint8Array;
  #epochs = new Map<string, number>();
  #stamp = 'none';

  constructor(directory: string, root: Uint8Array) {
    this.#file = join(directory, FILE);
    this.#key = kdf(DOMAIN.gatewaySource, root, [utf8('epochs')], 32);
  }

  /** @throws GatewayError `disk-damaged` */
  epochOf(source: string): number {
    this.#refresh();
    return this.#epochs.get(source) ?? 0;
  }

  /** Withdraws the secret of a source. @throws GatewayError `disk-damaged`, `sources-full` */
  withdraw(source: string): void {
    this.#refresh();
    if (!this.#epochs.has(source) && this.#epochs.size >= SOURCES_MAX) throw new GatewayError('sources-full');
    const next = new Map(this.#epochs).set(source, (this.#epochs.get(source) ?? 0) + 1);
    const epochs = JSON.stringify([...next]);
    const text = JSON.stringify({ version: 1, epochs, mac: toBase64Url(this.#mac(epochs)) });
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
  }

  #mac(epochs: string): Uint8Array {
    return prf(DOMAIN.gatewaySource, this.#key, utf8(epochs));
  }

  /** Reads the file again when it is another one than before. */
  #refresh(): void {
    const stat = statSync(this.#file, { bigint: true, throwIfNoEntry: false });
    const stamp = stat === undefined ? 'none' : `${stat.ino}/${stat.mtimeNs}/${stat.size}`;
    if (stamp === this.#stamp) return;
    // Whoever removes the file while the gateway runs does not bring old secrets back.
    if (stat === undefined || stat.size > BigInt(FILE_BYTES_MAX))
      throw new GatewayError('disk-damaged', { file: FILE });
    this.#epochs = this.#read();
    this.#stamp = stamp;
  }

  #read(): Map<string, number> {
    try {
      const { epochs, mac } = fileSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
      if (!equalBytes(fromBase64Url(mac), this.#mac(epochs))) throw new GatewayError('disk-damaged');
      return new Map(epochsSchema.parse(JSON.parse(epochs)));
    } catch (cause) {
      throw new GatewayError('disk-damaged', { file: FILE }, { cause });
    }
  }
}
