// Reads the beginning of a CSV file: enough to show it and to propose what its columns are. The server reads it all.

export interface CsvPreview {
  header: string[];
  rows: string[][];
  stepS: number | null;
  timeColumn: string | null;
}

export interface Mapping {
  column: string;
  /** Empty: the column is left out. */
  channel: string;
  unit: string;
}

/** Comma, semicolon or tab: whichever the head line has most of, as the server does. */
function separatorOf(line: string): string {
  const count = (separator: string) => line.split(separator).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

function fields(line: string, separator: string): string[] {
  const out: string[] = [];
  let value = '';
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i];
    if (quoted) {
      if (char === '"' && line[i + 1] === '"') {
        value += '"';
        i += 1;
      } else if (char === '"') quoted = false;
      else value += char;
    } else if (char === '"') quoted = true;
    else if (char === separator) {
      out.push(value.trim());
      value = '';
    } else value += char;
  }
  out.push(value.trim());
  return out;
}

/** `31.12.2026 15:45` as ISO writes it. */
const isoOf = (text: string) => text.replace(/^(\d\d)\.(\d\d)\.(\d{4})/, '$3-$2-$1').replace(' ', 'T');

/** Local times without a zone are read as if in UTC: only their distance matters here. */
function instant(text: string): number {
  const iso = isoOf(text);
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

export function previewOf(text: string): CsvPreview {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line && !line.startsWith('#'));
  const separator = separatorOf(lines[0] ?? '');
  const header = fields(lines[0] ?? '', separator);
  // Beside semicolons the comma is a decimal one.
  const cell = (text: string) =>
    separator === ';' && /^-?\d+,\d+$/.test(text) ? text.replace(',', '.') : text;
  const rows = lines.slice(1, 41).map((line) => fields(line, separator).map(cell));
  const timeColumn =
    header.find((name) => /^(ts|time|timestamp|date|datetime|zeit|start|utc.*)$/i.test(name)) ??
    header.find(
      (_, index) => !Number.isNaN(instant(rows[0]?.[index] ?? '')) && Number.isNaN(Number(rows[0]?.[index])),
    ) ??
    null;
  const at = timeColumn ? header.indexOf(timeColumn) : -1;
  const times = rows.map((row) => instant(row[at] ?? '')).filter((time) => !Number.isNaN(time));
  const steps = times.slice(1).map((time, index) => (time - (times[index] ?? time)) / 1000);
  // The most common distance: the file may begin with a gap.
  const positive = steps.filter((step) => step > 0).sort((a, b) => a - b);
  return { header, rows, timeColumn, stepS: positive[Math.floor(positive.length / 2)] ?? null };
}

/** Proposes a channel and a unit by the column's name; nothing for a column of words. */
function proposal(column: string, samples: string[]): Mapping {
  const name = column.toLowerCase();
  const unit = /(price|per).*mwh/.test(name)
    ? 'currency_per_MWh'
    : /kwh/.test(name)
      ? /per_kwh|\/kwh/.test(name)
        ? 'currency_per_kWh'
        : 'kWh_per_step'
      : /price|tariff|spot/.test(name)
        ? 'currency_per_kWh'
        : /temp|degc/.test(name)
          ? 'degC'
          : 'kW';
  const numeric = samples.some(Boolean) && samples.every((text) => !Number.isNaN(Number(text)));
  const channel = !numeric
    ? ''
    : /price|spot/.test(name)
      ? 'price'
      : /pv|solar/.test(name)
        ? 'pv'
        : /load|demand|usage|consumption/.test(name)
          ? 'load'
          : '';
  return { column, channel, unit };
}

/** What the columns seem to be; each channel is proposed once. */
export function proposals(preview: CsvPreview): Mapping[] {
  const taken = new Set<string>();
  return preview.header.map((column, index) => {
    const mapping = proposal(
      column,
      preview.rows.map((row) => row[index] ?? ''),
    );
    if (taken.has(mapping.channel)) return { ...mapping, channel: '' };
    if (mapping.channel) taken.add(mapping.channel);
    return mapping;
  });
}

export const UNITS = ['kW', 'W', 'MW', 'kWh_per_step', 'currency_per_kWh', 'currency_per_MWh', 'degC'];
