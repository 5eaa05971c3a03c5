import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Series, Site } from '@/api/types';
import type { ChartSeries } from '@/ui/chart/data';
import TimeChart from '@/ui/chart/TimeChart';
import { Segments } from '@/ui/controls';
import { quantity, stepText, unitText } from '@/ui/format';
import { Panel } from '@/ui/Page';
import { Failed, Skeleton } from '@/ui/States';
import { readingsQuery } from '../queries';

const COLORS: Record<string, string> = {
  load: '--s-load',
  pv: '--s-pv',
  price: '--s-price',
  ev: '--s-ev',
  heat: '--s-heat',
  heat_demand: '--s-heat',
};
const OTHERS = ['--s-import', '--s-discharge', '--s-job', '--s-generator', '--s-export'];

/** Series of one unit, drawn on one grid of time. */
interface Group {
  unit: string;
  stepS: number;
  times: number[];
  series: ChartSeries[];
}

function groupsOf(all: Series[]): Group[] {
  const groups: Group[] = [];
  const keys = [...new Set(all.map((series) => `${series.unit} ${series.step_s}`))];
  for (const key of keys) {
    const members = all.filter(
      (series) => `${series.unit} ${series.step_s}` === key && series.values.length > 0,
    );
    const first = members[0];
    if (!first) continue;
    const starts = members.map((series) => Date.parse(series.start) / 1000);
    const from = Math.min(...starts);
    const steps = Math.max(
      ...members.map(
        (series, index) => ((starts[index] ?? from) - from) / first.step_s + series.values.length,
      ),
    );
    groups.push({
      unit: first.unit,
      stepS: first.step_s,
      times: Array.from({ length: steps }, (_, index) => from + index * first.step_s),
      series: members.map((series, index) => {
        const lead = ((starts[index] ?? from) - from) / first.step_s;
        return {
          key: series.channel,
          label: series.channel,
          color: COLORS[series.channel] ?? OTHERS[index % OTHERS.length] ?? '--s-import',
          kind: 'steps',
          values: Array.from({ length: steps }, (_, at) => series.values[at - lead] ?? null),
        };
      }),
    });
  }
  return groups;
}

const SPANS = { day: 1, week: 7, month: 30 } as const;
type SpanName = keyof typeof SPANS;

/** The newest readings, one chart a unit. */
export default function ReadingsChart({ site }: { site: Site }) {
  const [span, setSpan] = useState<SpanName>('week');
  const to = site.last_reading_at
    ? new Date(Date.parse(site.last_reading_at) + 1000 * site.step_s)
    : new Date();
  const from = new Date(to.getTime() - SPANS[span] * 86_400_000);
  const readings = useQuery({
    ...readingsQuery(site.id, { from: from.toISOString(), to: to.toISOString() }),
    placeholderData: (old) => old,
  });
  const groups = useMemo(() => groupsOf(readings.data?.series ?? []), [readings.data]);
  const zone = site.time_zone;
  return (
    <Panel
      title="Last readings"
      note={groups[0] ? `Means over ${stepText(groups[0].stepS)}, times in ${zone}` : undefined}
      action={
        <Segments
          label="Span"
          value={span}
          onChange={setSpan}
          options={[
            { value: 'day', label: '1 day' },
            { value: 'week', label: '7 days' },
            { value: 'month', label: '30 days' },
          ]}
        />
      }
    >
      {readings.isPending && <Skeleton height={300} />}
      {readings.error && (
        <Failed error={readings.error} what="The readings" retry={() => void readings.refetch()} />
      )}
      {groups.map((group, index) => (
        <TimeChart
          key={`${group.unit} ${group.stepS}`}
          summary={`Readings of ${group.series.map((each) => each.label).join(', ')} in ${group.unit}`}
          times={group.times}
          stepS={group.stepS}
          series={group.series}
          zone={zone}
          unit={unitText(group.unit, site.currency)}
          height={groups.length > 1 ? 200 : 280}
          format={(value) => quantity(value, unitText(group.unit, site.currency))}
          sync="readings"
          follows={index > 0}
          zero
        />
      ))}
    </Panel>
  );
}
