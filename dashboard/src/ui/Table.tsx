import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { Icon } from './Icon';
import classes from './Table.module.css';

type SortKey = string | number | null | undefined;

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  sort?: (row: Row) => SortKey;
  numeric?: boolean;
  /** Left out below this width, where the others matter more. */
  hide?: 'narrow' | 'medium';
}

interface TableProps<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  initialSort?: { key: string; descending: boolean };
  footer?: ReactNode;
}

function compare(a: SortKey, b: SortKey): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

/** A real table. The first link or button of a row is its action: a click on the row and Enter do it, j and k move. */
export function Table<Row>({ caption, columns, rows, rowKey, initialSort, footer }: TableProps<Row>) {
  const [sort, setSort] = useState(initialSort);
  const table = useRef<HTMLTableElement>(null);
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.key === sort?.key)?.sort;
    if (!by || !sort) return rows;
    return [...rows].sort((a, b) => compare(by(a), by(b)) * (sort.descending ? -1 : 1));
  }, [rows, columns, sort]);

  const move = (event: KeyboardEvent) => {
    const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
    if (step === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = [...(table.current?.querySelectorAll<HTMLElement>('tbody tr') ?? [])].map((row) =>
      row.querySelector<HTMLElement>('a, button'),
    );
    const at = actions.findIndex((action) => action?.closest('tr')?.contains(document.activeElement));
    actions[Math.min(actions.length - 1, Math.max(0, at + step))]?.focus();
    event.preventDefault();
  };

  return (
    <div className={classes.wrap}>
      <table ref={table} className={classes.table} onKeyDown={move}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                data-numeric={column.numeric || undefined}
                data-hide={column.hide}
                aria-sort={
                  sort?.key === column.key ? (sort.descending ? 'descending' : 'ascending') : undefined
                }
              >
                {column.sort ? (
                  <button
                    type="button"
                    className={classes.sort}
                    onClick={() =>
                      setSort({
                        key: column.key,
                        descending: sort?.key === column.key ? !sort.descending : Boolean(column.numeric),
                      })
                    }
                  >
                    {column.header}
                    {sort?.key === column.key && <Icon name={sort.descending ? 'down' : 'up'} size={12} />}
                  </button>
                ) : (
                  column.header
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr
              key={rowKey(row)}
              onClick={(event) => {
                const target = event.target as HTMLElement;
                if (target.closest('a, button, input') || window.getSelection()?.toString()) return;
                event.currentTarget.querySelector<HTMLElement>('a, button')?.click();
              }}
            >
              {columns.map((column) => (
                <td key={column.key} data-numeric={column.numeric || undefined} data-hide={column.hide}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {footer && <div className={classes.footer}>{footer}</div>}
    </div>
  );
}
