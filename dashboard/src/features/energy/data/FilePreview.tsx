import { quantity } from '@/ui/format';
import type { CsvPreview } from './csvFile';
import classes from './data.module.css';

/** The first lines of the file, as they were understood. */
export function FilePreview({ preview, name, size }: { preview: CsvPreview; name: string; size: number }) {
  return (
    <section className={classes.preview} aria-label={`First lines of ${name}`} tabIndex={0}>
      <table>
        <caption>
          {name}, {quantity(size, 'B')}: the first lines
        </caption>
        <thead>
          <tr>
            {preview.header.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.slice(0, 5).map((row) => (
            <tr key={row.join()}>
              {preview.header.map((column, index) => (
                <td key={column}>{row[index]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
