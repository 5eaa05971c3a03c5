import '@/ui/inputStyles';
import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { FieldGroup, Fields, Row, UnitInput } from '@/ui/form';
import { tariffsQuery } from '../queries';
import type { SiteValues } from './siteForm';

const ZONES = Intl.supportedValuesOf('timeZone');

export function SiteFields({ form }: { form: UseFormReturnType<SiteValues> }) {
  const tariffs = useQuery(tariffsQuery);
  const zones = useId();
  const options = (tariffs.data ?? []).map((tariff) => ({
    value: tariff.id,
    label: `${tariff.name} (${tariff.currency})`,
  }));
  return (
    <Fields>
      <Row>
        <TextInput label="Name" required {...form.getInputProps('name')} />
        <TextInput label="Team" description="Its members see this site" {...form.getInputProps('team')} />
      </Row>
      <Row>
        <TextInput label="Time zone" required list={zones} {...form.getInputProps('time_zone')} />
        <TextInput label="Currency" required maxLength={3} {...form.getInputProps('currency')} />
        <NativeSelect
          label="Step of plans"
          data={[
            { value: '300', label: '5 min' },
            { value: '900', label: '15 min' },
            { value: '1800', label: '30 min' },
            { value: '3600', label: '1 h' },
          ]}
          {...form.getInputProps('step_s')}
        />
      </Row>
      <datalist id={zones}>
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <FieldGroup title="Grid connection">
        <Row>
          <UnitInput
            label="Import limit"
            unit="kW"
            required
            min={0}
            {...form.getInputProps('grid.import_max_kw')}
          />
          <UnitInput
            label="Export limit"
            unit="kW"
            required
            min={0}
            description="0: nothing may flow back"
            {...form.getInputProps('grid.export_max_kw')}
          />
        </Row>
        <NativeSelect
          label="Tariff"
          description="Without a tariff nothing can be optimised"
          data={[{ value: '', label: 'None yet' }, ...options]}
          {...form.getInputProps('tariff_id')}
        />
        <UnitInput
          label="Carbon intensity of import"
          unit="kg CO₂e/kWh"
          min={0}
          decimalScale={4}
          description="Leave empty if unknown: then no carbon is shown"
          {...form.getInputProps('carbon_kg_per_kwh')}
        />
      </FieldGroup>
      <FieldGroup title="Place and notes">
        <Row>
          <UnitInput label="Latitude" unit="°" min={-90} max={90} {...form.getInputProps('location.lat')} />
          <UnitInput
            label="Longitude"
            unit="°"
            min={-180}
            max={180}
            {...form.getInputProps('location.lon')}
          />
        </Row>
        <Textarea
          label="Notes"
          description="Where the data comes from, its licence, what was assumed"
          autosize
          minRows={2}
          {...form.getInputProps('notes')}
        />
      </FieldGroup>
    </Fields>
  );
}
