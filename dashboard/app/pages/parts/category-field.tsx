import { SelectField } from '../../design/index.ts';
import { words as clinical } from '../../words/clinical/en.ts';
import { categoryName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';

const PREFIX = 'clinical.category.';
const CODES = Object.keys(clinical)
  .filter((key) => key.startsWith(PREFIX))
  .map((key) => key.slice(PREFIX.length));

/** Which part of a record is looked at: one category, or all, which is the empty one. Words: section `patient`. */
export function CategoryField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <SelectField
      name="category"
      label={t('patient.records.filter')}
      value={value}
      onChange={onChange}
      options={[
        { value: '', label: t('patient.records.everything') },
        ...CODES.map((code) => ({ value: code, label: categoryName(code) })),
      ]}
    />
  );
}
