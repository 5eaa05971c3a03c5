import '@/ui/inputStyles';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Row, UnitInput } from '@/ui/form';
import { Icon } from '@/ui/Icon';
import { KIND } from './priceText';
import { newWindow, type TariffValues } from './tariffForm';
import { WindowFields } from './WindowFields';

interface PriceFieldsProps {
  form: UseFormReturnType<TariffValues>;
  at: 'import' | 'export';
}

/** One of the two prices of a tariff, by its kind. */
export function PriceFields({ form, at }: PriceFieldsProps) {
  const values = form.values[at];
  const unit = `${form.values.currency || '…'}/kWh`;
  const kinds = (Object.keys(KIND) as (keyof typeof KIND)[]).map((value) => ({ value, label: KIND[value] }));
  return (
    <>
      <NativeSelect
        label="Kind"
        data={at === 'export' ? [{ value: 'none', label: 'Export earns nothing' }, ...kinds] : kinds}
        {...form.getInputProps(`${at}.type`)}
      />
      {values.type === 'flat' && (
        <UnitInput
          label="Price"
          unit={unit}
          required
          decimalScale={6}
          {...form.getInputProps(`${at}.price_per_kwh`)}
        />
      )}
      {values.type === 'dynamic' && (
        <Row>
          <TextInput
            label="Channel"
            required
            description="Of the site's readings, per kWh"
            {...form.getInputProps(`${at}.channel`)}
          />
          <UnitInput label="Times" description="1.19 adds 19 % tax" {...form.getInputProps(`${at}.factor`)} />
          <UnitInput
            label="Plus"
            unit={unit}
            decimalScale={6}
            description="Grid fees, levies"
            {...form.getInputProps(`${at}.adder_per_kwh`)}
          />
        </Row>
      )}
      {values.type === 'time_of_use' && (
        <>
          <UnitInput
            label="Price where no window fits"
            unit={unit}
            required
            decimalScale={6}
            {...form.getInputProps(`${at}.default_price_per_kwh`)}
          />
          {values.windows.map((window, index) => (
            <WindowFields key={window.key} form={form} at={at} index={index} unit={unit} />
          ))}
          <div>
            <Button
              variant="default"
              size="xs"
              leftSection={<Icon name="plus" size={14} />}
              onClick={() => form.insertListItem(`${at}.windows`, newWindow())}
            >
              Add window
            </Button>
          </div>
        </>
      )}
    </>
  );
}
