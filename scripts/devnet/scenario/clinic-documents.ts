import { crc32, deflateSync } from 'node:zlib';
import { attach, encodeResource } from '#node/records';
import type { UploadRecord } from '#node/client';
import { recordOfResource } from './clinic-chart.ts';
import { CLINIC_PEOPLE, nameOf } from './clinic-people.ts';
import type { ClinicPerson } from './clinic-people.ts';
import { drawFrom } from './draw.ts';
import { PROFILES } from './clinic-profiles.ts';

const DAY_MS = 24 * 3_600_000;

/** A doctor's letter (PDF) or an ECG strip (PNG): DocumentReference and Binary, as FHIR wants them. */
export function documentsOf(init: {
  patient: string;
  doctor: string;
  kind: 'letter' | 'ecg';
  person: ClinicPerson;
  plan: { seed: string; endMs: number };
}): UploadRecord[] {
  const { patient, kind, person, plan } = init;
  const date = new Date(plan.endMs - 5 * DAY_MS + 10 * 3_600_000).toISOString();
  const file =
    kind === 'ecg'
      ? { contentType: 'image/png', title: 'ECG strip, lead II', bytes: ecgPng(`${plan.seed}/${patient}`) }
      : {
          contentType: 'application/pdf',
          title: 'Letter after visit',
          bytes: letterOf(init, date.slice(0, 10)),
        };
  const { reference, binary } = attach({
    id: `${kind}-${patient}`,
    subject: `Patient/${person.account}`,
    date,
    ...file,
  });
  // The file keeps to the month of its reference, so that a grant of documents gives both.
  const month = date.slice(0, 7);
  return [reference, binary].map((resource) => ({
    ...recordOfResource(resource, encodeResource(resource)),
    month,
  }));
}

function letterOf({ doctor, person }: { doctor: string; person: ClinicPerson }, day: string): Uint8Array {
  const author = CLINIC_PEOPLE.find(({ account }) => account === doctor);
  const profile = PROFILES[person.account];
  const named = (list: readonly (readonly [string, string, ...unknown[]])[] | undefined): string =>
    list === undefined || list.length === 0 ? 'none known' : list.map(([, display]) => display).join('; ');
  return letterPdf('Letter after visit', [
    `Date: ${day}`,
    `Patient: ${person.family.toUpperCase()}, ${person.given}   born ${person.birthDate ?? 'not known'}`,
    `From: ${author === undefined ? doctor : nameOf(author)}, ${author?.field ?? ''}`,
    '',
    `Diagnoses: ${named(profile?.conditions)}`,
    `Medication: ${named(profile?.medications)}`,
    `Allergies: ${named(profile?.allergies)}`,
    '',
    'The patient came for a planned visit and is well. Readings of the wearable of the last',
    'month were looked at together. Medication goes on as before; next visit in three months.',
    '',
    'An invented letter about an invented person.',
  ]);
}

const PDF_WIDTH_PT = 595;
const PDF_HEIGHT_PT = 842;

/** A PDF of one page: a heading and lines of text in Helvetica (ISO 32000-1, 7.5). Latin letters alone. */
function letterPdf(heading: string, lines: readonly string[]): Uint8Array {
  const text = (size: number, y: number, line: string): string =>
    `BT /F1 ${size} Tf 72 ${y} Td (${line.replaceAll(/[\\()]/g, String.raw`\$&`)}) Tj ET`;
  const content = [
    text(18, PDF_HEIGHT_PT - 90, heading),
    ...lines.map((line, i) => text(11, PDF_HEIGHT_PT - 130 - i * 17, line)),
  ].join('\n');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PDF_WIDTH_PT} ${PDF_HEIGHT_PT}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let pdf = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = pdf.length;
    pdf += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${pdf.length}\n%%EOF\n`;
  return new TextEncoder().encode(pdf);
}

const STRIP_WIDTH = 900;
const STRIP_HEIGHT = 260;

/** An ECG strip as a PNG of 900 x 260 pixels (RFC 2083): a grid and a rhythm that is not quite regular. */
function ecgPng(seed: string): Uint8Array {
  const rows = Array.from({ length: STRIP_HEIGHT }, (_, y) => {
    const row = Buffer.alloc(1 + STRIP_WIDTH * 3, 255);
    row[0] = 0;
    for (let x = 0; x < STRIP_WIDTH; x += 1) {
      if (x % 25 !== 0 && y % 25 !== 0) continue;
      row[2 + x * 3] = 205;
      row[3 + x * 3] = 210;
    }
    return row;
  });
  let before = STRIP_HEIGHT / 2;
  for (const [x, y] of rhythm(seed).entries()) {
    for (let at = Math.min(before, y); at <= Math.max(before, y) + 1; at += 1) {
      rows[at]?.set([20, 28, 60], 1 + x * 3);
    }
    before = y;
  }
  return png(STRIP_WIDTH, STRIP_HEIGHT, Buffer.concat(rows));
}

/** Height of the trace for every column, in pixels from above. */
function rhythm(seed: string): number[] {
  const draw = drawFrom(`${seed}/ecg`);
  const trace: number[] = [];
  while (trace.length < STRIP_WIDTH) {
    const beat = draw.between(70, 125);
    for (let i = 0; i < beat; i += 1) {
      const bump = (centre: number, width: number, height: number): number =>
        height * Math.exp(-(((i - centre) / width) ** 2));
      const millivolts = bump(22, 2.2, 1.1) - bump(18, 2, 0.15) - bump(26, 2.2, 0.28) + bump(50, 9, 0.28);
      trace.push(Math.round(STRIP_HEIGHT * 0.62 - millivolts * 100 + draw.between(-1.5, 1.5)));
    }
  }
  return trace.slice(0, STRIP_WIDTH);
}

function png(width: number, height: number, raw: Buffer): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', head),
      chunk('IDAT', deflateSync(raw, { level: 9 })),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
