import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes, decode, DOMAIN, encode, kdf, toHex, utf8 } from '#crypto';
import { bytesOf } from '../../../unit/crypto/cast.ts';
import { type CaseList, hexOf } from './case-list.ts';

export function addSearchEdges(list: CaseList): void {
  const forms: [text: string, normal: string][] = [
    ['Straße', 'strasse'],
    ['STRASSE', 'strasse'],
    ['\u1E9E', 'ss'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδος', 'οδοσ'],
    ['İ', 'i\u0307'],
    ['I\u0131', 'i\u0131'],
    ['\u212A', 'k'],
    ['\u0149', '\u02BCn'],
    ['\uA64A\u13A0', '\uA64B\uAB70'],
    ['\uFDFA', '\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064A\u0647 \u0648\u0633\u0644\u0645'],
    ['\uD835\uDC00\uD800', 'a\uFFFD'],
    ['e\u200D\u0301', '\u00E9'],
    ['ln\u200D:7', 'loinc:7'],
    ['\uFEFFa\u00A0\u0085\u2028b\u0000\u0007c\u3000', 'a b c'],
    ['a\u180Eb', 'ab'],
    ['http://loinc.org| 4548-4 ', 'loinc:4548-4'],
    ['ln: 4548-4', 'loinc:4548-4'],
    ['loinc: 4548-4', 'loinc:4548-4'],
    ['LOINC:\u00A04548-4', 'loinc:4548-4'],
    ['loinc : 4548-4', 'loinc : 4548-4'],
    ['ln:ln: 4548-4', 'loinc:ln: 4548-4'],
    ['http://loinc.org|http://loinc.org| 7', 'loinc:http://loinc.org| 7'],
    ['http://loinc.org', 'http://loinc.org'],
    ['see http://loinc.org|4548-4', 'see http://loinc.org|4548-4'],
    ['urn:oid:2.16.840.1.113883.6.1|4548-4', 'loinc:4548-4'],
    ['urn:oid:2.16.840.1.113883.6.88|860975', 'rxnorm:860975'],
    ['http://hl7.org/fhir/sid/icd-10|E11.9', 'icd-10:e11.9'],
    ['http://hl7.org/fhir/sid/cvx|207', 'cvx:207'],
    ['snomed-ct: 44054006', 'snomed:44054006'],
    ['rxn: 860975', 'rxnorm:860975'],
    ['icd-10-cm: E11.9', 'icd-10-cm:e11.9'],
    ['icd-10: E11.9', 'icd-10:e11.9'],
    ['cvx: 207', 'cvx:207'],
    ['ucum: mg/dL', 'ucum:mg/dl'],
    ['snomed: 44054006', 'snomed:44054006'],
    ['rxnorm: 860975', 'rxnorm:860975'],
    ['ln:', 'loinc:'],
  ];
  for (const [text, normal] of forms) list.is('normalise', `${JSON.stringify(text)} is ${JSON.stringify(normal)}`, { text }, normal);
  const spaces = ' '.repeat(4095);
  list.is('normalise', '4096 units, of which one is left', { text: `${spaces}a` }, 'a');
  list.bad('normalise', '4097 units, of which one would be left', { text: `${spaces} a` }, 'input-invalid');
  list.is('normalise', '4096 units in more bytes', { text: `${'\u3000'.repeat(4095)}a` }, 'a');
  list.bad('normalise', '4097 units in 2049 letters', { text: `${'\u{E0041}'.repeat(2048)}a` }, 'input-invalid');
  list.is('normalise', '256 bytes', { text: 'ä'.repeat(128) }, 'ä'.repeat(128));
  list.is('normalise', '256 bytes out of more letters', { text: `${'x'.repeat(256)}\u200B` }, 'x'.repeat(256));
  list.bad('normalise', '257 bytes', { text: 'x'.repeat(257) }, 'input-invalid');
  list.bad('normalise', '258 bytes of 129 letters that become two', { text: 'ß'.repeat(129) }, 'input-invalid');
  list.bad('search-tag', 'half a counter', { ixLane: hexOf('ix'), keyword: '*', n: 0.5 }, 'input-invalid');
  list.ok('search-tag', 'the last counter', { ixLane: hexOf('ix'), keyword: '*', n: Number.MAX_SAFE_INTEGER });
}

export function addCompartmentEdges(list: CaseList, kit: object): void {
  const name = { seed: hexOf('vector generation seed'), category: 'laboratory', generation: 0, period: '2026-11' };
  const bad: Record<string, object> = {
    'a line behind the category': { category: 'laboratory\n' },
    'a line behind the period': { period: '2026-11\n' },
    'wide digits': { period: '\uFF12\uFF10\uFF12\uFF16' },
    'a category with an accent': { category: 'laboratór' },
    'another word for all': { period: 'ALL' },
    'month 1 in one digit': { period: '2026-1' },
    'a year of five digits': { period: '20260' },
  };
  for (const [label, change] of Object.entries(bad)) list.bad('compartment', label, { ...name, ...change }, 'input-invalid');
  list.ok('compartment', 'the first and last letters', { ...name, category: '-az-09' });
  list.ok('writer-kit', 'the last serial: it enters no key', { ...kit, serial: Number.MAX_SAFE_INTEGER });
  list.bad('writer-kit', 'a serial of 2^53', { ...kit, serial: 2 ** 53 }, 'input-invalid');
  list.bad('writer-kit', 'half a serial', { ...kit, serial: 0.5 }, 'input-invalid');
  list.bad('writer-kit', 'a long writer id', { ...kit, writer: `${hexOf('vector writer')}00` }, 'input-invalid');
}

/** Files that open but for one length: `make` wraps this root under this salt. */
export function addKeystoreEdges(list: CaseList, make: (salt: Uint8Array, root: Uint8Array, written?: string) => Uint8Array): void {
  const passphrase = 'correct horse';
  const salt = bytesOf('salt').slice(0, 16);
  const refused = (label: string, file: Uint8Array) =>
    list.bad('keystore-unwrap', label, { wrapped: toHex(file), passphrase }, 'open-failed');
  refused('a salt of 17 bytes, all else fitting', make(Uint8Array.of(...salt, 0), bytesOf('vector root')));
  refused('a root of 33 bytes, all else fitting', make(salt, Uint8Array.of(...bytesOf('vector root'), 0)));
  refused('a root of 31 bytes, all else fitting', make(salt, bytesOf('vector root').slice(1)));
  const map = decode(make(salt, bytesOf('vector root')), 512) as Record<string, unknown>;
  refused('argon2id under another name, all else fitting', make(salt, bytesOf('vector root'), 'argon2'));
  refused('another commitment, all else fitting', encode({ ...map, commitment: bytesOf('commitment') }));
  refused('version 0', encode({ ...map, version: 0 }));
  refused('a list of the fields', encode(Object.values(map)));
}

export function addAccountEdges(list: CaseList, place: object): void {
  const typed = { ...place, name: 'maria muster', passphrase: 'correct horse' };
  const bad: Record<string, object> = {
    'no name': { name: '' },
    'a name of white space': { name: ' \u3000\uFEFF\n' },
    'a name of 257 bytes': { name: 'x'.repeat(257) },
    'a name of 258 bytes in 129 letters': { name: 'ä'.repeat(129) },
    'a passphrase of 1026 bytes in 513 letters': { passphrase: 'ä'.repeat(513) },
  };
  for (const [label, change] of Object.entries(bad)) list.bad('account-passphrase', label, { ...typed, ...change }, 'input-invalid');
}

/** A draft whose padded plaintext is this one, whatever it is. */
function draftOf(secret: Uint8Array, slot: Uint8Array, padded: Uint8Array): string {
  const salt = bytesOf('vector salt');
  const output = kdf(DOMAIN.draft, secret, [utf8('box'), slot, salt], 88);
  const box = xchacha20poly1305(output.slice(0, 32), output.slice(32, 56)).encrypt(padded);
  return toHex(concatBytes(salt, output.slice(56), box));
}

export function addDraftEdges(list: CaseList): void {
  const [secret, slot] = [bytesOf('draft secret'), bytesOf('draft slot')];
  const padded = (length: number, plaintext: Uint8Array, claimed = plaintext.length): Uint8Array => {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setUint32(0, claimed);
    bytes.set(plaintext, 4);
    return bytes;
  };
  const input = (bytes: Uint8Array) => ({ secret: toHex(secret), slot: toHex(slot), box: draftOf(secret, slot, bytes) });
  const text = utf8('typed');
  const full = new Uint8Array(1020).fill(97);
  list.is('draft-open', 'a text that needs no zeros', input(padded(1024, full)), toHex(full));
  list.is('draft-open', 'a byte more', input(padded(2048, new Uint8Array(1021))), '00'.repeat(1021));
  const marked = padded(1024, text);
  marked[1023] = 1;
  const bad: Record<string, Uint8Array> = {
    'padding that is not zero': marked,
    'more padding than the text gets': padded(2048, text),
    'padding to another length': padded(1025, text),
    'less padding than the text gets': padded(512, text),
    'no length': new Uint8Array(3),
    'no padded text': new Uint8Array(0),
    'a text longer than the box': padded(1024, text, 2 ** 32 - 1),
  };
  for (const [label, bytes] of Object.entries(bad)) list.bad('draft-open', label, input(bytes), 'open-failed');
}
