import { path } from '../../router/location.ts';
import type { PageProps } from '../../router/routes.ts';
import { GuardiansPage } from './guardians.tsx';
import { WardNodeView } from './ward-node-view.tsx';
import { WardRecord } from './ward-record.tsx';
import { WardSeries } from './ward-series.tsx';
import { WardPage } from './ward.tsx';

/** Guardians, and the pages of a record in one's care: one script, since who opens one of them opens the next. */
export function Page({ parameters }: PageProps) {
  if (parameters['patient'] === undefined) return <GuardiansPage />;
  if (parameters['code'] !== undefined) return <WardSeries parameters={parameters} />;
  if (parameters['id'] === undefined) return <WardPage parameters={parameters} />;
  return path.value.endsWith('/node') ? (
    <WardNodeView parameters={parameters} />
  ) : (
    <WardRecord parameters={parameters} />
  );
}
