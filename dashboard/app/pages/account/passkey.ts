/** What asking for a passkey led to. `prf`: 32 bytes, to be handed to the worker and wiped. */
export type PasskeyOutcome =
  | { kind: 'done'; prf: Uint8Array<ArrayBuffer> }
  /** The person or the device said no; which, a browser does not tell. */
  | { kind: 'cancelled' }
  /** This browser or this authenticator has no PRF: it can not give a key. */
  | { kind: 'unsupported' };

const TIMEOUT_MS = 120_000;
/** COSE: Ed25519, ECDSA with P-256, RSA. */
const ALGORITHMS = [-8, -7, -257];
const random = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(32));

export const hasPasskeys = (): boolean => 'PublicKeyCredential' in window && isSecureContext;

/**
 * Makes a passkey on this device and takes its PRF. The node never sees the passkey: no challenge of it is verified,
 * the key that the PRF gives is what opens the account.
 */
export async function makePasskey(salt: Uint8Array, name: string): Promise<PasskeyOutcome> {
  const made = await ask(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: random(),
        rp: { name: 'PHR Mesh' },
        user: { id: random(), name, displayName: name },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        timeout: TIMEOUT_MS,
        extensions: { prf: { eval: { first: Uint8Array.from(salt) } } },
      },
    }),
  );
  if (made === undefined) return { kind: 'cancelled' };
  const { prf } = made.getClientExtensionResults();
  if (prf?.enabled === false) return { kind: 'unsupported' };
  const first = prf?.results?.first;
  if (first !== undefined) return { kind: 'done', prf: taken(first) };
  // Many authenticators give the PRF only when the passkey is used.
  return askPasskey(salt, made.rawId);
}

/** Asks for any passkey of this node, or for one certain, and takes its PRF. */
export async function askPasskey(salt: Uint8Array, id?: ArrayBuffer): Promise<PasskeyOutcome> {
  const got = await ask(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: random(),
        userVerification: 'required',
        timeout: TIMEOUT_MS,
        allowCredentials: id === undefined ? [] : [{ type: 'public-key', id }],
        extensions: { prf: { eval: { first: Uint8Array.from(salt) } } },
      },
    }),
  );
  if (got === undefined) return { kind: 'cancelled' };
  const first = got.getClientExtensionResults().prf?.results?.first;
  return first === undefined ? { kind: 'unsupported' } : { kind: 'done', prf: taken(first) };
}

async function ask(run: () => Promise<Credential | null>): Promise<PublicKeyCredential | undefined> {
  try {
    const credential = await run();
    return credential instanceof PublicKeyCredential ? credential : undefined;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** A copy, and the browser's own bytes overwritten. */
function taken(source: BufferSource): Uint8Array<ArrayBuffer> {
  const view =
    source instanceof ArrayBuffer
      ? new Uint8Array(source)
      : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const copy = Uint8Array.from(view);
  view.fill(0);
  return copy;
}
