// The domain's own terms, once.
import type { AssetType, JobStatus, ObjectiveKind, Site } from '@/api/types';
import type { Tone } from '@/ui/controls';
import type { IconName } from '@/ui/Icon';

export const ASSET: Record<AssetType, { label: string; icon: IconName; color: string }> = {
  load: { label: 'Load', icon: 'load', color: '--s-load' },
  pv: { label: 'Solar', icon: 'pv', color: '--s-pv' },
  battery: { label: 'Battery', icon: 'battery', color: '--s-discharge' },
  ev: { label: 'Vehicle', icon: 'ev', color: '--s-ev' },
  generator: { label: 'Generator', icon: 'generator', color: '--s-generator' },
  job: { label: 'Job', icon: 'job', color: '--s-job' },
  thermal_storage: { label: 'Thermal storage', icon: 'thermal_storage', color: '--s-heat' },
  heat_source: { label: 'Heat source', icon: 'heat_source', color: '--s-heat' },
};

export const OBJECTIVE: Record<ObjectiveKind, string> = {
  cost: 'Cost',
  carbon: 'Carbon',
  cost_plus_carbon: 'Cost and priced carbon',
};

export const RUN: Record<JobStatus, { label: string; tone: Tone; icon: IconName }> = {
  queued: { label: 'Waiting', tone: 'idle', icon: 'clock' },
  running: { label: 'Running', tone: 'info', icon: 'run' },
  succeeded: { label: 'Planned', tone: 'good', icon: 'check' },
  failed: { label: 'Failed', tone: 'bad', icon: 'error' },
  cancelled: { label: 'Cancelled', tone: 'idle', icon: 'stop' },
};

const STEPS: Record<string, string> = {
  loading: 'Reading the series',
  baselines: 'Costing the baselines',
  solving: 'Solving',
  storing: 'Storing the plan',
};

export const stepWords = (step: string | undefined) => (step ? (STEPS[step] ?? step) : 'Starting');

export interface SiteState {
  tone: Tone;
  icon: IconName;
  label: string;
  /** What is missing, as a sentence. */
  missing: string | null;
}

/** Whether a site can be planned, and if not, what it lacks first. */
export function siteState(site: Site): SiteState {
  const lacks = (label: string, missing: string): SiteState => ({
    tone: 'warning',
    icon: 'warning',
    label,
    missing,
  });
  if (!site.tariff_id)
    return lacks('No tariff', 'The site has no tariff: without prices nothing can be optimised.');
  if (site.asset_count === 0) return lacks('No assets', 'The site has no assets: there is nothing to plan.');
  if (!site.last_reading_at)
    return lacks('No readings', 'The site has no readings: feed its channels first.');
  return { tone: 'good', icon: 'check', label: 'Ready to plan', missing: null };
}
