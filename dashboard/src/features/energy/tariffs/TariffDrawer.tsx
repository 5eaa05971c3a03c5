import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { Dialog, DialogActions } from '@/ui/Dialog';
import {
  FieldGroup,
  Fields,
  FormError,
  hasPath,
  mayDiscard,
  Row,
  refuse,
  UnitInput,
  useCtrlEnter,
} from '@/ui/form';
import { tell } from '@/ui/toast';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { PriceFields } from './PriceFields';
import { PriceStrip } from './PriceStrip';
import { emptyTariff, priceOf, type TariffValues, tariffErrors, tariffOf } from './tariffForm';

export default function TariffDrawer({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const form = useCheckedForm<TariffValues>({
    initialValues: emptyTariff(),
    validate: tariffErrors,
  });
  const create = useMutation({
    mutationFn: (values: TariffValues) =>
      body(api.POST('/api/v1/energy/tariffs', { body: tariffOf(values) })),
    onSuccess: (tariff) => {
      void client.invalidateQueries({ queryKey: ['tariffs'] });
      tell(`Tariff ${tariff.name} was added. Sites can choose it in their settings.`);
      onClose();
    },
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  const submit = form.onSubmit((values) => {
    setFailure(null);
    create.mutate(values);
  });
  useCtrlEnter(() => submit());
  const shown = priceOf(form.values.import);
  const complete =
    shown?.type === 'time_of_use' && Object.keys(tariffErrors({ ...form.values, name: 'x' })).length === 0;

  return (
    <Dialog title="Add tariff" wide onClose={onClose} mayClose={() => mayDiscard(form.isDirty())}>
      <form onSubmit={submit} noValidate>
        <FormError message={failure} />
        <Fields>
          <Row>
            <TextInput label="Name" required {...form.getInputProps('name')} />
            <TextInput label="Currency" required maxLength={3} {...form.getInputProps('currency')} />
          </Row>
          <FieldGroup title="Import price">
            <PriceFields form={form} at="import" />
            {complete && <PriceStrip value={shown} currency={form.values.currency.toUpperCase()} />}
          </FieldGroup>
          <FieldGroup title="Export price">
            <PriceFields form={form} at="export" />
          </FieldGroup>
          <FieldGroup title="Demand and notes">
            <UnitInput
              label="Demand charge"
              unit={`${form.values.currency || '…'}/kW a month`}
              min={0}
              description="On the month's highest import; 0 if there is none"
              {...form.getInputProps('demand_charge_per_kw_month')}
            />
            <Textarea
              label="Notes"
              description="Where the prices come from, what was assumed"
              autosize
              minRows={2}
              {...form.getInputProps('notes')}
            />
          </FieldGroup>
        </Fields>
        <DialogActions>
          <Button variant="default" onClick={() => mayDiscard(form.isDirty()) && onClose()}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Add tariff
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
