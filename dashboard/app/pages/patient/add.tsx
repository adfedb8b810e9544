import './patient.css';
import { Page as Frame, Tabs } from '../../design/index.ts';
import { t } from '../../words/translate.ts';
import { AddDocument } from './add-document.tsx';
import { AddReading } from './add-reading.tsx';
import { ImportFile } from './import-file.tsx';

export function Page() {
  return (
    <Frame title={t('patient.add.title')} lead={t('patient.add.lead')}>
      <Tabs
        label={t('patient.add.ways')}
        tabs={[
          { id: 'reading', label: t('patient.add.reading'), content: () => <AddReading /> },
          { id: 'document', label: t('patient.add.document'), content: () => <AddDocument /> },
          { id: 'import', label: t('patient.add.import'), content: () => <ImportFile /> },
        ]}
      />
    </Frame>
  );
}
