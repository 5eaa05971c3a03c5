import { TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconButton } from '@/ui/controls';
import { Row, UnitInput } from '@/ui/form';
import { DAYS, MONTHS } from './priceText';
import classes from './tariff.module.css';
import type { TariffValues } from './tariffForm';

interface ToggleProps {
  title: string;
  names: string[];
  value: number[];
  onChange: (value: number[]) => void;
}

/** None chosen means all: the fields say so. */
function Toggles({ title, names, value, onChange }: ToggleProps) {
  const toggle = (item: number) =>
    onChange(
      value.includes(item) ? value.filter((each) => each !== item) : [...value, item].sort((a, b) => a - b),
    );
  return (
    <fieldset className={classes.days}>
      <legend>
        {title} {value.length === 0 && <span className="muted small">all</span>}
      </legend>
      {names.map((name, index) => (
        <button
          key={name}
          type="button"
          className={classes.day}
          aria-pressed={value.includes(index + 1)}
          onClick={() => toggle(index + 1)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

interface WindowFieldsProps {
  form: UseFormReturnType<TariffValues>;
  at: 'import' | 'export';
  index: number;
  unit: string;
}

export function WindowFields({ form, at, index, unit }: WindowFieldsProps) {
  const path = `${at}.windows.${index}`;
  const window = form.values[at].windows[index];
  if (!window) return null;
  return (
    <div className={classes.window}>
      <div className={classes.windowHead}>
        <strong>Window {index + 1}</strong>
        <IconButton
          icon="trash"
          label={`Remove window ${index + 1}`}
          onClick={() => form.removeListItem(`${at}.windows`, index)}
        />
      </div>
      <Row>
        <TextInput label="Name" required {...form.getInputProps(`${path}.name`)} />
        <UnitInput
          label="Price"
          unit={unit}
          required
          decimalScale={6}
          {...form.getInputProps(`${path}.price_per_kwh`)}
        />
      </Row>
      <Row>
        <TextInput label="From" placeholder="08:00" required {...form.getInputProps(`${path}.from_time`)} />
        <TextInput
          label="To"
          placeholder="20:00"
          required
          description="Before “from” means over midnight"
          {...form.getInputProps(`${path}.to_time`)}
        />
      </Row>
      <Toggles
        title="Weekdays"
        names={DAYS}
        value={window.weekdays}
        onChange={(value) => form.setFieldValue(`${path}.weekdays`, value)}
      />
      <Toggles
        title="Months"
        names={MONTHS}
        value={window.months}
        onChange={(value) => form.setFieldValue(`${path}.months`, value)}
      />
    </div>
  );
}
