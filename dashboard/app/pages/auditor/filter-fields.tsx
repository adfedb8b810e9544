import '../parts/parts.css';
import { CheckboxesField, DateField, SelectField, TextField } from '../../design/index.ts';
import { status } from '../../state/network.ts';
import { t } from '../../words/translate.ts';
import { GROUPS } from './filter.ts';
import type { FilterForm } from './filter.ts';

/** Which events: by kind, by whom they concern, by institution and day. Nothing chosen means everything. */
export function FilterFields(props: { form: FilterForm; onChange: (form: FilterForm) => void }) {
  const { form } = props;
  const institutions = (status.value?.validators ?? []).map(({ name }) => name).toSorted();
  const set = (part: Partial<FilterForm>): void => props.onChange({ ...form, ...part });
  return (
    <div class="filters" role="search">
      <CheckboxesField
        name="groups"
        label={t('auditor.filter.groups')}
        values={form.groups}
        onChange={(groups) => set({ groups })}
        choices={GROUPS.map((group) => ({ value: group, label: t(`auditor.group.${group}`) }))}
      />
      <TextField
        name="concerning"
        type="search"
        label={t('auditor.filter.concerning')}
        hint={t('auditor.filter.concerning.hint')}
        value={form.concerning}
        onInput={(concerning) => set({ concerning })}
      />
      <SelectField
        name="institution"
        label={t('auditor.filter.institution')}
        value={form.institution}
        onChange={(institution) => set({ institution })}
        options={[
          { value: '', label: t('auditor.filter.all') },
          ...institutions.map((name) => ({ value: name, label: name })),
        ]}
      />
      <DateField
        name="from"
        label={t('auditor.filter.from')}
        value={form.from}
        onInput={(from) => set({ from })}
      />
      <DateField name="to" label={t('auditor.filter.to')} value={form.to} onInput={(to) => set({ to })} />
    </div>
  );
}
