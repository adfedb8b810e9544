import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../words/translate.ts';
import { Button } from './button.tsx';

export interface Column<R> {
  id: string;
  label: string;
  cell: (row: R) => ComponentChildren;
  /** Makes the column sortable. */
  sort?: (row: R) => number | string;
  isNumber?: boolean;
  /** The cell that names the row. */
  isHead?: boolean;
}

interface Sorting {
  id: string;
  isDown: boolean;
}

/** A table where there is room; on a phone each row becomes a block with its labels. */
export function Table<R>(props: {
  caption: string;
  /** The caption is read out but not seen when a heading above says the same. */
  isCaptionHidden?: boolean;
  columns: readonly Column<R>[];
  rows: readonly R[];
  keyOf: (row: R) => string;
  /** Rows that are shown at first. */
  pageSize?: number;
}) {
  const { columns, rows, keyOf, pageSize = 50 } = props;
  const [sorting, setSorting] = useState<Sorting>();
  const [shown, setShown] = useState(pageSize);
  const sorted = sortRows(rows, columns, sorting);
  return (
    <div class="table-box">
      <table class="table">
        <caption class={props.isCaptionHidden === true ? 'hidden' : undefined}>{props.caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, shown).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => {
                const className = column.isNumber === true ? 'number' : undefined;
                return column.isHead === true ? (
                  <th key={column.id} scope="row" class={className} data-label={column.label}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.id} class={className} data-label={column.label}>
                    {column.cell(row)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > shown ? (
        <Button kind="secondary" onClick={() => setShown(shown + pageSize)}>
          {t('design.table.more', { count: sorted.length - shown })}
        </Button>
      ) : null}
    </div>
  );
}

function HeadCell<R>(props: {
  column: Column<R>;
  sorting: Sorting | undefined;
  onSort: (sorting: Sorting) => void;
}) {
  const { column, sorting, onSort } = props;
  const className = column.isNumber === true ? 'number' : undefined;
  if (column.sort === undefined) {
    return (
      <th scope="col" class={className}>
        {column.label}
      </th>
    );
  }
  const isThis = sorting?.id === column.id;
  return (
    <th
      scope="col"
      class={className}
      aria-sort={isThis ? (sorting.isDown ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="sort"
        aria-label={t('design.table.sort', { column: column.label })}
        onClick={() => onSort({ id: column.id, isDown: isThis && !sorting.isDown })}
      >
        {column.label}
      </button>
    </th>
  );
}

function sortRows<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  sorting: Sorting | undefined,
): readonly R[] {
  const value = columns.find(({ id }) => id === sorting?.id)?.sort;
  if (sorting === undefined || value === undefined) return rows;
  const sign = sorting.isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)];
    return one < other ? -sign : one > other ? sign : 0;
  });
}
