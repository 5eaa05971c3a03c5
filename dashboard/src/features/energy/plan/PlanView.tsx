import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import type { Optimization, OptimizationResult, Site } from '@/api/types';
import TimeChart, { type ChartHandle } from '@/ui/chart/TimeChart';
import { Segments } from '@/ui/controls';
import { csv, download, downloadText, fileName } from '@/ui/download';
import { price, quantity } from '@/ui/format';
import { Icon } from '@/ui/Icon';
import { Panel } from '@/ui/Page';
import { localIn } from '@/ui/zone';
import { assetsQuery } from '../queries';
import { CostPanel } from './CostPanel';
import { PlanFigures } from './PlanFigures';
import { PlanTable } from './PlanTable';
import { columnsOf, powerSeries, priceSeries, storageSeries, timesOf } from './series';

interface PlanViewProps {
  site: Site;
  run: Optimization;
  result: OptimizationResult;
}

const kw = (value: number) => quantity(value, 'kW');
const kwh = (value: number) => quantity(value, 'kWh');

export function PlanView({ site, run, result }: PlanViewProps) {
  const [view, setView] = useState<'chart' | 'table'>('chart');
  const picture = useRef<ChartHandle>(null);
  const assets = useQuery(assetsQuery(site.id));
  const zone = site.time_zone;
  const times = useMemo(() => timesOf(result), [result]);
  const ends = useMemo(() => [...times, (times.at(-1) ?? 0) + result.step_s], [times, result.step_s]);
  const power = useMemo(() => powerSeries(result), [result]);
  const prices = useMemo(() => priceSeries(result), [result]);
  const storage = useMemo(
    () => storageSeries(result, assets.data ?? [], run.request.initial_soc_ratio),
    [result, assets.data, run.request.initial_soc_ratio],
  );
  const day = localIn(result.start, zone).date;

  const saveCsv = () => {
    const columns = columnsOf(result);
    const rows = times.map((time, t) => {
      const local = localIn(time * 1000, zone);
      return [
        new Date(time * 1000).toISOString(),
        `${local.date} ${local.time}`,
        ...columns.map((c) => c.values[t]),
      ];
    });
    const head = ['Start (UTC)', `Start (${zone})`, ...columns.map((column) => column.header)];
    downloadText(fileName(site.name, 'plan', `${day}.csv`), 'text/csv', csv([head, ...rows]));
  };
  const savePng = () => {
    const url = picture.current?.png();
    if (url) download(fileName(site.name, 'plan', `${day}.png`), url);
  };

  return (
    <>
      <PlanFigures site={site} run={run} result={result} />
      <Panel
        title="Power"
        note={
          view === 'chart'
            ? `Above the line where power comes from, below where it goes, kW, by ${zone} time`
            : 'Means over each step'
        }
        action={
          <>
            <Segments
              label="View"
              value={view}
              onChange={setView}
              options={[
                { value: 'chart', label: 'Chart' },
                { value: 'table', label: 'Table' },
              ]}
            />
            {view === 'chart' && (
              <Button
                variant="default"
                size="xs"
                leftSection={<Icon name="download" size={14} />}
                onClick={savePng}
              >
                PNG
              </Button>
            )}
            <Button
              variant="default"
              size="xs"
              leftSection={<Icon name="download" size={14} />}
              onClick={saveCsv}
            >
              CSV
            </Button>
          </>
        }
      >
        {view === 'chart' ? (
          <TimeChart
            handle={picture}
            summary={`Planned power of ${site.name}: highest import ${kw(result.dispatch.peak_kw)}. The table shows every value.`}
            times={times}
            stepS={result.step_s}
            series={power}
            zone={zone}
            unit="kW"
            height={320}
            format={kw}
            sync="plan"
          />
        ) : (
          <PlanTable result={result} times={times} zone={zone} />
        )}
      </Panel>
      {view === 'chart' && storage.length > 0 && (
        <Panel title="Stored energy" note="Content at the end of every step, kWh">
          <TimeChart
            summary={`Stored energy of ${storage.map((each) => each.label).join(', ')}, kWh`}
            times={ends}
            stepS={result.step_s}
            series={storage}
            points
            zone={zone}
            unit="kWh"
            height={180}
            format={kwh}
            sync="plan"
            follows
            zero
          />
        </Panel>
      )}
      {view === 'chart' && (
        <Panel title="Price" note={`${result.dispatch.currency} per kWh`}>
          <TimeChart
            summary="Import and export price by step"
            times={times}
            stepS={result.step_s}
            series={prices}
            zone={zone}
            unit={`${result.dispatch.currency}/kWh`}
            height={160}
            format={(value) => price(value, result.dispatch.currency)}
            sync="plan"
            follows
            zero
          />
        </Panel>
      )}
      <CostPanel result={result} />
    </>
  );
}
