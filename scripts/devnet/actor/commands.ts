/**
 * What can be asked of a person's process, and what it answers: plain JSON. Ids are hex. Keys, passphrases and
 * plaintexts never travel back: of what was opened, the asker gets hashes.
 */
export interface ActorCommands {
  /** Makes the keys (or opens the vault that an earlier process of this person left) and connects. */
  begin: {
    args: BeginArgs;
    result: { person: string; pid: number; keys: PublicKeysJson; opened: 'new' | 'vault' };
  };
  register: {
    args: { role: 'patient' | 'doctor' | 'administrator'; home: string };
    result: Committed & { status: string };
  };
  /** As a device: its keys, and its consent to be this patient's. */
  answerPatient: { args: { patient: string }; result: DeviceAnswerJson };
  myself: { args: Record<never, never>; result: { status: string } };
  statusOf: { args: { person: string }; result: { status: string } };
  waiting: { args: { home: string }; result: { people: string[] } };
  approve: { args: { person: string }; result: Committed & { remaining: number } };
  refuse: { args: { person: string; reason: string }; result: Committed };
  assign: { args: { patient: string; doctor: string }; result: Committed };
  acceptAssignment: { args: { doctor: string }; result: Committed };
  fetchKeys: { args: { patient: string }; result: { categories: number; kits: number } };
  enrolDevice: {
    args: DeviceAnswerJson & { categories: string[]; months: string[] };
    result: { device: string; height: number };
  };
  uploadBundle: { args: Via & { patient: string; file: string }; result: Uploaded };
  uploadWearable: { args: Via & WearableArgs; result: Uploaded };
  uploadNote: { args: Via & NoteArgs; result: Uploaded };
  search: { args: Via & SelectArgs; result: Found };
  /** Opens hits of this process's last searches. */
  open: { args: Via & { records: string[] }; result: { opened: OpenedJson[] } };
  /** Searches while one bit of every proven answer is flipped on its way: must be refused. */
  searchTampered: { args: Via & SelectArgs; result: Found };
  requestAccess: {
    args: { patient: string; to: string; message: string };
    result: { request: string; height: number };
  };
  grant: { args: GrantArgs; result: { grant: string; height: number; threshold: number } };
  revoke: { args: { grant: string }; result: Committed };
  readGrant: {
    args: { grant: string };
    result: { categories: string[]; months: string[]; purpose: string; expiresAtMs: number };
  };
  searchShared: { args: Via & { grant: string; keywords: string }; result: Found };
  openShared: {
    args: Via & { grant: string; records: string[] };
    result: {
      opened: OpenedJson[];
      accesses: string[];
      refusals: { node: string; code: string }[];
      ms: number;
    };
  };
  /** Commits an access request for hits of earlier searches, without having anything converted yet. */
  bankAccess: { args: { grant: string; records: string[] }; result: { access: string; height: number } };
  /** Asks the proxies to convert a committed access request; counts what they give and names who refuses and why. */
  convert: {
    args: Via & { access: string };
    result: { answers: string[]; refusals: { node: string; code: string }[] };
  };
  /** Converts a record that the grant is not for and tries to open it with every key that the grant gave. */
  forceOpen: {
    args: Via & { grant: string; record: string };
    result: { access: string; conversions: number; opened: boolean; tried: number };
  };
  /** Opts in to emergency access: deals the parts to the institutions. */
  shareForEmergency: { args: { patient: string }; result: Committed };
  requestEmergency: {
    args: { patient: string; text: string };
    result: { emergency: string; height: number };
  };
  countersignEmergency: { args: { emergency: string }; result: Committed };
  openEmergency: {
    args: { emergency: string };
    result: {
      opened: OpenedJson[];
      receipts: string[];
      ms: number;
    };
  };
  endEmergency: { args: { emergency: string }; result: Committed };
  emergencyNotices: {
    args: Record<never, never>;
    result: { notices: { emergency: string; phase: string; duty: string; doctor: string }[] };
  };
  /** A new generation of the emergency records, and a new deposit. */
  renewEmergency: { args: { patient: string }; result: { moved: number } };
  whoHasSeen: { args: { patient: string }; result: Seen };
  exportAudit: { args: { patient: string; file: string }; result: { bytes: number } };
  /** Saves the vault under the passphrase and ends the process. */
  end: { args: Record<never, never>; result: { vaultBytes: number } };
}

export type CommandName = keyof ActorCommands;
export type ArgsOf<K extends CommandName> = ActorCommands[K]['args'];
export type ResultOf<K extends CommandName> = ActorCommands[K]['result'];

export interface BeginArgs {
  name: string;
  passphrase: string;
  /** Root key as hex, for administrators, whose keys are in the genesis; others draw their own. */
  root: string | null;
  genesisFile: string;
  vaultFile: string;
  /** The node that the person's client speaks to. */
  home: string;
  nodes: { name: string; id: string; url: string }[];
}

export interface DeviceAnswerJson {
  keys: PublicKeysJson;
  signature: string;
}

export interface PublicKeysJson {
  sign: string;
  seal: string;
  delegate: string;
  possession: string;
}

/** Name of the node to go through; the person's own when absent. */
export interface Via {
  via?: string;
}

export interface Committed {
  height: number;
}

export interface WearableArgs {
  patient: string;
  subject: string;
  seed: number;
  startMs: number;
  endMs: number;
  intervalMs: number;
}

export interface NoteArgs {
  patient: string;
  category: string;
  month: string;
  text: string;
  keywords: string[];
}

export interface SelectArgs {
  patient: string;
  categories: string[];
  months: string[];
  keywords: string;
}

export interface GrantArgs {
  patient: string;
  delegate: string;
  categories: string[];
  months: string[];
  purpose: string;
  expiresAtMs: number;
  threshold: number;
  request: string | null;
}

export interface UploadedJson {
  record: string;
  /** SHA-256 of the resource's bytes, hex. */
  digest: string;
  category: string;
  month: string;
}

export interface Uploaded {
  records: UploadedJson[];
  heights: number[];
  /** Fewest institutions that signed for a record of this upload. */
  holdersMin: number;
  ms: number;
}

export interface FoundHit {
  record: string;
  category: string;
  month: string;
  generation: number;
  writer: string;
  height: number;
}

export interface Found {
  hits: FoundHit[];
  height: number;
  complete: boolean;
  lanes: number;
  proofs: number;
  ms: number;
}

export interface OpenedJson {
  record: string;
  digest: string;
  bytes: number;
}

export interface SeenLine {
  kind: string;
  transaction: string;
  height: number;
  timeMs: number;
  actor: string;
  grant: string | null;
  records: string[];
}

export interface Seen {
  lines: SeenLine[];
  /** The list is complete up to this block: its length is proven. */
  height: number;
}

export interface ActorRequest {
  id: number;
  command: CommandName;
  args: unknown;
}

export type ActorAnswer =
  | { kind: 'result'; id: number; result: unknown }
  | { kind: 'refused'; id: number; refusal: Refusal }
  | { kind: 'progress'; id: number; what: string; done: number; total: number };

/** Why a command was refused or failed. */
export interface Refusal {
  /** Code of the client: `refused`, `proof-invalid`, `no-access`, ... */
  code: string;
  /** Code of the node's API when the node refused. */
  api: string | null;
  /** The ledger's reason when the ledger refused. */
  reason: string | null;
  message: string;
}

/** The most telling code of a refusal: the ledger's, else the node's, else the client's. */
export function codeOf(refusal: Refusal): string {
  return refusal.reason ?? refusal.api ?? refusal.code;
}
