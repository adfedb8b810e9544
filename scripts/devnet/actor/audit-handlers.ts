import { writeFileSync } from 'node:fs';
import { fromHex, toHex } from '#crypto';
import type { Handlers } from './handlers.ts';

/** Who saw what. */
export const auditHandlers: Pick<Handlers, 'whoHasSeen' | 'exportAudit'> = {
  async whoHasSeen(session, { patient }) {
    const list = await session.client().audit.whoHasSeen(fromHex(patient));
    return {
      lines: list.lines.map(({ kind, transaction, height, timeMs, actor, grant, records }) => ({
        kind,
        transaction: toHex(transaction),
        height,
        timeMs,
        actor: toHex(actor),
        grant: grant === null ? null : toHex(grant),
        records: records.map(toHex),
      })),
      height: list.height,
    };
  },
  async exportAudit(session, { patient, file }) {
    const bytes = await session.client().audit.export(fromHex(patient));
    writeFileSync(file, bytes);
    return { bytes: bytes.length };
  },
};
