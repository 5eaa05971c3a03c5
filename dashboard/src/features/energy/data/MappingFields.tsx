import { NativeSelect, TextInput } from '@mantine/core';
import { type Mapping, UNITS } from './csvFile';
import classes from './data.module.css';

/** Which column feeds which channel. */
export function MappingFields({
  mappings,
  onChange,
}: {
  mappings: Mapping[];
  onChange: (next: Mapping) => void;
}) {
  return (
    <table className={classes.mapping}>
      <caption className="visually-hidden">Columns of the file and the channels they feed</caption>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Channel</th>
          <th scope="col">Unit</th>
        </tr>
      </thead>
      <tbody>
        {mappings.map((mapping) => (
          <tr key={mapping.column}>
            <th scope="row">{mapping.column}</th>
            <td>
              <TextInput
                aria-label={`Channel of ${mapping.column}`}
                placeholder="left out"
                value={mapping.channel}
                onChange={(event) => onChange({ ...mapping, channel: event.currentTarget.value.trim() })}
              />
            </td>
            <td>
              <NativeSelect
                aria-label={`Unit of ${mapping.column}`}
                data={UNITS.includes(mapping.unit) ? UNITS : [...UNITS, mapping.unit]}
                value={mapping.unit}
                disabled={!mapping.channel}
                onChange={(event) => onChange({ ...mapping, unit: event.currentTarget.value })}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
