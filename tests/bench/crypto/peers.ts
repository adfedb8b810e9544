import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Operations } from './measure.ts';

/**
 * The two well-known libraries for proxy re-encryption, installed into a temporary folder: they are GPL and AGPL and
 * never become dependencies. Only what is measured is typed here.
 */
const PEERS = ['@nucypher/umbral-pre@0.10.0', '@ironcorelabs/recrypt-wasm-binding@0.7.1'];

interface UmbralKey {
  publicKey(): object;
}
interface UmbralFragment {
  toBytes(): Uint8Array;
}
interface UmbralSigner {
  sign(message: Uint8Array): object;
  verifyingKey(): object;
}
interface Umbral {
  readonly SecretKey: { random(): UmbralKey };
  readonly Signer: new (key: UmbralKey) => UmbralSigner;
  readonly CapsuleFrag: {
    fromBytes(bytes: Uint8Array): {
      verify(capsule: object, verifying: object, delegating: object, receiving: object): UmbralFragment;
    };
  };
  encrypt(key: object, plaintext: Uint8Array): [object, Uint8Array];
  generateKFrags(
    from: UmbralKey,
    to: object,
    signer: UmbralSigner,
    threshold: number,
    shares: number,
    signFrom: boolean,
    signTo: boolean,
  ): object[];
  reencrypt(capsule: object, fragment: object): UmbralFragment;
  decryptReencrypted(
    key: UmbralKey,
    from: object,
    capsule: object,
    fragments: UmbralFragment[],
    ciphertext: Uint8Array,
  ): Uint8Array;
}

interface RecryptPair {
  readonly publicKey: object;
  readonly privateKey: Uint8Array;
}
interface Recrypt {
  generateKeyPair(): RecryptPair;
  generateEd25519KeyPair(): RecryptPair;
  generatePlaintext(): Uint8Array;
  generateTransformKey(from: Uint8Array, to: object, signing: Uint8Array): object;
  encrypt(plaintext: Uint8Array, to: object, signing: Uint8Array): object;
  transform(value: object, key: object, signing: Uint8Array): object;
  decrypt(value: object, key: Uint8Array): Uint8Array;
}

/** Runs `use` with what could be installed; `undefined` says that the registry did not answer. */
export async function withPeers(use: (peers: Operations | undefined) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'phr-peers-'));
  try {
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PEERS];
    const { status } = spawnSync('npm', install, { cwd: folder, stdio: 'ignore' });
    await use(status === 0 ? { ...(await umbral(folder)), ...(await recrypt(folder)) } : undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const load = (...path: string[]): Promise<unknown> => import(pathToFileURL(join(...path)).href);

async function umbral(folder: string): Promise<Operations> {
  const path = join(folder, 'node_modules/@nucypher/umbral-pre/pkg-node/umbral_pre_wasm.js');
  const loaded = (await load(path)) as { default: Umbral };
  const library = loaded.default;
  const [alice, bob] = [library.SecretKey.random(), library.SecretKey.random()];
  const signer = new library.Signer(library.SecretKey.random());
  const [from, to, verifying] = [alice.publicKey(), bob.publicKey(), signer.verifyingKey()];
  const plaintext = new Uint8Array(500);
  const rekey = () => library.generateKFrags(alice, to, signer, 2, 4, true, true);
  const [first, second] = rekey();
  if (first === undefined || second === undefined) throw new Error('umbral-pre gave no fragments');
  const [capsule, ciphertext] = library.encrypt(from, plaintext);
  const sent = [first, second].map((fragment) => library.reencrypt(capsule, fragment).toBytes());
  const open = () => {
    const verified = sent.map((bytes) =>
      library.CapsuleFrag.fromBytes(bytes).verify(capsule, verifying, from, to),
    );
    return library.decryptReencrypted(bob, from, capsule, verified, ciphertext);
  };
  if (open().length !== 500) throw new Error('umbral-pre does not open its own ciphertext');
  return {
    'umbral encrypt': () => library.encrypt(from, plaintext),
    'umbral encrypt and sign': () => signer.sign(library.encrypt(from, plaintext)[1]),
    'umbral rekey': rekey,
    'umbral re-encrypt': () => library.reencrypt(capsule, first).toBytes(),
    'umbral verify and open': open,
  };
}

async function recrypt(folder: string): Promise<Operations> {
  const home = join(folder, 'node_modules/@ironcorelabs/recrypt-wasm-binding');
  // The package is made for bundlers: its WebAssembly is instantiated here by hand.
  await writeFile(join(home, 'bench.mjs'), await readFile(join(home, 'recrypt_wasm_binding_bg.js')));
  const glue = (await load(home, 'bench.mjs')) as Record<string, unknown> & {
    __wbg_set_wasm(exports: object): void;
    Api256: new () => Recrypt;
  };
  const wasm = await readFile(join(home, 'recrypt_wasm_binding_bg.wasm'));
  const imports = { './recrypt_wasm_binding_bg.js': glue } as unknown as WebAssembly.Imports;
  const { instance } = await WebAssembly.instantiate(wasm, imports);
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  const api = new glue.Api256();
  const [alice, bob, signing] = [api.generateKeyPair(), api.generateKeyPair(), api.generateEd25519KeyPair()];
  const plaintext = api.generatePlaintext();
  const rekey = () => api.generateTransformKey(alice.privateKey, bob.publicKey, signing.privateKey);
  const key = rekey();
  const encrypt = () => api.encrypt(plaintext, alice.publicKey, signing.privateKey);
  const value = encrypt();
  const transformed = api.transform(value, key, signing.privateKey);
  const open = () => api.decrypt(transformed, bob.privateKey);
  if (open().length !== plaintext.length) throw new Error('recrypt does not open its own ciphertext');
  return {
    'recrypt encrypt': encrypt,
    'recrypt rekey': rekey,
    'recrypt re-encrypt': () => api.transform(value, key, signing.privateKey),
    'recrypt verify and open': open,
  };
}
