import type { ComponentChildren } from 'preact';
import { dateText, minuteText } from '../words/dates.ts';
import { t } from '../words/translate.ts';
import { problemOf } from './error-summary.tsx';
import type { Problem } from './error-summary.tsx';

export interface FieldProps {
  /** Also the id: a problem of this name is shown here. */
  name: string;
  label: string;
  hint?: string;
  problems?: readonly Problem[];
  isOptional?: boolean;
}

interface Describing {
  id: string;
  name: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
}

function describing({ name, hint, problems }: FieldProps): Describing {
  const isWrong = problemOf(problems, name) !== undefined;
  const ids = [...(hint === undefined ? [] : [`${name}-hint`]), ...(isWrong ? [`${name}-error`] : [])];
  return {
    id: name,
    name,
    'aria-describedby': ids.length === 0 ? undefined : ids.join(' '),
    'aria-invalid': isWrong,
  };
}

/** Hint and problem of a field, in the order in which they are read. */
export function HintAndProblem({ name, hint, problems }: FieldProps) {
  const problem = problemOf(problems, name);
  return (
    <>
      {hint === undefined ? null : (
        <p id={`${name}-hint`} class="hint">
          {hint}
        </p>
      )}
      {problem === undefined ? null : (
        <p id={`${name}-error`} class="field-error">
          <span class="hidden">{t('design.error-prefix')} </span>
          {problem}
        </p>
      )}
    </>
  );
}

function Frame(props: FieldProps & { children: ComponentChildren }) {
  const isWrong = problemOf(props.problems, props.name) !== undefined;
  return (
    <div class={isWrong ? 'field is-wrong' : 'field'}>
      <label for={props.name}>
        {props.label}
        {props.isOptional === true ? <span class="optional"> ({t('design.optional')})</span> : null}
      </label>
      <HintAndProblem {...props} />
      {props.children}
    </div>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'password' | 'email' | 'search' | 'number';
  autocomplete?: string;
  inputMode?: 'text' | 'decimal' | 'numeric';
  /** Characters that usually stand in it: makes the box as wide as the answer. */
  width?: 'short' | 'medium' | 'full';
  suffix?: string;
  lengthMax?: number;
}

export function TextField(props: TextProps) {
  return (
    <Frame {...props}>
      <div class="input-row">
        <input
          {...describing(props)}
          // The typings know an input by its type; every one of ours takes these attributes.
          type={(props.type ?? 'text') as 'text'}
          class={`input is-${props.width ?? 'full'}`}
          value={props.value}
          autoComplete={props.autocomplete ?? 'off'}
          inputMode={props.inputMode}
          maxLength={props.lengthMax}
          spellcheck={false}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
        {props.suffix === undefined ? null : (
          <span class="suffix" translate={false}>
            {props.suffix}
          </span>
        )}
      </div>
    </Frame>
  );
}

export function TextArea(
  props: FieldProps & { value: string; onInput: (value: string) => void; rows?: number; lengthMax?: number },
) {
  return (
    <Frame {...props}>
      <textarea
        {...describing(props)}
        class="input"
        rows={props.rows ?? 4}
        value={props.value}
        maxLength={props.lengthMax}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </Frame>
  );
}

export function SelectField<V extends string>(
  props: FieldProps & {
    value: V;
    onChange: (value: V) => void;
    options: readonly { value: V; label: string }[];
  },
) {
  return (
    <Frame {...props}>
      <select
        {...describing(props)}
        class="input"
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value as V)}
      >
        {props.options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </Frame>
  );
}

/** A day as it was typed, with its month in letters: a browser shows the field in an order of its own. */
function writtenOut(value: string, withTime: boolean): string {
  const atMs = Date.parse(value);
  if (Number.isNaN(atMs)) return '';
  return withTime ? minuteText(atMs) : dateText(atMs, 'UTC');
}

/** `value`: `2026-11-22`, empty when nothing was chosen. */
export function DateField(
  props: FieldProps & {
    value: string;
    onInput: (value: string) => void;
    min?: string;
    max?: string;
    withTime?: boolean;
  },
) {
  const written = writtenOut(props.value, props.withTime === true);
  return (
    <Frame {...props}>
      <div class="input-row">
        <input
          {...describing(props)}
          type={props.withTime === true ? 'datetime-local' : 'date'}
          class="input is-medium"
          value={props.value}
          min={props.min}
          max={props.max}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
        {written === '' ? null : (
          <bdi class="suffix" translate={false}>
            {written}
          </bdi>
        )}
      </div>
    </Frame>
  );
}

export function FileField(
  props: FieldProps & { accept?: string; isMultiple?: boolean; onChoose: (files: File[]) => void },
) {
  return (
    <Frame {...props}>
      <input
        {...describing(props)}
        type="file"
        class="input is-file"
        accept={props.accept}
        multiple={props.isMultiple === true}
        onChange={(event) => props.onChoose([...(event.currentTarget.files ?? [])])}
      />
    </Frame>
  );
}
