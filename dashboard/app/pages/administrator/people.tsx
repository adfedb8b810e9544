import '../parts/parts.css';
import { useState } from 'preact/hooks';
import { Empty, Link, Page as Frame, SelectField, Table, TextField, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { roleText, StateTag } from './states.tsx';

type Line = OutputOf<'administrator.people'>['people'][number];

const ROLES = ['', 'patient', 'doctor', 'researcher', 'auditor', 'administrator'] as const;

/** Everybody of the institution, whatever became of the application. */
export function Page() {
  const people = useCall('administrator.people', undefined);
  const [role, setRole] = useState<(typeof ROLES)[number]>('');
  const [text, setText] = useState('');
  return (
    <Frame isWide title={t('administrator.people.title')} lead={t('administrator.people.lead')}>
      <div class="filters" role="search">
        <TextField
          name="people-text"
          type="search"
          label={t('administrator.people.search')}
          value={text}
          onInput={setText}
        />
        <SelectField
          name="people-role"
          label={t('administrator.column.role')}
          value={role}
          onChange={setRole}
          options={ROLES.map((each) => ({
            value: each,
            label: each === '' ? t('administrator.people.all') : roleText(each),
          }))}
        />
      </div>
      <Ready of={people} what={t('administrator.reading')}>
        {({ people: all }) => <Found all={all} role={role} text={text} />}
      </Ready>
    </Frame>
  );
}

function Found({ all, role, text }: { all: readonly Line[]; role: string; text: string }) {
  const wanted = text.trim().toLowerCase();
  const found = all.filter(
    (one) =>
      (role === '' || one.role === role) &&
      (one.name.toLowerCase().includes(wanted) || one.id.startsWith(wanted)),
  );
  if (found.length === 0) {
    return (
      <Empty title={t('administrator.people.empty')}>
        <p>{t('administrator.people.empty.text')}</p>
      </Empty>
    );
  }
  return (
    <Table
      caption={t('administrator.people.caption', { count: found.length })}
      rows={found}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'name',
          label: t('administrator.column.name'),
          isHead: true,
          sort: ({ name }) => name.toLowerCase(),
          cell: ({ id, name }) => (
            <Link to={`/administrator/people/${id}`}>
              <PersonName name={name} id={id} />
            </Link>
          ),
        },
        {
          id: 'role',
          label: t('administrator.column.role'),
          sort: ({ role: own }) => own,
          cell: (one) => roleText(one.role),
        },
        {
          id: 'state',
          label: t('administrator.column.state'),
          sort: ({ state }) => state,
          cell: ({ state }) => <StateTag state={state} />,
        },
        {
          id: 'since',
          label: t('administrator.column.applied'),
          sort: ({ registeredAtMs }) => registeredAtMs,
          cell: ({ registeredAtMs }) => <Time atMs={registeredAtMs} />,
        },
      ]}
    />
  );
}
