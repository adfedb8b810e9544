import { HintAndProblem } from './field.tsx';
import type { FieldProps } from './field.tsx';
import { problemOf } from './error-summary.tsx';

export interface Choice<V extends string> {
  value: V;
  label: string;
  hint?: string;
  disabled?: boolean;
}

interface GroupProps<V extends string> extends FieldProps {
  choices: readonly Choice<V>[];
}

function Group<V extends string>(
  props: GroupProps<V> & {
    type: 'radio' | 'checkbox';
    isChosen: (value: V) => boolean;
    choose: (value: V) => void;
  },
) {
  const { name, label, choices, type, problems } = props;
  const isWrong = problemOf(problems, name) !== undefined;
  return (
    <fieldset
      class={isWrong ? 'field is-wrong' : 'field'}
      aria-describedby={props.hint === undefined ? undefined : `${name}-hint`}
    >
      <legend>{label}</legend>
      <HintAndProblem {...props} />
      {choices.map((choice, i) => {
        // The first one has the plain id, so that a problem of the field leads to it.
        const id = i === 0 ? name : `${name}-${choice.value}`;
        return (
          <div class="choice" key={choice.value}>
            <input
              id={id}
              type={type}
              name={name}
              value={choice.value}
              checked={props.isChosen(choice.value)}
              disabled={choice.disabled}
              aria-describedby={choice.hint === undefined ? undefined : `${id}-about`}
              onChange={() => props.choose(choice.value)}
            />
            <label for={id}>{choice.label}</label>
            {choice.hint === undefined ? null : (
              <p id={`${id}-about`} class="hint">
                {choice.hint}
              </p>
            )}
          </div>
        );
      })}
    </fieldset>
  );
}

export function RadiosField<V extends string>(
  props: GroupProps<V> & { value: V | undefined; onChange: (value: V) => void },
) {
  return (
    <Group {...props} type="radio" isChosen={(value) => value === props.value} choose={props.onChange} />
  );
}

export function CheckboxesField<V extends string>(
  props: GroupProps<V> & { values: readonly V[]; onChange: (values: V[]) => void },
) {
  const toggle = (value: V): void =>
    props.onChange(
      props.choices
        .map((choice) => choice.value)
        .filter((each) => (each === value ? !props.values.includes(value) : props.values.includes(each))),
    );
  return (
    <Group {...props} type="checkbox" isChosen={(value) => props.values.includes(value)} choose={toggle} />
  );
}
