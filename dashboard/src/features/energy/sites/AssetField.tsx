import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { Asset, Site } from '@/api/types';
import { UnitInput } from '@/ui/form';
import { stepText } from '@/ui/format';
import type { AssetField, AssetValues } from './assetForm';

interface AssetFieldInputProps {
  field: AssetField;
  form: UseFormReturnType<AssetValues>;
  site: Site;
  others: Asset[];
  channels: string;
}

export function AssetFieldInput({ field, form, site, others, channels }: AssetFieldInputProps) {
  const path = `spec.${field.key}`;
  const shared = {
    label: field.label,
    description: field.help,
    required: !field.optional,
    ...form.getInputProps(path),
  };
  switch (field.kind) {
    case 'number':
      return <UnitInput {...shared} unit={field.unit?.replace('money', site.currency)} decimalScale={6} />;
    case 'percent':
      return <UnitInput {...shared} unit="%" min={0} max={100} decimalScale={3} />;
    case 'yes_no':
      return (
        <Checkbox
          label={field.label}
          description={field.help}
          {...form.getInputProps(path, { type: 'checkbox' })}
        />
      );
    case 'profile':
      return (
        <Textarea
          {...shared}
          description={`${field.help}; a step is ${stepText(site.step_s)}`}
          autosize
          minRows={2}
        />
      );
    case 'asset':
      return (
        <NativeSelect
          {...shared}
          data={[
            { value: '', label: field.optional ? 'nothing' : 'choose' },
            ...others.filter((asset) => asset.spec.type === field.of).map((asset) => asset.name),
          ]}
        />
      );
    case 'channel':
      return <TextInput {...shared} list={channels} />;
    case 'time':
      return <TextInput {...shared} type="time" />;
    case 'text':
      return <TextInput {...shared} />;
  }
}
