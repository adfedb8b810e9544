import { decodeRecordHeader, toHex } from '#crypto';
import type { OpenedRecord } from '#node/client';
import { institutionsOf } from '../institutions.ts';
import { recordsOf } from '../record/chart.ts';
import type { BannerView } from '../record/banner.ts';
import { describe } from '../record/describe.ts';
import type { Description } from '../record/describe.ts';
import { fileOf } from '../record/file.ts';
import type { FileView } from '../record/file.ts';
import { at, parseJson, textOf } from '../record/json.ts';
import type { Json } from '../record/json.ts';
import { proofAt } from '../record/proof.ts';
import type { ProofView } from '../record/proof.ts';
import { attachmentIn, isShown, shownText } from '../record/shown.ts';
import type { Attachment } from '../record/shown.ts';
import { institutionName, namesOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { bannerFor, recordById, selfOf } from './self.ts';
import type { Self } from './self.ts';

/** A record in full, as the page may show it. */
export interface RecordView {
  id: string;
  header: string;
  banner: BannerView;
  description: Description | null;
  writer: string;
  writerName: string;
  isOwn: boolean;
  height: number;
  anchoredMs: number;
  category: string;
  period: string;
  mediaType: string;
  bytes: number;
  /** The newer version of it, if there is one. */
  amendedBy: string;
  /** Indented, without the narrative: its markup was made by somebody else. Null when it is no JSON. */
  json: string | null;
  attachment: Attachment | null;
  /** A file too large to be shown, which can be saved. */
  file: FileView | null;
  proof: ProofView;
}

/** What lies at the nodes of this record, and nothing else. */
export interface NodeView {
  header: string;
  headerBytes: number;
  headerHex: string;
  body: string;
  bodyBytes: number;
  /** The beginning of what is stored. */
  cipherHex: string;
  slots: number;
  sequence: number;
  writer: string;
  patient: string;
  proof: ProofView;
  blockHash: string;
  stateRoot: string;
  signers: string[];
  anchoredHeight: number;
}

export async function record(context: WorkerContext, input: { id: string }): Promise<RecordView> {
  const self = selfOf(context);
  return recordView(self, await recordById(self, input.id));
}

const nameIn = ({ given, family }: BannerView): string =>
  [given, family].filter((part) => part !== undefined).join(' ');

/** A record that was opened, by its owner, a doctor in charge or a delegate. */
export async function recordView(self: Self, opened: OpenedRecord): Promise<RecordView> {
  const { hit, mediaType, resource } = opened;
  const json = mediaType.includes('json') ? parseJson(resource) : undefined;
  const writer = toHex(hit.writer);
  const [names, proof, banner, attachment] = await Promise.all([
    namesOf(self.client, [writer], self.options),
    proofAt(self.client, hit.height, self.options),
    bannerFor(self),
    attachmentOf(self, opened, json),
  ]);
  return {
    id: toHex(hit.recordId),
    header: hit.header.toString(),
    banner,
    description: json === undefined ? null : describe(json),
    writer,
    writerName: names.get(writer) ?? (writer === toHex(hit.patient) ? nameIn(banner) : ''),
    isOwn: writer === toHex(self.client.keys.id),
    height: hit.height,
    anchoredMs: hit.timeMs,
    category: hit.compartment.category,
    period: hit.compartment.period,
    mediaType,
    bytes: resource.length,
    amendedBy: hit.amendedBy === null ? '' : toHex(hit.amendedBy),
    json: json === undefined ? null : shownText(json),
    attachment,
    file:
      json === undefined
        ? null
        : fileOf(json, {
            category: hit.compartment.category,
            month: hit.compartment.period,
            patient: toHex(hit.patient),
            grant: '',
          }),
    proof,
  };
}

async function attachmentOf(
  self: Self,
  { hit, mediaType, resource }: OpenedRecord,
  json: Json | undefined,
): Promise<Attachment | null> {
  if (json === undefined) return isShown(mediaType) ? { mediaType, title: '', bytes: resource } : null;
  if (json['resourceType'] === 'Binary') return binaryOf(json, '');
  const attached = at(json, 'content', 'attachment');
  const title = textOf(at(attached, 'title')) ?? '';
  const inline = textOf(at(attached, 'data'));
  if (inline !== undefined) return attachmentIn(textOf(at(attached, 'contentType')), inline, title);
  const name = textOf(at(attached, 'url'))?.split('/').at(-1);
  if (name === undefined || name.startsWith('urn:')) return null;
  const { category, period } = hit.compartment;
  const init = { patient: self.patient, categories: [category], months: [period], keywords: ['type:Binary'] };
  const { records } = await recordsOf(self.client, init, self.options);
  const binary = records.map((each) => parseJson(each.resource)).find((each) => each?.['id'] === name);
  return binary === undefined ? null : binaryOf(binary, title);
}

const binaryOf = (json: Json, title: string) =>
  attachmentIn(textOf(json['contentType']), textOf(json['data']) ?? '', title);

export async function nodeView(context: WorkerContext, input: { id: string }): Promise<NodeView> {
  const self = selfOf(context);
  return nodeViewOf(self, await recordById(self, input.id));
}

/** What the nodes have of a record: they see no more than this, whoever asks. */
export async function nodeViewOf({ client, options }: Self, { hit }: OpenedRecord): Promise<NodeView> {
  const headerBytes = await client.get(hit.header, options);
  const header = decodeRecordHeader(headerBytes);
  const body = await client.get(header.bodyCid, options);
  const block = await client.chain.block(hit.height, options);
  return {
    header: hit.header.toString(),
    headerBytes: headerBytes.length,
    headerHex: toHex(headerBytes.subarray(0, 256)),
    body: header.bodyCid.toString(),
    bodyBytes: header.bodyLength,
    cipherHex: toHex(body.subarray(0, 512)),
    slots: header.slots.length,
    sequence: header.sequence,
    writer: toHex(header.writer),
    patient: toHex(header.patient),
    proof: { height: hit.height, signers: block.signers.length, total: institutionsOf(client).length },
    blockHash: toHex(block.hash),
    stateRoot: toHex(block.header.stateRoot),
    signers: block.signers.map((id) => institutionName(client, id)),
    anchoredHeight: hit.height,
  };
}
