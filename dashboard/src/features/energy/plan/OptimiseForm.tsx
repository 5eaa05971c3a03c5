import '@/ui/inputStyles';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '@/api/client';
import type { Asset, ObjectiveKind, Site } from '@/api/types';
import { DialogActions } from '@/ui/Dialog';
import { FieldGroup, Fields, FormError, hasPath, Row, refuse, UnitInput, useCtrlEnter } from '@/ui/form';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { dateTimeText, localIn } from '@/ui/zone';
import { OBJECTIVE } from '../words';
import type { DataSpan } from './dataSpan';
import { initialValues, type OptimiseValues, optimiseRules, requestOf, storages } from './optimiseValues';
import classes from './plan.module.css';

/** What the server calls a field, where the form calls it otherwise. */
const FORM_PATH: Record<string, string> = { start: 'date', mip_rel_gap: 'gap' };

interface OptimiseFormProps {
  site: Site;
  assets: Asset[];
  span: DataSpan | null;
  day: string;
  onClose: () => void;
}

export function OptimiseForm({ site, assets, span, day, onClose }: OptimiseFormProps) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const form = useCheckedForm<OptimiseValues>({
    initialValues: initialValues(assets, day),
    validate: optimiseRules(assets),
  });
  const start = useMutation({
    mutationFn: (values: OptimiseValues) =>
      body(api.POST('/api/v1/energy/optimizations', { body: requestOf(values, site, assets) })),
    onSuccess: (run) => {
      client.setQueryData(['optimization', run.id], run);
      void client.invalidateQueries({ queryKey: ['optimizations'] });
      void navigate({
        to: '/energy/sites/$siteId/plan',
        params: { siteId: site.id },
        search: { run: run.id },
      });
    },
    onError: (error) => {
      const path = (name: string) => FORM_PATH[name] ?? name;
      setFailure(
        refuse(
          error,
          (name) => hasPath(form.values, path(name)),
          (name, message) => form.setFieldError(path(name), message),
        ),
      );
    },
  });
  const submit = form.onSubmit((values) => {
    setFailure(null);
    start.mutate(values);
  });
  useCtrlEnter(() => submit());

  const zone = site.time_zone;
  const data = span
    ? `Readings from ${dateTimeText(span.from, zone)} to ${dateTimeText(span.to, zone)}`
    : 'The needed channels have no common readings yet';
  const batteries = storages(assets);
  return (
    <form onSubmit={submit} noValidate>
      <FormError message={failure} />
      <Fields>
        <Row>
          <TextInput
            label="Start"
            type="date"
            required
            autoFocus
            min={span ? localIn(span.from, zone).date : undefined}
            max={span ? localIn(span.to, zone).date : undefined}
            {...form.getInputProps('date')}
          />
          <TextInput label="At" type="time" required step={site.step_s} {...form.getInputProps('time')} />
          <UnitInput label="Length" unit="h" required min={1} max={168} {...form.getInputProps('hours')} />
        </Row>
        <p className="muted small">
          {data}. Times in {zone}.
        </p>
        <NativeSelect
          label="Make least"
          data={(Object.keys(OBJECTIVE) as ObjectiveKind[]).map((value) => ({
            value,
            label: OBJECTIVE[value],
          }))}
          description={
            form.values.objective !== 'cost' && !site.carbon_kg_per_kwh
              ? 'This site states no carbon intensity: import counts as free of carbon.'
              : undefined
          }
          {...form.getInputProps('objective')}
        />
        {form.values.objective === 'cost_plus_carbon' && (
          <UnitInput
            label="Carbon price"
            unit={`${site.currency}/kg`}
            required
            min={0}
            decimalScale={4}
            {...form.getInputProps('carbon_price_per_kg')}
          />
        )}
        {batteries.length > 0 && (
          <FieldGroup title="Content at the start">
            <Row>
              {batteries.map((asset) => (
                <UnitInput
                  key={asset.id}
                  label={asset.name}
                  unit="% of usable"
                  min={0}
                  max={100}
                  {...form.getInputProps(`soc.${asset.id}`)}
                />
              ))}
            </Row>
          </FieldGroup>
        )}
        <details className={classes.solver}>
          <summary>Solver</summary>
          <Row>
            <UnitInput
              label="Gap"
              unit="%"
              min={0}
              max={10}
              decimalScale={4}
              description="At which the optimum counts as proved"
              {...form.getInputProps('gap')}
            />
            <UnitInput
              label="Time limit"
              unit="s"
              min={1}
              max={60}
              description="Then the best plan so far holds"
              {...form.getInputProps('time_limit_s')}
            />
          </Row>
        </details>
      </Fields>
      <DialogActions>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={start.isPending}>
          Optimise
        </Button>
      </DialogActions>
    </form>
  );
}
